-- grain: one row a UTC date with support spend and the categories that it falls into by day, by week and by month
{{ config(materialized='incremental', unique_key='event_date', meta={'affected_by': 'int_affected_case_dates'}) }}

with case_days as (

    select * from {{ ref('int_case_days') }}
    where {{ on_affected(['event_date'], 'int_affected_case_dates') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}
    where {{ in_affected_case_history(['int_spend_bridge_days'], 'opened_at', 'first_opened_on') }}

),

unattributed as (

    select * from {{ ref('int_unattributed_support_spend') }}
    where {{ on_affected(['request_date'], 'int_affected_case_dates') }}

),

categorised as (

    select
        case_days.event_date,
        {%- for period_grain in period_grains() %}
        case
            when
                cases.is_handled
                and cases.is_resolved
                and {{ period_start(period_grain, 'cases.resolved_at') }}
                = {{ period_start(period_grain, 'case_days.event_date') }}
                then 'resolved_in_period'
            when cases.is_resolved then 'resolved_in_other_period'
            when cases.outcome in ({{ quoted_words(open_outcomes()) }}) then 'pending'
            when cases.outcome = 'unknown' then 'unknown_outcome'
            else 'closed_without_success'
        end as category_by_{{ period_grain }},
        {%- endfor %}
        case_days.attempts,
        case_days.unpriced_attempts,
        case_days.cost_usd
    from cases
    inner join case_days on cases.ticket_id = case_days.ticket_id

    union all

    select
        request_date as event_date,
        {%- for period_grain in period_grains() %}
        'unattributed' as category_by_{{ period_grain }},
        {%- endfor %}
        attempts,
        unpriced_attempts,
        cost_usd
    from unattributed

)

select
    event_date,
    {%- for period_grain in period_grains() %}
    category_by_{{ period_grain }},
    {%- endfor %}
    {{ sum_usd('cost_usd') }} as cost_usd,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from categorised
group by all
