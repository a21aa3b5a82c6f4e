-- Attempts that say so are the spend of cost_per_resolved_ticket, dollar for dollar, in every period.
with attempts as (

    select
        request_date,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and is_case_spend
        and {{ touched('request_date', 'month_days') }}

),

spent as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        {{ sum_usd('cost_usd') }} as cost_usd,
        count(*) - count(cost_usd) as unpriced_attempts
    from attempts
    where {{ touched(period_start(period_grain, 'request_date'), 'months') }}
    group by {{ period_start(period_grain, 'request_date') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

headline as (

    select
        period_grain,
        period_start,
        ticket_cost_usd as cost_usd,
        unpriced_attempts
    from {{ ref('cost_per_resolved_ticket') }} as cost_per_resolved_ticket
    where
        segment_type = 'all'
        -- periods in which cases were only opened or resolved have no attempt
        and (
            ticket_cost_usd is null
            or ticket_cost_usd <> 0
            or exists (
                select 1
                from spent
                where
                    spent.period_grain = cost_per_resolved_ticket.period_grain
                    and spent.period_start = cost_per_resolved_ticket.period_start
            )
        )
        and {{ touched('period_start', 'months') }}

)

{{ differences('spent', 'headline', ['period_grain', 'period_start'], ['cost_usd', 'unpriced_attempts']) }}
