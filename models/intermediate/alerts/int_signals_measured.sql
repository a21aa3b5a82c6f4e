-- grain: one row a measure, scope, UTC day that is over, and window, with its baseline and how far they lie apart
{%- set of_endpoint = [
    'baseline_known_cost_usd', 'baseline_requests', 'cost_per_request_squares', 'baseline_active_days', 'baseline_days'
] %}
with windows as (

    select * from {{ ref('int_signal_windows') }}

),

-- A version that is new has no past: it is compared with what its endpoint was before.
compared as (

    select
        windows.*,
        {%- for column in of_endpoint %}
        coalesce(endpoints.{{ column }}, windows.{{ column }}) as compared_{{ column }},
        {%- endfor %}
        coalesce(windows.first_date > windows.evaluated_on - {{ new_version_days() }}, true) as is_new
    from windows
    left join windows as endpoints
        on
            windows.scope_type = 'prompt_version'
            and endpoints.scope_type = 'endpoint'
            and windows.endpoint_tag = endpoints.endpoint_tag
            and windows.evaluated_on = endpoints.evaluated_on
            and windows.window_days = endpoints.window_days

),

measured as (
    {% for measure, parts in signal_measures().items() %}
    {%- set compares = 'compared_' if measure == 'cost_per_request' else '' %}
    select
        '{{ measure }}' as measure,
        scope_type,
        scope_value,
        endpoint_tag,
        prompt_version,
        evaluated_on,
        window_days,
        scope_type <> 'prompt_version' or is_new as is_compared,
        cast({{ parts.denominator or 'window_days' }} as double) as denominator,
        cast({{ compares }}baseline_{{ parts.denominator or 'days' }} as double) as baseline_denominator,
        {{ compares }}baseline_{{ 'active_days' if parts.denominator else 'days' }} as degrees,
        cast({{ 'requests' if measure != 'spend_share' else 'attempts' }} as bigint) as calls,
        cast({{ parts.numerator }} as double) as numerator,
        cast({{ compares }}baseline_{{ parts.numerator }} as double) as baseline_numerator,
        cast({{ compares }}{{ measure }}_squares as double) as squares,
        {{ 'true' if parts.is_share else 'false' }} as is_share,
        {{ 'true' if not parts.denominator else 'false' }} as is_per_day,
        {{ 'true' if parts.is_skewed else 'false' }} as is_skewed,
        {{ ratio('failed_attempts', 'attempts') }}
        - {{ ratio('baseline_failed_attempts', 'baseline_attempts') }} as failed_points,
        {{ ratio('known_cost_usd', 'requests') }}
        - {{ ratio('compared_baseline_known_cost_usd', 'compared_baseline_requests') }} as extra_usd_per_request,
        cast(known_cost_usd as double)
        - {{ ratio('baseline_known_cost_usd', 'baseline_days') }} * window_days as extra_usd
    from compared
    where scope_type in ({{ quoted_words(parts.scopes) }})
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

valued as (

    select
        *,
        {{ ratio('numerator', 'denominator') }} as value,
        {{ ratio('baseline_numerator', 'baseline_denominator') }} as baseline,
        (squares - baseline_numerator * baseline_numerator / nullif(baseline_denominator, 0))
        / nullif(degrees - 1, 0) as seen_variance
    from measured
    where degrees >= {{ signal_min_days() }}

),

-- Numbers a day vary at least as arrivals do, shares as coins thrown for a few calls at once, amounts by a hundredth.
varied as (

    select
        *,
        greatest(
            seen_variance,
            case
                when is_per_day then case when baseline > 0 then baseline else {{ pooled_share() }} end
                when is_share then {{ pooled_share() }} * (1 - {{ pooled_share() }}) * {{ calls_together() }}
                else baseline * baseline / 10000
            end
        ) * (1 / nullif(denominator, 0) + 1 / nullif(baseline_denominator, 0)) as variance
    from valued

)

select
    *,
    value / nullif(baseline, 0) - 1 as growth,
    case
        when is_skewed then {{ ln_or_null('value / nullif(baseline, 0)') }} * baseline / nullif(sqrt(variance), 0)
        else (value - baseline) / nullif(sqrt(variance), 0)
    end as standard_errors
from varied
