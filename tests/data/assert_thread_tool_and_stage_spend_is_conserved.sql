-- What threads, retrieval, tools and stages report by period and endpoint is what the attempts that carry a turn,
-- retrieval, a tool, or a workflow have cost.
{%- set readers = {
    'thread_growth': 'workflow_id is not null and turn_index is not null',
    'retrieval_configurations':
        'coalesce(retrieval_config, cast(coalesce(retrieval_top_k, retrieved_chunks) as ' ~ type_text() ~ ')) is not null '
        ~ 'or retrieval_hit is not null',
    'tool_calls': 'tool_name is not null',
    'stage_costs': 'workflow_id is not null',
} %}

with days as (
    {% for reader, condition in readers.items() %}
    select
        '{{ reader }}' as reader,
        request_date,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        count(*) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and ({{ condition }})
        and {{ touched('request_date', 'month_days') }}
    group by
        request_date,
        coalesce(endpoint_tag, 'unknown')
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

spent as (
    {% for period_grain in period_grains() %}
    select
        reader,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        cast(sum(attempts) as bigint) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from days
    where {{ touched(period_start(period_grain, 'request_date'), 'months') }}
    group by
        reader,
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

reported as (
    {% for reader in readers %}
    select
        '{{ reader }}' as reader,
        period_grain,
        period_start,
        endpoint_tag,
        cast(sum(attempts) as bigint) as attempts,
        {{ sum_usd('cost_usd') }} as cost_usd
    from {{ ref(reader) }}
    where {{ touched('period_start', 'months') }}
    group by
        period_grain,
        period_start,
        endpoint_tag
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

{{ differences(
    'spent', 'reported', ['reader', 'period_grain', 'period_start', 'endpoint_tag'], ['attempts', 'cost_usd']
) }}
