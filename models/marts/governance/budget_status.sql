-- grain: one row a budget and UTC day, from its first period as far as telemetry reaches
{%- set windows = budget_burn_limits().keys() | list %}
with known as (

    select * from {{ ref('int_budget_judged') }}
    where knowledge = 'now'

),

told as (

    select * from {{ ref('int_budget_judged') }}
    where knowledge = 'as_known'

),

calendar as (

    select * from {{ ref('int_budget_calendar') }}

),

clock as (

    select * from {{ ref('int_as_of') }}

)

select
    known.budget_id,
    known.date_day as status_date,
    calendar.scope_type,
    calendar.scope_value,
    calendar.risk_level,
    calendar.period,
    calendar.period_start,
    calendar.period_end,
    known.days_left,
    known.state as state_now,
    known.reason,
    known.decided_by,
    known.is_lower_bound,
    told.state as state_as_known,
    told.reason as reason_as_known,
    told.decided_by as decided_by_as_known,
    told.is_lower_bound as is_lower_bound_as_known,
    known.attempts,
    calendar.amount_usd,
    known.actual_usd,
    told.actual_usd as actual_as_known_usd,
    known.usd_not_counted_so_far as unpriced_attempts,
    {%- for days in windows %}
    known.usd_burn_{{ days }}d as burn_{{ days }}d,
    {%- endfor %}
    known.forecast_method,
    known.usd_forecast as forecast_usd,
    told.usd_forecast as forecast_as_known_usd,
    cast(known.usd_forecast_low as {{ type_usd_sum() }}) as forecast_low_usd,
    cast(known.usd_forecast_high as {{ type_usd_sum() }}) as forecast_high_usd,
    known.usd_crossing_on as crossing_on,
    known.usd_crossing_earliest as crossing_earliest,
    known.usd_crossing_latest as crossing_latest,
    calendar.amount_tokens,
    cast(known.tokens_actual as bigint) as actual_tokens,
    cast(told.tokens_actual as bigint) as actual_as_known_tokens,
    known.tokens_not_counted_so_far as uncounted_attempts,
    {%- for days in windows %}
    known.tokens_burn_{{ days }}d as token_burn_{{ days }}d,
    {%- endfor %}
    {%- for column in ['forecast', 'forecast_low', 'forecast_high'] %}
    cast(round(known.tokens_{{ column }}) as bigint) as {{ column }}_tokens,
    {%- endfor %}
    cast(round(told.tokens_forecast) as bigint) as forecast_as_known_tokens,
    known.tokens_crossing_on as token_crossing_on,
    known.tokens_crossing_earliest as token_crossing_earliest,
    known.tokens_crossing_latest as token_crossing_latest,
    calendar.owner,
    known.is_day_over,
    {{ period_has_passed(
        "case calendar.period when 'daily' then 'day' when 'weekly' then 'week' else 'month' end",
        'calendar.period_start', 'clock.as_of'
    ) }} as is_complete
from known
left join told
    on
        known.budget_id = told.budget_id
        and known.date_day = told.date_day
inner join calendar
    on
        known.budget_id = calendar.budget_id
        and known.date_day = calendar.date_day
cross join clock
