-- grain: one row a period grain, period, use case, stage and the stage before it
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
with steps as (

    select * from {{ ref('int_stage_sequences') }}
    where {{ in_run('started_on', 'month_days') }}

),

loops as (

    select
        *,
        -- A step that came back is a loop as a whole; of another one, the requests beyond the limit at its own average.
        case when is_return then requests else requests_over_limit end as loop_requests,
        case
            when is_return then cost_usd
            when requests_over_limit > 0
                then {{ usd_per(usd_times('cost_usd', 'requests_over_limit'), 'requests') }}
        end as loop_cost_usd,
        case when is_return or requests_over_limit > 0 then unpriced_attempts else 0 end as unpriced_loop_attempts
    from steps

),

days as (

    select
        started_on,
        use_case,
        stage,
        {{ labelled('previous_stage', 'start') }} as previous_stage,
        count(*) as steps,
        sum(requests) as requests,
        sum(attempts) as attempts,
        sum(unpriced_attempts) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd,
        count(*) filter (where is_return) as returns,
        count(*) filter (where not is_return and requests_over_limit > 0) as repetitions,
        sum(loop_requests) as loop_requests,
        sum(unpriced_loop_attempts) as unpriced_loop_attempts,
        {{ sum_usd('loop_cost_usd') }} as loop_cost_usd
    from loops
    group by
        started_on,
        use_case,
        stage,
        {{ labelled('previous_stage', 'start') }}

),

periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        use_case,
        stage,
        previous_stage,
        {%- for count in [
            'steps', 'requests', 'attempts', 'unpriced_attempts', 'returns', 'repetitions', 'loop_requests',
            'unpriced_loop_attempts'
        ] %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('loop_cost_usd') }} as loop_cost_usd
    from days
    where {{ in_run(period_start(period_grain, 'started_on'), 'months') }}
    group by
        {{ period_start(period_grain, 'started_on') }},
        use_case,
        stage,
        previous_stage
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    use_case,
    previous_stage,
    stage,
    steps,
    requests,
    attempts,
    unpriced_attempts,
    cost_usd,
    returns,
    repetitions,
    loop_requests,
    {{ known_cost('loop_cost_usd', 'loop_requests') }} as loop_cost_usd,
    {{ ratio(known_cost('loop_cost_usd', 'loop_requests'), 'cost_usd') }} as loop_cost_share
from periods
