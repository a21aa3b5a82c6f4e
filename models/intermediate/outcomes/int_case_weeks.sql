-- grain: one row a week and case with spend, a resolution or its opening in it, and what it adds to the weekly metrics
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with events as (

    select
        *,
        {{ week_start('event_date') }} as period_start
    from {{ ref('int_case_events') }}

),

-- Resolved at least once, whatever it is now.
cases as (

    select
        *,
        {{ week_start('opened_at') }} as period_start,
        is_resolved or first_resolved_at is not null or last_resolved_at is not null or closed_at is not null
            as is_once_resolved
    from {{ ref('fct_tickets') }}
    where
        is_handled
        and attempts > 0
        and opened_at is not null
        and {{ since_run_began('opened_at', 'first_opened_on') }}

),

moved as (

    select
        period_start,
        ticket_id,
        coalesce(tenant_id, 'unknown') as tenant,
        cost_usd,
        case when event = 'resolution' then 1 else 0 end as resolutions,
        0 as deflected,
        0 as deflection_known,
        0 as fully_automated,
        0 as automation_known,
        0 as reopened,
        0 as once_resolved,
        0 as csat,
        0 as rated
    from events
    where event <> 'opening'

    union all

    select
        period_start,
        ticket_id,
        coalesce(tenant_id, 'unknown') as tenant,
        cast(null as {{ type_usd_sum() }}) as cost_usd,
        0 as resolutions,
        case when is_deflected then 1 else 0 end as deflected,
        case when is_deflected is not null then 1 else 0 end as deflection_known,
        case when is_resolved and automation_class = 'fully_automated' then 1 else 0 end as fully_automated,
        case when is_resolved and automation_class <> 'unknown' then 1 else 0 end as automation_known,
        case
            when is_once_resolved and (outcome = 'reopened' or last_reopened_at is not null) then 1
            else 0
        end as reopened,
        case when is_once_resolved then 1 else 0 end as once_resolved,
        coalesce(csat, 0) as csat,
        case when csat is not null then 1 else 0 end as rated
    from cases

)

select
    period_start,
    ticket_id,
    {{ rounded_to_micro_usd('coalesce(sum(cost_usd), 0)') }} as cost_usd,
    {%- for numerator, denominator in case_week_metrics().values() %}
    {%- for column in [numerator, denominator] if column != 'cost_usd' %}
    cast(sum({{ column }}) as int) as {{ column }},
    {%- endfor %}
    {%- endfor %}
    max(tenant) as tenant
from moved
where {{ in_run('period_start', 'months') }}
group by
    period_start,
    ticket_id
