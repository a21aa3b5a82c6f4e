-- grain: one row a period grain, period and endpoint with turns of threads
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set counts = [
    'attempts', 'unpriced_attempts', 'turns', 'over_cap_attempts', 'tokens_over_cap', 'unknown_saving_attempts'
] %}
{%- for bucket in turn_buckets() %}
{%- do counts.extend([bucket.name ~ '_requests', bucket.name ~ '_tokens']) %}
{%- endfor %}
{%- set amounts = ['cost_usd', 'over_cap_cost_usd', 'cap_saving_usd', 'summary_saving_usd'] %}

with endpoint_days as (

    select * from {{ ref('int_thread_endpoint_days') }}
    where {{ in_run('request_date', 'month_days') }}

),

threads as (

    select * from {{ ref('int_thread_periods') }}

),

totals as (
    {% for period_grain in period_grains() %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        {%- for amount in amounts %}
        {{ sum_usd(amount) }} as {{ amount }},
        {%- endfor %}
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        max(last_turn) as last_turn,
        max(max_prompt_tokens) as max_prompt_tokens,
        max(history_cap_tokens) as history_cap_tokens
    from endpoint_days
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

-- What counts once for a thread, or is measured from its own mean, does not add up over days. These are the periods
-- that this run reports, so they choose among the totals.
thread_totals as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        count(*) as threads,
        count(*) filter (where over_cap_attempts > 0) as threads_over_cap,
        count(*) filter (where turn_deviation > 0) as growing_threads,
        sum(turn_deviation) as turn_deviation,
        sum(token_deviation) as token_deviation,
        {{ sum_usd('summary_cost_usd') }} as summary_cost_usd
    from threads
    group by
        period_grain,
        period_start,
        endpoint_tag

)

select
    totals.period_grain,
    totals.period_start,
    totals.endpoint_tag,
    thread_totals.threads,
    totals.attempts,
    totals.unpriced_attempts,
    totals.cost_usd,
    totals.turns,
    {%- for bucket in turn_buckets() %}
    {{ ratio('totals.' ~ bucket.name ~ '_tokens', 'totals.' ~ bucket.name ~ '_requests') }}
        as {{ bucket.name }}_input_tokens,
    {%- endfor %}
    totals.last_turn,
    totals.max_prompt_tokens as max_input_tokens,
    thread_totals.growing_threads as threads_with_slope,
    {{ ratio('thread_totals.token_deviation', 'thread_totals.turn_deviation') }} as growth_per_turn,
    totals.history_cap_tokens,
    thread_totals.threads_over_cap,
    totals.over_cap_attempts,
    {{ known_cost('totals.over_cap_cost_usd', 'totals.over_cap_attempts') }} as over_cap_cost_usd,
    {{ ratio(known_cost('totals.over_cap_cost_usd', 'totals.over_cap_attempts'), 'totals.cost_usd') }}
        as over_cap_spend_share,
    totals.tokens_over_cap,
    {{ known_cost('totals.cap_saving_usd', 'totals.over_cap_attempts') }} as cap_saving_usd,
    cast(
        {{ known_cost(
            'totals.summary_saving_usd - coalesce(thread_totals.summary_cost_usd, 0)', 'totals.over_cap_attempts'
        ) }}
        as {{ type_usd_sum() }}
    ) as summary_saving_usd,
    totals.unknown_saving_attempts
from totals
inner join thread_totals
    on
        totals.period_grain = thread_totals.period_grain
        and totals.period_start = thread_totals.period_start
        and totals.endpoint_tag = thread_totals.endpoint_tag
