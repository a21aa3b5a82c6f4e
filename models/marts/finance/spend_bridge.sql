-- grain: one row a period grain, period and category of support spend
with case_periods as (

    select * from {{ ref('int_case_periods') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}

),

unattributed as (

    select * from {{ ref('int_unattributed_support_spend') }}

),

on_cases as (

    select
        case_periods.period_grain,
        case_periods.period_start,
        case
            when case_periods.is_resolved_in_period then 'resolved_in_period'
            when cases.is_resolved then 'resolved_in_other_period'
            when cases.outcome in ({{ quoted_words(open_outcomes()) }}) then 'pending'
            when cases.outcome = 'unknown' then 'unknown_outcome'
            else 'closed_without_success'
        end as category,
        case_periods.attempts,
        case_periods.unpriced_attempts,
        case_periods.cost_usd
    from case_periods
    inner join cases on case_periods.ticket_id = cases.ticket_id
    where case_periods.attempts > 0

),

categorised as (

    select * from on_cases
    {%- for period_grain in period_grains() %}

    union all

    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        'unattributed' as category,
        attempts,
        unpriced_attempts,
        cost_usd
    from unattributed
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
