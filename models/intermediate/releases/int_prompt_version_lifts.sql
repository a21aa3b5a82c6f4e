-- grain: one row an endpoint, prompt version and metric, with the lift over the baseline, raw and adjusted for intents
with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

ratios as (

    select * from {{ ref('int_prompt_version_ratios') }}

),

metrics as (
    {% for metric in regression_metrics() %}
    select '{{ metric.name }}' as metric
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

compared as (

    select
        releases.endpoint_tag,
        releases.prompt_version,
        releases.baseline_version,
        releases.released_at,
        releases.is_registered,
        metrics.metric,
        baseline.ratio as baseline_value,
        candidate.ratio as value,
        coalesce(candidate.units, 0) as units,
        coalesce(baseline.units, 0) as baseline_units,
        coalesce(candidate.compared_units, 0) as compared_units,
        coalesce(baseline.compared_units, 0) as baseline_compared_units,
        candidate.contaminated_units + baseline.contaminated_units as contaminated_units,
        candidate.compared_cost_usd as candidate_cost_usd,
        {{ ln_or_null('candidate.ratio') }} - {{ ln_or_null('baseline.ratio') }} as log_lift,
        {{ ln_or_null('candidate.adjusted_ratio') }} - {{ ln_or_null('baseline.adjusted_ratio') }} as adjusted_log_lift,
        sqrt(
            candidate.ratio_variance / nullif(candidate.ratio * candidate.ratio, 0)
            + baseline.ratio_variance / nullif(baseline.ratio * baseline.ratio, 0)
        ) as standard_error,
        sqrt(
            candidate.adjusted_ratio_variance / nullif(candidate.adjusted_ratio * candidate.adjusted_ratio, 0)
            + baseline.adjusted_ratio_variance / nullif(baseline.adjusted_ratio * baseline.adjusted_ratio, 0)
        ) as adjusted_standard_error
    from releases
    cross join metrics
    left join ratios as candidate
        on
            releases.endpoint_tag = candidate.endpoint_tag
            and releases.prompt_version = candidate.prompt_version
            and metrics.metric = candidate.metric
            and candidate.arm = 'candidate'
    left join ratios as baseline
        on
            releases.endpoint_tag = baseline.endpoint_tag
            and releases.prompt_version = baseline.prompt_version
            and metrics.metric = baseline.metric
            and baseline.arm = 'baseline'

)

select
    *,
    {% for prefix in ['', 'adjusted_'] %}
    exp({{ prefix }}log_lift) - 1 as {{ prefix }}lift,
    exp({{ prefix }}log_lift - {{ z_95() }} * {{ prefix }}standard_error) - 1 as {{ prefix }}ci_low,
    exp({{ prefix }}log_lift + {{ z_95() }} * {{ prefix }}standard_error) - 1 as {{ prefix }}ci_high,
    {{ two_sided_p(prefix ~ 'log_lift / nullif(' ~ prefix ~ 'standard_error, 0)') }} as {{ prefix }}p_value,
    {%- endfor %}
    log_lift - adjusted_log_lift as mix_effect
from compared
