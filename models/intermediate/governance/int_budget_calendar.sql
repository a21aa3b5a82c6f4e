-- grain: one row a budget and UTC day of a period of it that telemetry reaches, with the amounts of the whole period
{{ config(materialized='table') }}

with budgets as (

    select
        *,
        coalesce(
            lead(effective_from) over (
                partition by budget_id
                order by effective_from
            ),
            date '9999-12-31'
        ) as effective_until
    from {{ ref('stg_reference__budgets') }}

),

days as (

    select
        budgets.*,
        listed.date_day,
        reach.first_date,
        reach.last_date,
        case budgets.period
            {%- for period, grain in budget_periods().items() %}
            when '{{ period }}' then {{ period_start(grain, 'listed.date_day') }}
            {%- endfor %}
        end as period_start
    from budgets
    cross join {{ ref('int_dates_listed') }} as listed
    cross join {{ ref('int_telemetry_reach') }} as reach
    where
        -- No month is longer than that.
        listed.date_day > cast(reach.first_date - interval '31' day as date)
        and listed.date_day < cast(reach.last_date + interval '31' day as date)

),

-- An amount is that of the row that was in force when the period began, and is not changed in the middle of it.
in_force as (

    select
        *,
        case period
            {%- for period, grain in budget_periods().items() %}
            when '{{ period }}' then {{ next_period_start(grain, 'period_start') }}
            {%- endfor %}
        end as period_end
    from days
    where
        period_start >= effective_from
        and period_start < effective_until
        and period_start <= last_date

),

weighed as (

    select
        in_force.*,
        sum(coalesce(peaks.amount_factor, 1)) over in_period as factors,
        count(*) over in_period as period_days,
        row_number() over (
            partition by in_force.budget_id, in_force.period_start
            order by in_force.date_day
        ) as day_of_period
    from in_force
    left join {{ ref('stg_reference__peak_windows') }} as peaks
        on
            in_force.scope_type = peaks.scope_type
            and in_force.scope_value = peaks.scope_value
            and in_force.date_day between peaks.starts_on and peaks.ends_on
    where in_force.period_end > in_force.first_date
    window in_period as (partition by in_force.budget_id, in_force.period_start)

)

select
    budget_id,
    scope_type,
    -- As marts show the tenant that it is joined with.
    case when scope_type = 'tenant' then {{ shown_id('scope_value') }} else scope_value end as scope_value,
    risk_level,
    period,
    period_start,
    period_end,
    date_day,
    cast(period_days as int) as period_days,
    cast(day_of_period as int) as day_of_period,
    {{ usd_per(
        'cast(' ~ exact_product('amount_usd', 'cast(factors as decimal(18, 6))') ~ ' as ' ~ type_usd_sum() ~ ')', 'period_days'
    ) }} as amount_usd,
    cast(round(cast(amount_tokens as double) * cast(factors as double) / period_days) as bigint) as amount_tokens,
    owner
from weighed
