-- grain: one row a budget and UTC day, from its first period as far as telemetry reaches
{%- set reasons = budget_reasons() %}
{%- set windows = budget_burn_limits().keys() | list %}
{%- set known_columns = ['actual', 'not_counted_so_far', 'forecast'] %}
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
        min(case when is_now and measure = '{{ measure }}' then gravity end) as {{ measure }}_gravity,
        min(case when is_as_known and measure = '{{ measure }}' then gravity end) as {{ measure }}_gravity_as_known,
        {%- for column in columns %}
        max(case when is_now and measure = '{{ measure }}' then {{ column }} end) as {{ measure }}_{{ column }},
        {%- endfor %}
        {%- for column in known_columns %}
        max(case when is_as_known and measure = '{{ measure }}' then {{ column }} end) as {{ measure }}_{{ column }}_as_known,
        {%- endfor %}
        {%- endfor %}
        bool_or(is_now and is_day_over) as is_day_over,
        max(case when is_now then days_left end) as days_left,
        max(case when is_now then attempts_so_far end) as attempts,
        max(case when is_as_known then attempts_so_far end) as attempts_as_known,
        max(case when is_now then forecast_method end) as forecast_method,
        bool_or(is_now and is_lower_bound) as is_lower_bound,
        bool_or(case when is_as_known then is_lower_bound end) as is_lower_bound_as_known,
        min(case when is_now then gravity end) as gravity,
        min(case when is_as_known then gravity end) as gravity_as_known
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
    {%- for knowledge, suffix in [('_now', ''), ('_as_known', '_as_known')] %}
    case budgeted.gravity{{ suffix }}
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.state }}'
        {%- endfor %}
    end as state{{ knowledge }},
    case budgeted.gravity{{ suffix }}
        {%- for reason in reasons %}
        when {{ loop.index }} then '{{ reason.reason }}'
        {%- endfor %}
    end as reason{{ suffix }},
    case
        when budgeted.usd_gravity{{ suffix }} = budgeted.gravity{{ suffix }} then 'usd'
        when budgeted.tokens_gravity{{ suffix }} = budgeted.gravity{{ suffix }} then 'tokens'
    end as decided_by{{ suffix }},
    budgeted.is_lower_bound{{ suffix }},
    {%- endfor %}
    budgeted.attempts,
    calendar.amount_usd,
    {{ cost_if_known(
        'budgeted.usd_actual', 'budgeted.attempts', 'budgeted.usd_not_counted_so_far'
    ) }} as actual_usd,
    {{ cost_if_known(
        'budgeted.usd_actual_as_known', 'budgeted.attempts_as_known', 'budgeted.usd_not_counted_so_far_as_known'
    ) }} as actual_as_known_usd,
    budgeted.usd_not_counted_so_far as unpriced_attempts,
    {%- for days in windows %}
    budgeted.usd_burn_{{ days }}d as burn_{{ days }}d,
    {%- endfor %}
    budgeted.forecast_method,
    budgeted.usd_forecast as forecast_usd,
    budgeted.usd_forecast_as_known as forecast_as_known_usd,
    cast(budgeted.usd_forecast_low as {{ type_usd_sum() }}) as forecast_low_usd,
    cast(budgeted.usd_forecast_high as {{ type_usd_sum() }}) as forecast_high_usd,
    budgeted.usd_crossing_on as crossing_on,
    budgeted.usd_crossing_earliest as crossing_earliest,
    budgeted.usd_crossing_latest as crossing_latest,
    calendar.amount_tokens,
    cast(budgeted.tokens_actual as bigint) as actual_tokens,
    cast(budgeted.tokens_actual_as_known as bigint) as actual_as_known_tokens,
    budgeted.tokens_not_counted_so_far as uncounted_attempts,
    {%- for days in windows %}
    budgeted.tokens_burn_{{ days }}d as token_burn_{{ days }}d,
    {%- endfor %}
    {%- for column in ['forecast', 'forecast_as_known', 'forecast_low', 'forecast_high'] %}
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
