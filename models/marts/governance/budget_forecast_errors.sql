-- grain: one row a budget, measure (usd, tokens) and UTC day of a complete period that had days to come
with status as (

    select * from {{ ref('budget_status') }}
    where is_complete

),

forecasts as (
    {% for measure in budget_measures() %}
    select
        made.budget_id,
        '{{ measure }}' as measure,
        made.scope_type,
        made.scope_value,
        made.period,
        made.period_start,
        made.period_end,
        made.status_date as forecast_on,
        made.days_left,
        made.forecast_method,
        cast(made.forecast_{{ measure }} as {{ type_usd_sum() }}) as forecast,
        cast(made.forecast_low_{{ measure }} as {{ type_usd_sum() }}) as forecast_low,
        cast(made.forecast_high_{{ measure }} as {{ type_usd_sum() }}) as forecast_high,
        cast(came.actual_{{ measure }} as {{ type_usd_sum() }}) as actual
    from status as made
    inner join status as came
        on
            made.budget_id = came.budget_id
            and made.period_start = came.period_start
            and came.days_left = 0
    where
        made.days_left > 0
        and made.forecast_{{ measure }} is not null
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    *,
    cast(forecast - actual as {{ type_usd_sum() }}) as error,
    {{ ratio('forecast - actual', 'actual') }} as error_share,
    {{ usd_per(
        'sum(forecast - actual) over of_budget', 'count(forecast - actual) over of_budget'
    ) }} as bias,
    actual between forecast_low and forecast_high as is_inside
from forecasts
window of_budget as (partition by budget_id, measure)
