-- grain: one row a budget, UTC day of a period and knowledge (as_known, now): its state, and what that rests on
{{ config(materialized='table') }}
{%- set reasons = budget_reasons() %}
{%- set columns = [
    'actual', 'not_counted_so_far', 'burn_1d', 'burn_3d', 'burn_7d', 'forecast', 'forecast_low', 'forecast_high',
    'crossing_on', 'crossing_earliest', 'crossing_latest'
] %}
with forecasts as (

    select
        *,
        case
            {%- for reason in reasons %}
            when {{ reason.holds }} then {{ loop.index }}
            {%- endfor %}
        end as gravity
    from {{ ref('int_budget_forecasts') }}

),

-- What was known and is known now is judged once.
judged as (
    {% for knowledge in ['as_known', 'now'] %}
    select
        *,
        '{{ knowledge }}' as knowledge
    from forecasts
    where is_{{ knowledge }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- A budget of both dollars and tokens is in the graver of its two states.
budgeted as (

    select
        budget_id,
        date_day,
        knowledge,
        {%- for measure in budget_measures() %}
        min(case when measure = '{{ measure }}' then gravity end) as {{ measure }}_gravity,
        {%- for column in columns %}
        max(case when measure = '{{ measure }}' then {{ column }} end) as {{ measure }}_{{ column }},
        {%- endfor %}
        {%- endfor %}
        bool_or(is_day_over) as is_day_over,
        max(days_left) as days_left,
        max(attempts_so_far) as attempts,
        max(forecast_method) as forecast_method,
        bool_or(is_lower_bound) as is_lower_bound,
        min(gravity) as gravity
    from judged
    group by
        budget_id,
        date_day,
        knowledge

)

select
    *,
    case gravity
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.state }}'
        {%- endfor %}
    end as state,
    case gravity
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.reason }}'
        {%- endfor %}
    end as reason,
    case when usd_gravity = gravity then 'usd' else 'tokens' end as decided_by,
    {{ cost_if_known('usd_actual', 'attempts', 'usd_not_counted_so_far') }} as actual_usd
from budgeted
