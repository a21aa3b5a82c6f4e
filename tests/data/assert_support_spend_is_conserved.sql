-- Support spend of every period, straight from the attempts, is the same dollars in the unit economics of every segment
-- type and in the bridge.
with support_attempts as (

    select
        attempts.request_date,
        attempts.cost_usd
    from {{ ref('fct_attempts') }} as attempts
    left join {{ ref('fct_tickets') }} as cases on attempts.workflow_id = cases.ticket_id
    where
        attempts.is_reportable
        and {{ touched('attempts.request_date', 'month_days') }}
        and (cases.ticket_id is not null or (attempts.workflow_id is null and attempts.use_case = 'support'))

),

readers as (

    select 'bridge' as reader
    {%- for segment in ['all'] + case_segments() %}
    union all
    select '{{ segment }}' as reader
    {%- endfor %}

),

spent as (
    {% for period_grain in period_grains() %}
    select
        readers.reader,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'support_attempts.request_date') }} as period_start,
        coalesce({{ sum_usd('support_attempts.cost_usd') }}, 0) as cost_usd
    from support_attempts
    cross join readers
    where {{ touched(period_start(period_grain, 'support_attempts.request_date'), 'months') }}
    group by
        readers.reader,
        {{ period_start(period_grain, 'support_attempts.request_date') }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

reported as (

    select
        segment_type as reader,
        period_grain,
        period_start,
        coalesce({{ sum_usd('coalesce(ticket_cost_usd, 0) + coalesce(unattributed_cost_usd, 0)') }}, 0) as cost_usd
    from {{ ref('cost_per_resolved_ticket') }}
    where {{ touched('period_start', 'months') }}
    group by
        segment_type,
        period_grain,
        period_start
    -- periods in which cases were only opened or resolved
    having sum(ticket_cost_usd) <> 0 or sum(unattributed_cost_usd) <> 0

    union all

    select
        'bridge' as reader,
        period_grain,
        period_start,
        coalesce({{ sum_usd('cost_usd') }}, 0) as cost_usd
    from {{ ref('spend_bridge') }}
    where {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start
    having sum(cost_usd) <> 0

),

spent_something as (

    select * from spent
    where cost_usd <> 0

)

{{ differences('spent_something', 'reported', ['reader', 'period_grain', 'period_start'], ['cost_usd']) }}
