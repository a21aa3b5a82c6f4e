-- grain: one row a budget and UTC day, from its first period as far as telemetry reaches
{%- set reasons = budget_reasons() %}
{%- set windows = budget_burn_limits().keys() | list %}
{%- set columns = [
    'actual', 'not_counted_so_far', 'burn_1d', 'burn_3d', 'burn_7d', 'forecast', 'forecast_low', 'forecast_high',
    'crossing_on', 'crossing_earliest', 'crossing_latest'
] %}
with judged as (

    select
        *,
        case
            {%- for reason in reasons %}
            when {{ reason.holds }} then {{ loop.index }}
            {%- endfor %}
        end as gravity
    from {{ ref('int_budget_forecasts') }}

),

-- A budget of both dollars and tokens is in the graver of its two states.
budgeted as (

    select
        budget_id,
        date_day,
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
        date_day

),

calendar as (

    select * from {{ ref('int_budget_calendar') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

)

select
    budgeted.budget_id,
    budgeted.date_day as status_date,
    calendar.scope_type,
    calendar.scope_value,
    calendar.risk_level,
    calendar.period,
    calendar.period_start,
    calendar.period_end,
    budgeted.days_left,
    case budgeted.gravity
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.state }}'
        {%- endfor %}
    end as state_now,
    case budgeted.gravity
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.reason }}'
        {%- endfor %}
    end as reason,
    case when budgeted.usd_gravity = budgeted.gravity then 'usd' else 'tokens' end as decided_by,
    budgeted.is_lower_bound,
    budgeted.attempts,
    calendar.amount_usd,
    {{ cost_if_known(
        'budgeted.usd_actual', 'budgeted.attempts', 'budgeted.usd_not_counted_so_far'
    ) }} as actual_usd,
    budgeted.usd_not_counted_so_far as unpriced_attempts,
    {%- for days in windows %}
    budgeted.usd_burn_{{ days }}d as burn_{{ days }}d,
    {%- endfor %}
    budgeted.forecast_method,
    budgeted.usd_forecast as forecast_usd,
    cast(budgeted.usd_forecast_low as {{ type_usd_sum() }}) as forecast_low_usd,
    cast(budgeted.usd_forecast_high as {{ type_usd_sum() }}) as forecast_high_usd,
    budgeted.usd_crossing_on as crossing_on,
    budgeted.usd_crossing_earliest as crossing_earliest,
    budgeted.usd_crossing_latest as crossing_latest,
    calendar.amount_tokens,
    cast(budgeted.tokens_actual as bigint) as actual_tokens,
    budgeted.tokens_not_counted_so_far as uncounted_attempts,
    {%- for days in windows %}
    budgeted.tokens_burn_{{ days }}d as token_burn_{{ days }}d,
    {%- endfor %}
    {%- for column in ['forecast', 'forecast_low', 'forecast_high'] %}
    cast(round(budgeted.tokens_{{ column }}) as bigint) as {{ column }}_tokens,
    {%- endfor %}
    budgeted.tokens_crossing_on as token_crossing_on,
    budgeted.tokens_crossing_earliest as token_crossing_earliest,
    budgeted.tokens_crossing_latest as token_crossing_latest,
    calendar.owner,
    budgeted.is_day_over,
    {{ period_has_passed(
        "case calendar.period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end",
        'calendar.period_start', 'clock.as_of'
    ) }} as is_complete
from budgeted
inner join calendar
    on
        budgeted.budget_id = calendar.budget_id
        and budgeted.date_day = calendar.date_day
cross join clock
