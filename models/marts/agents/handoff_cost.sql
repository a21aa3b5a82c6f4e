-- grain: one row a period grain, period, automation class, queue and intent of cases on which bot and people worked
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
with steps as (

    select * from {{ ref('int_handoff_steps') }}
    where {{ in_run('started_on', 'month_days') }}

),

case_periods as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'started_on') }} as period_start,
        automation_class,
        coalesce(queue, 'unknown') as queue,
        coalesce(intent, 'unknown') as intent,
        ticket_id,
        {%- for handoff in ['to_stage', 'to_human'] %}
        count(*) filter (where handoff = '{{ handoff }}') as {{ handoff }}_handoffs,
        count(*) filter (
            where handoff = '{{ handoff }}' and repeated_cost_usd is null
        ) as {{ handoff }}_unknown_handoffs,
        cast(sum(case when handoff = '{{ handoff }}' then repeated_tokens end) as bigint) as {{ handoff }}_tokens,
        {{ sum_usd("case when handoff = '" ~ handoff ~ "' then repeated_cost_usd end") }} as {{ handoff }}_cost_usd,
        {%- endfor %}
        max(handed_over_at) as handed_over_at,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from steps
    where {{ in_run(period_start(period_grain, 'started_on'), 'months') }}
    group by
        {{ period_start(period_grain, 'started_on') }},
        automation_class,
        coalesce(queue, 'unknown'),
        coalesce(intent, 'unknown'),
        ticket_id
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

totals as (

    select
        period_grain,
        period_start,
        automation_class,
        queue,
        intent,
        {%- for handoff in ['to_stage', 'to_human'] %}
        cast(sum({{ handoff }}_handoffs) as bigint) as {{ handoff }}_handoffs,
        cast(sum({{ handoff }}_unknown_handoffs) as bigint) as {{ handoff }}_unknown_handoffs,
        cast(coalesce(sum({{ handoff }}_tokens), 0) as bigint) as {{ handoff }}_tokens,
        {{ sum_usd(handoff ~ '_cost_usd') }} as {{ handoff }}_cost_usd,
        {%- endfor %}
        count(*) as cases,
        count(*) - count(handed_over_at) as cases_without_handoff_time,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        {{ sum_usd('cost_usd') }} as case_cost_usd
    from case_periods
    group by
        period_grain,
        period_start,
        automation_class,
        queue,
        intent

),

known as (

    select
        *,
        {{ known_cost('to_stage_cost_usd', 'to_stage_handoffs') }} as known_to_stage_cost_usd,
        -- Where no case of the row says when a person took over, nothing is known of what came after.
        case
            when cases > cases_without_handoff_time
                then {{ known_cost('to_human_cost_usd', 'to_human_handoffs') }}
        end as known_to_human_cost_usd
    from totals

)

select
    period_grain,
    period_start,
    automation_class,
    queue,
    intent,
    cases,
    cases_without_handoff_time,
    attempts,
    unpriced_attempts,
    case_cost_usd,
    to_stage_handoffs,
    to_stage_tokens,
    known_to_stage_cost_usd as to_stage_cost_usd,
    case when cases > cases_without_handoff_time then to_human_handoffs end as to_human_handoffs,
    case when cases > cases_without_handoff_time then to_human_tokens end as to_human_tokens,
    known_to_human_cost_usd as to_human_cost_usd,
    cast(
        case
            when known_to_stage_cost_usd is not null or known_to_human_cost_usd is not null
                then coalesce(known_to_stage_cost_usd, 0) + coalesce(known_to_human_cost_usd, 0)
        end as {{ type_usd_sum() }}
    ) as handoff_cost_usd,
    {{ ratio('coalesce(known_to_stage_cost_usd, 0) + coalesce(known_to_human_cost_usd, 0)', 'case_cost_usd') }}
        as handoff_cost_share,
    to_stage_unknown_handoffs + to_human_unknown_handoffs as unknown_handoffs
from known
