-- grain: one row a period grain, period that this run adds up, and thread (the turns of a workflow on an endpoint)
{%- set counts = [
    'attempts', 'unpriced_attempts', 'turns', 'over_cap_attempts', 'tokens_over_cap', 'unknown_saving_attempts',
    'sum_turn', 'sum_tokens', 'sum_turn_turn', 'sum_turn_tokens'
] %}
{%- for bucket in turn_buckets() %}
{%- do counts.extend([bucket.name ~ '_requests', bucket.name ~ '_tokens']) %}
{%- endfor %}
{%- set amounts = ['cost_usd', 'over_cap_cost_usd', 'cap_saving_usd', 'summary_saving_usd', 'summary_cost_usd'] %}

with thread_days as (

    select * from {{ ref('int_thread_days') }}
    where {{ since_first_affected_for(['thread_growth'], 'request_date', 'int_affected_periods') }}

),

-- A day of a thread is a row already; the longer periods are the ones to group.
periods as (

    select
        'day' as period_grain,
        request_date as period_start,
        {%- for measure in amounts + counts %}
        {{ measure }},
        {%- endfor %}
        workflow_id,
        endpoint_tag,
        last_turn,
        max_prompt_tokens,
        history_cap_tokens
    from thread_days
    where {{ on_affected_for(['thread_growth'], ["'day'", 'request_date'], 'int_affected_periods') }}
    {%- for period_grain in period_grains() if period_grain != 'day' %}

    union all

    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        {%- for amount in amounts %}
        {{ sum_usd(amount) }} as {{ amount }},
        {%- endfor %}
        {%- for count in counts %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        workflow_id,
        endpoint_tag,
        max(last_turn) as last_turn,
        max(max_prompt_tokens) as max_prompt_tokens,
        max(history_cap_tokens) as history_cap_tokens
    from thread_days
    where
        {{ on_affected_for(
            ['thread_growth'],
            ["'" ~ period_grain ~ "'", period_start(period_grain, 'request_date')],
            'int_affected_periods'
        ) }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        workflow_id,
        endpoint_tag
    {%- endfor %}

)

select
    *,
    {{ sum_of_deviations('turns', 'sum_turn', 'sum_turn', 'sum_turn_turn') }} as turn_deviation,
    {{ sum_of_deviations('turns', 'sum_turn', 'sum_tokens', 'sum_turn_tokens') }} as token_deviation
from periods
