-- grain: one row a conversation among the ten of its week and use case with the most tokens a request
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
with workflows as (

    select * from {{ ref('fct_workflows') }}
    where
        requests >= 3
        and coalesce(input_tokens, output_tokens) is not null
        and {{ in_run(period_start('week', 'started_at'), 'months', dated_by='started_at') }}

),

thread_days as (

    select * from {{ ref('int_thread_days') }}

),

measured as (

    select
        *,
        {{ period_start('week', 'started_at') }} as period_start,
        coalesce(use_case, 'unknown') as known_use_case,
        {{ ratio('coalesce(input_tokens, 0) + coalesce(output_tokens, 0)', 'requests') }} as tokens_per_request
    from workflows

),

ranked as (

    select
        *,
        cast(row_number() over (
            partition by period_start, known_use_case
            order by tokens_per_request desc, workflow_id asc
        ) as bigint) as token_rank
    from measured

),

longest as (

    select * from ranked
    where token_rank <= 10

),

threads as (

    select
        workflow_id,
        endpoint_tag,
        max(last_turn) as last_turn,
        max(max_prompt_tokens) as max_prompt_tokens,
        cast(sum(over_cap_attempts) as bigint) as over_cap_attempts,
        {{ sum_usd('cap_saving_usd') }} as cap_saving_usd,
        {{ sum_of_deviations(
            'sum(turns)', 'sum(sum_turn)', 'sum(sum_turn)', 'sum(sum_turn_turn)'
        ) }} as turn_deviation,
        {{ sum_of_deviations(
            'sum(turns)', 'sum(sum_turn)', 'sum(sum_tokens)', 'sum(sum_turn_tokens)'
        ) }} as token_deviation
    from thread_days
    where
        workflow_id in (select longest.workflow_id from longest)
        and request_date >= (select coalesce(min(earliest.period_start), date '9999-12-31') from longest as earliest)
    group by
        workflow_id,
        endpoint_tag

),

conversations as (

    select
        workflow_id,
        max(last_turn) as last_turn,
        max(max_prompt_tokens) as max_prompt_tokens,
        cast(sum(over_cap_attempts) as bigint) as over_cap_attempts,
        {{ sum_usd('cap_saving_usd') }} as cap_saving_usd,
        {{ ratio('sum(token_deviation)', 'sum(turn_deviation)') }} as growth_per_turn
    from threads
    group by workflow_id

)

select
    longest.period_start,
    longest.known_use_case as use_case,
    longest.token_rank,
    longest.workflow_id,
    longest.workflow_kind,
    longest.tenant_id,
    longest.intent,
    longest.outcome,
    longest.started_at,
    longest.requests,
    longest.retries,
    longest.tokens_per_request,
    longest.input_tokens,
    longest.output_tokens,
    longest.cost_usd,
    longest.unpriced_attempts,
    conversations.last_turn,
    conversations.max_prompt_tokens as max_input_tokens,
    conversations.growth_per_turn,
    conversations.over_cap_attempts,
    case
        when conversations.workflow_id is not null
            then {{ known_cost('conversations.cap_saving_usd', 'conversations.over_cap_attempts') }}
    end as cap_saving_usd
from longest
left join conversations on longest.workflow_id = conversations.workflow_id
