-- grain: one row a budget, measure (usd, tokens), UTC day, and day by whose end some of it was not known yet
{{ config(materialized='table') }}
with late as (

    select
        spend.budget_id,
        spend.request_date as date_day,
        cast(spine.id as int) as days_back,
        {%- for column in ['attempts', 'unpriced_attempts', 'uncounted_attempts', 'tokens'] %}
        sum(spend.{{ column }}) as {{ column }},
        {%- endfor %}
        sum(spend.cost_usd) as cost_usd
    from {{ ref('int_budget_spend') }} as spend
    -- No period and no window reaches further back.
    inner join range({{ budget_longest_period() }}) as spine (id)
        on cast(spend.request_date + cast(spine.id as int) as date) < spend.known_on
    group by
        spend.budget_id,
        spend.request_date,
        spine.id

),

measured as (
    {% for measure, columns in budget_measures().items() %}
    select
        budget_id,
        '{{ measure }}' as measure,
        date_day,
        days_back,
        attempts,
        {{ columns.not_counted }} as attempts_not_counted,
        {{ columns.counted }} as counted
    from late
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    measured.budget_id,
    measured.measure,
    measured.date_day,
    cast(measured.date_day + measured.days_back as date) as status_date,
    measured.days_back,
    measured.attempts,
    measured.attempts_not_counted,
    cast(measured.counted as {{ type_usd_sum() }}) as counted,
    {{ rounded_for_means('days.counted') }} - {{ rounded_for_means('days.counted - measured.counted') }} as rounded
from measured
inner join {{ ref('int_budget_days') }} as days
    on
        measured.budget_id = days.budget_id
        and measured.measure = days.measure
        and measured.date_day = days.date_day
