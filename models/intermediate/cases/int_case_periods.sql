-- grain: one row a period grain, period and case that has spend, a resolution or its opening in it
with events as (

    select * from {{ ref('int_case_events') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'event_date') }} as period_start,
        ticket_id,
        sum(attempts) as attempts,
        sum(unpriced_attempts) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        bool_or(event = 'resolution') as is_resolved_in_period,
        bool_or(event = 'opening') as is_opened_in_period
    from events
    group by
        {{ period_start(period_grain, 'event_date') }},
        ticket_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select * from periods
