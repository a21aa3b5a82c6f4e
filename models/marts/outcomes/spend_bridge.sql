-- grain: one row a period grain, period and category of support spend
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with spend as (

    select
        event_date,
        true as has_case,
        is_handled,
        is_resolved,
        resolved_at,
        outcome,
        attempts,
        unpriced_attempts,
        cost_usd
    from {{ ref('int_case_events') }}
    where event = 'spend'

    union all

    select
        request_date as event_date,
        false as has_case,
        cast(null as boolean) as is_handled,
        cast(null as boolean) as is_resolved,
        cast(null as timestamp) as resolved_at,
        cast(null as {{ type_text() }}) as outcome,
        attempts,
        unpriced_attempts,
        cost_usd
    from {{ ref('int_unattributed_support_spend') }}
    where {{ in_run('request_date', 'month_days') }}

),

categorised as (
    {% for period_grain in period_grains() %}
    {%- set period = period_start(period_grain, 'event_date') %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period }} as period_start,
        case
            when not has_case then 'unattributed'
            when is_handled and is_resolved and {{ period_start(period_grain, 'resolved_at') }} = {{ period }}
                then 'resolved_in_period'
            -- Of a resolution without a date nobody knows which period it is of.
            when is_resolved and resolved_at is not null then 'resolved_in_other_period'
            when outcome in ({{ quoted_words(open_outcomes()) }}) then 'pending'
            when is_resolved or outcome = 'unknown' then 'unknown_outcome'
            else 'closed_without_success'
        end as category,
        attempts,
        unpriced_attempts,
        cost_usd
    from spend
    where {{ in_run(period, 'months') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    category,
    {{ sum_usd('cost_usd') }} as cost_usd,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
from categorised
group by
    period_grain,
    period_start,
    category
