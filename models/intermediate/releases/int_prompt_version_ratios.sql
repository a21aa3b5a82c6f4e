-- grain: one row an endpoint, prompt version, metric and arm, with the ratio and its variance, raw and mix-adjusted
{%- set min_stratum = var('regression_min_stratum_units') %}

with moments as (

    select * from {{ ref('int_prompt_version_moments') }}

),

-- An intent that is rare in an arm, or new, says nothing about the change: only intents that both arms met are
-- compared. Pooling the rare ones instead would hide a shift between them, and the shift would look like a lift.
sized as (

    select
        *,
        coalesce(sum(case when arm = 'baseline' then units end) over intents, 0) >= {{ min_stratum }}
        and coalesce(sum(case when arm = 'candidate' then units end) over intents, 0) >= {{ min_stratum }}
            as is_compared,
        sum(units) over intents as units_of_intent
    from moments
    window intents as (partition by endpoint_tag, prompt_version, metric, intent)

),

-- Both arms are weighted to the mix of the two together.
weighted as (

    select
        *,
        case when is_compared then units else 0 end as compared_units,
        case
            when is_compared
                then
                    cast(units_of_intent as double)
                    / sum(case when is_compared then units end) over (partition by endpoint_tag, prompt_version, metric)
            else 0e0
        end as weight
    from sized

),

totals as (

    select
        endpoint_tag,
        prompt_version,
        metric,
        arm,
        cast(sum(units) as bigint) as units,
        cast(sum(compared_units) as bigint) as compared_units,
        cast(sum(contaminated_units) as bigint) as contaminated_units,
        {%- for moment in ['sum_c', 'sum_d', 'sum_cc', 'sum_cd', 'sum_dd'] %}
        {{ ordered_sum(moment, 'intent') }} as {{ moment }},
        {%- endfor %}
        case
            when count(case when is_compared then sum_cost_usd end) > 0 then
                {{ ordered_sum('case when is_compared then coalesce(sum_cost_usd, 0e0) else 0e0 end', 'intent') }}
        end as compared_cost_usd,
        {{ ordered_sum('weight * sum_c / units', 'intent') }} as weighted_c,
        {{ ordered_sum('weight * sum_d / units', 'intent') }} as weighted_d,
        min(case when is_compared then units end) as smallest_stratum
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
        {{ ratio('weighted_c', 'weighted_d') }} as adjusted_ratio
    from totals

),

residuals as (

    select
        weighted.endpoint_tag,
        weighted.prompt_version,
        weighted.metric,
        weighted.arm,
        {{ ordered_sum(
            'case when weighted.is_compared then weighted.weight * weighted.weight * '
            ~ residual_variance('weighted', 'ratios.adjusted_ratio') ~ ' / weighted.units else 0e0 end',
            'weighted.intent'
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
    ratios.compared_units,
    ratios.contaminated_units,
    ratios.sum_c,
    ratios.sum_d,
    ratios.compared_cost_usd,
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
