-- grain: one row a window grain, period, endpoint, model, price, and whether a workflow is named
{{ config(
    materialized='incremental',
    unique_key=['window_grain', 'period_start'],
    meta={'affected_by': 'int_affected_periods'}
) }}

with spend_days as (

    select * from {{ ref('int_spend_days') }}
    where {{ near_affected_periods('request_date', 'int_affected_periods') }}

)
{%- for window_grain in change_window_grains() %}

select
    '{{ window_grain }}' as window_grain,
    {{ period_start(window_grain, 'request_date') }} as period_start,
    endpoint_tag,
    max(use_case) as use_case,
    is_attributed,
    model,
    price_id,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(requests) as bigint) as requests,
    cast(sum(known_attempts) as bigint) as known_attempts,
    {%- for kind in token_kinds() %}
    cast(sum({{ kind.name }}_tokens) as bigint) as {{ kind.name }}_tokens,
    {%- endfor %}
    {{ sum_usd('known_cost_usd') }} as known_cost_usd
from spend_days
where
    {{ on_affected(
        ["'" ~ window_grain ~ "'", period_start(window_grain, 'request_date')],
        'int_affected_periods'
    ) }}
group by
    {{ period_start(window_grain, 'request_date') }},
    endpoint_tag,
    is_attributed,
    model,
    price_id
{{ "union all" if not loop.last }}
{%- endfor %}
