-- grain: one row a month, endpoint and remedy that reaches calls there, or that cannot be judged of some
-- depends_on: {{ ref('run_months') }}
{%- set refuses = 'remedy in (' ~ quoted_words(refusing_remedies()) ~ ')' %}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with totals as (

    select * from {{ ref('int_remedy_totals') }}

),

guards as (

    select * from {{ ref('int_remedy_guards') }}

),

reasoned as (

    select
        totals.*,
        {%- for count in [
            'affected_cases', 'affected_outcomes', 'affected_ratings', 'affected_support_cases', 'losing_successes', 'rest_compared'
        ] %}
        coalesce(guards.{{ count }}, 0) as {{ count }},
        {%- endfor %}
        {%- for measure in ['success', 'csat'] %}
        {%- for part in ['difference', 'low', 'high'] %}
        guards.{{ measure }}_{{ part }},
        {%- endfor %}
        {%- endfor %}
        guards.affected_success_share,
        guards.rest_success_share,
        guards.affected_csat,
        guards.rest_csat,
        {{ guard_reason() }} as guard_reason
    from totals
    left join guards
        on
            totals.period_start = guards.period_start
            and totals.endpoint_tag = guards.endpoint_tag
            and totals.remedy = guards.remedy

)

select
    'month' as period_grain,
    period_start,
    endpoint_tag,
    remedy,
    cast({{ place_of_remedy() }} as bigint) as application_order,
    {{ assumption_of_remedy() }} as assumption,
    calls as calls_affected,
    requests as requests_affected,
    unpriced_calls,
    unjudged_calls,
    endpoint_cost_usd,
    {{ known_cost('saving_usd', 'calls') }} as saving_usd,
    {{ known_cost('saving_in_order_usd', 'calls') }} as saving_in_order_usd,
    affected_cases as cases_affected,
    calls_without_case,
    affected_outcomes as cases_with_outcome,
    affected_success_share,
    rest_compared as rest_cases,
    rest_success_share,
    success_difference,
    success_low,
    success_high,
    affected_ratings as rated_cases,
    affected_support_cases - affected_ratings as unrated_cases,
    affected_csat,
    rest_csat,
    csat_difference,
    csat_low,
    csat_high,
    case when {{ refuses }} then answers else 0 end as answers_lost,
    case when {{ refuses }} then losing_successes else 0 end as resolved_cases_losing_answers,
    {{ verdict_of('guard_reason') }} as guard_verdict,
    guard_reason
from reasoned
