-- grain: one row a scope, UTC day that is over, and window that ends with it, with the days before, as it was known
{{ config(materialized='incremental', unique_key='evaluated_on', meta={'in_run': 'months'}) }}
{%- set baseline_days = signal_baseline_days() | int %}

with of_all as (

    select
        *,
        sum(case when scope_type = 'workspace' then known_cost_usd end) over (
            partition by evaluated_on, request_date
        ) as all_known_cost_usd
    from {{ ref('int_signal_days_known') }}

),

parted as (
    {% for window_days in signal_window_days() %}
    select
        *,
        {{ window_days }} as window_days,
        request_date > evaluated_on - {{ window_days }} as is_in_window,
        {{ is_in_signal_baseline(window_days) }} as is_in_baseline
    from of_all
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

windows as (

    select
        scope_type,
        scope_value,
        endpoint_tag,
        prompt_version,
        evaluated_on,
        window_days,
        min(request_date) as first_date,
        {%- for column in signal_sums() if column != 'known_cost_usd' %}
        {{ whole_sum('case when is_in_window then ' ~ column ~ ' else 0 end') }} as {{ column }},
        {{ whole_sum('case when is_in_baseline then ' ~ column ~ ' else 0 end') }} as baseline_{{ column }},
        {%- endfor %}
        {{ sum_usd('case when is_in_window then known_cost_usd else 0 end') }} as known_cost_usd,
        {{ sum_usd('case when is_in_baseline then known_cost_usd else 0 end') }} as baseline_known_cost_usd,
        {%- for measure, parts in signal_measures().items() %}
        coalesce(sum(
            case when is_in_baseline then {{ square_by(parts.numerator, parts.denominator) }} end
        ), 0) as {{ measure }}_squares,
        {%- endfor %}
        count(*) filter (where is_in_baseline) as baseline_active_days
    from parted
    group by
        scope_type,
        scope_value,
        endpoint_tag,
        prompt_version,
        evaluated_on,
        window_days

)

select
    *,
    -- Days without a row count from the first on.
    cast(least({{ baseline_days }}, greatest(evaluated_on - window_days - first_date + 1, 0)) as int) as baseline_days,
    max(case when scope_type = 'workspace' then known_cost_usd end) over of_day as all_known_cost_usd,
    max(case when scope_type = 'workspace' then baseline_known_cost_usd end) over of_day as baseline_all_known_cost_usd
from windows
window of_day as (partition by evaluated_on, window_days)
