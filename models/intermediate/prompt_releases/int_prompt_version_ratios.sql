-- grain: one row an endpoint, prompt version, metric and arm, with the ratio and its variance, raw and mix-adjusted
{%- set min_stratum = var('regression_min_stratum_units') %}

with moments as (

    select * from {{ ref('int_prompt_version_moments') }}

),

-- An intent that is rare in either arm cannot carry a weight of its own.
sized as (

    select
        *,
        sum(case when arm = 'baseline' then units end) over intents as baseline_units,
        sum(case when arm = 'candidate' then units end) over intents as candidate_units
    from moments
    window intents as (partition by endpoint_tag, prompt_version, metric, intent)

),

strata as (

    select
        endpoint_tag,
        prompt_version,
        metric,
        arm,
        case
            when coalesce(baseline_units, 0) >= {{ min_stratum }} and coalesce(candidate_units, 0) >= {{ min_stratum }}
                then intent
            else '(pooled)'
        end as stratum,
        cast(sum(units) as bigint) as units,
        cast(sum(contaminated_units) as bigint) as contaminated_units,
        {%- for moment in ['sum_d', 'sum_cc', 'sum_cd', 'sum_dd', 'sum_cost_usd'] %}
        {{ ordered_sum(moment, 'intent') }} as {{ moment }},
        {%- endfor %}
        {{ ordered_sum('sum_c', 'intent') }} as sum_c
    from sized
    group by
        endpoint_tag,
        prompt_version,
        metric,
        arm,
        stratum

),

weighted as (

    select
        *,
        cast(sum(units) over (partition by endpoint_tag, prompt_version, metric, stratum) as double)
        / sum(units) over (partition by endpoint_tag, prompt_version, metric) as weight,
        count(*) over (partition by endpoint_tag, prompt_version, metric, stratum) as arms_in_stratum
    from strata

),

totals as (

    select
        endpoint_tag,
        prompt_version,
        metric,
        arm,
        cast(sum(units) as bigint) as units,
        cast(sum(contaminated_units) as bigint) as contaminated_units,
        {%- for moment in ['sum_c', 'sum_d', 'sum_cc', 'sum_cd', 'sum_dd', 'sum_cost_usd'] %}
        {{ ordered_sum(moment, 'stratum') }} as {{ moment }},
        {%- endfor %}
        {{ ordered_sum('weight * sum_c / units', 'stratum') }} as weighted_c,
        {{ ordered_sum('weight * sum_d / units', 'stratum') }} as weighted_d,
        min(units) as smallest_stratum,
        min(arms_in_stratum) as fewest_arms
    from weighted
    group by
        endpoint_tag,
        prompt_version,
        metric,
        arm

),

ratios as (

    select
        *,
        {{ ratio('sum_c', 'sum_d') }} as ratio,
        -- A mix can be adjusted only where every stratum has both arms.
        case when fewest_arms = 2 then {{ ratio('weighted_c', 'weighted_d') }} end as adjusted_ratio
    from totals

),

residuals as (

    select
        weighted.endpoint_tag,
        weighted.prompt_version,
        weighted.metric,
        weighted.arm,
        {{ ordered_sum(
            'weighted.weight * weighted.weight * ' ~ residual_variance('weighted', 'ratios.adjusted_ratio') ~ ' / weighted.units',
            'weighted.stratum'
        ) }} as weighted_residual_variance
    from weighted
    inner join ratios
        on
            weighted.endpoint_tag = ratios.endpoint_tag
            and weighted.prompt_version = ratios.prompt_version
            and weighted.metric = ratios.metric
            and weighted.arm = ratios.arm
    group by
        weighted.endpoint_tag,
        weighted.prompt_version,
        weighted.metric,
        weighted.arm

)

select
    ratios.endpoint_tag,
    ratios.prompt_version,
    ratios.metric,
    ratios.arm,
    ratios.units,
    ratios.contaminated_units,
    ratios.sum_c,
    ratios.sum_d,
    ratios.sum_cost_usd,
    ratios.ratio,
    {{ residual_variance('ratios', 'ratios.ratio') }} * ratios.units / nullif(ratios.sum_d * ratios.sum_d, 0)
        as ratio_variance,
    ratios.adjusted_ratio,
    -- A stratum of one unit has no variance, and then the whole has none.
    case
        when ratios.smallest_stratum >= 2
            then residuals.weighted_residual_variance / nullif(ratios.weighted_d * ratios.weighted_d, 0)
    end as adjusted_ratio_variance
from ratios
inner join residuals
    on
        ratios.endpoint_tag = residuals.endpoint_tag
        and ratios.prompt_version = residuals.prompt_version
        and ratios.metric = residuals.metric
        and ratios.arm = residuals.arm
