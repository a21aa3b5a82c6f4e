-- grain: one row a window and segment (all, use case, endpoint) with attempts on either side
with changes as (

    select * from {{ ref('int_endpoint_changes') }}

),

segments as (
    {% for segment_type, segment_value in [('all', "'all'"), ('use_case', 'use_case'), ('endpoint', 'endpoint_tag')] %}
    select
        period_grain,
        period_start,
        max(period_end) as period_end,
        max(baseline_start) as baseline_start,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        {%- for side in ['', 'baseline_'] %}
        cast(sum({{ side }}attempts) as bigint) as {{ side }}attempts,
        cast(sum({{ side }}requests) as bigint) as {{ side }}requests,
        cast(sum({{ side }}attempts - {{ side }}known_attempts) as bigint) as {{ side }}unpriced_attempts,
        -- A workflow may use several endpoints, so their counts do not add up.
        {% if segment_type == 'endpoint' -%} max({{ side }}workflows)
        {%- else -%} cast(null as bigint)
        {%- endif %} as {{ side }}workflows,
        {{ sum_usd(side ~ 'known_cost_usd') }} as {{ side }}known_cost_usd,
        {%- endfor %}
        {%- for effect in change_effects() %}
        {{ sum_usd(effect ~ '_effect_usd') }} as {{ effect }}_effect_usd,
        {%- endfor %}
        {{ sum_usd('change_usd') }} as change_usd
    from changes
    group by
        {{ 'period_grain, period_start' if segment_type == 'all' else 'period_grain, period_start, ' ~ segment_value }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    period_end,
    baseline_start,
    segment_type,
    segment_value,
    {%- for side in ['', 'baseline_'] %}
    {{ cost_if_known(side ~ 'known_cost_usd', side ~ 'attempts', side ~ 'unpriced_attempts') }} as {{ side }}cost_usd,
    {%- endfor %}
    change_usd,
    {{ ratio('change_usd', 'baseline_known_cost_usd') }} as growth,
    {%- for effect in change_effects() %}
    {{ effect }}_effect_usd,
    {%- endfor %}
    workflows,
    requests,
    attempts,
    unpriced_attempts,
    baseline_workflows,
    baseline_requests,
    baseline_attempts,
    baseline_unpriced_attempts
from segments
