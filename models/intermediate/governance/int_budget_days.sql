-- grain: one row a budget, measure (usd, tokens) and UTC day, from four weeks before its first period
{{ config(materialized='table') }}

with calendar as (

    select * from {{ ref('int_budget_calendar') }}

),

budgets as (

    select
        budget_id,
        scope_type,
        scope_value,
        risk_level,
        min(period_start) as first_period_start
    from calendar
    group by
        budget_id,
        scope_type,
        scope_value,
        risk_level

),

scope_days as (

    select
        scopes.*,
        {{ risk_of_work() }} as risk_level
    from {{ ref('int_scope_days') }} as scopes
    left join {{ ref('stg_reference__intents') }} as intents on scopes.intent = intents.intent
    left join {{ ref('dim_endpoints') }} as endpoints on scopes.endpoint_tag = endpoints.endpoint_tag

),

-- Added up before it is joined, so that a budget meets a row a day and risk.
scoped as (
    {% for scope_type, column in budget_scopes().items() %}
    select
        '{{ scope_type }}' as scope_type,
        {{ column or "'all'" }} as scope_value,
        risk_level,
        request_date,
        {{ whole_sum('attempts') }} as attempts,
        {{ whole_sum('unpriced_attempts') }} as unpriced_attempts,
        {{ whole_sum('uncounted_attempts') }} as uncounted_attempts,
        {{ whole_sum('tokens') }} as tokens,
        {{ sum_usd('known_cost_usd') }} as cost_usd
    from scope_days
    group by
        {{ column ~ "," if column }}
        risk_level,
        request_date
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

spent as (

    select
        budgets.budget_id,
        scoped.request_date,
        {{ whole_sum('scoped.attempts') }} as attempts,
        {{ whole_sum('scoped.unpriced_attempts') }} as unpriced_attempts,
        {{ whole_sum('scoped.uncounted_attempts') }} as uncounted_attempts,
        {{ whole_sum('scoped.tokens') }} as tokens,
        {{ sum_usd('scoped.cost_usd') }} as cost_usd
    from scoped
    inner join budgets
        on
            scoped.scope_type = budgets.scope_type
            and scoped.scope_value = budgets.scope_value
            and (budgets.risk_level is null or scoped.risk_level = budgets.risk_level)
    group by
        budgets.budget_id,
        scoped.request_date

),

-- A day without spend is a day: it lowers the mean of its weekday.
days as (

    select
        budgets.budget_id,
        listed.date_day,
        reach.as_of >= cast(listed.date_day + interval '1' day as timestamp) as is_day_over,
        reach.first_date,
        calendar.period_start,
        calendar.period_days,
        calendar.day_of_period,
        calendar.amount_usd,
        calendar.amount_tokens
    from budgets
    cross join {{ ref('int_telemetry_reach') }} as reach
    inner join {{ ref('int_dates_listed') }} as listed
        on
            listed.date_day between reach.first_date and reach.last_date
            and cast(budgets.first_period_start - interval '{{ budget_mean_days() }}' day as date) <= listed.date_day
    left join calendar
        on
            budgets.budget_id = calendar.budget_id
            and listed.date_day = calendar.date_day

)
{% for measure, columns in budget_measures().items() %}
select
    days.budget_id,
    '{{ measure }}' as measure,
    days.date_day,
    days.is_day_over,
    days.first_date,
    days.period_start,
    days.period_days,
    days.day_of_period,
    cast(days.{{ columns.amount }} as {{ type_usd_sum() }}) as amount,
    coalesce(spent.attempts, 0) as attempts,
    coalesce(spent.{{ columns.not_counted }}, 0) as attempts_not_counted,
    cast(coalesce(spent.{{ columns.counted }}, 0) as {{ type_usd_sum() }}) as counted
from days
left join spent
    on
        days.budget_id = spent.budget_id
        and days.date_day = spent.request_date
{{ "union all" if not loop.last }}
{%- endfor %}
