-- grain: one row an endpoint, prompt version and metric with units in both arms, with the factors of its lift
with moments as (

    select * from {{ ref('int_prompt_version_moments') }}

),

arms as (

    select
        endpoint_tag,
        prompt_version,
        metric,
        arm,
        sum(units) as units,
        sum(units_with_tokens) as units_with_tokens,
        sum(sum_requests) as requests,
        sum(sum_requests_with_tokens) as requests_with_tokens,
        sum(sum_resolved) as resolved,
        {{ ordered_sum('sum_tokens', 'intent') }} as tokens,
        {{ ordered_sum('sum_cost_usd', 'intent') }} as cost_usd
    from moments
    group by
        endpoint_tag,
        prompt_version,
        metric,
        arm

),

-- Units of unknown tokens cost something all the same: they are taken to be as long as the others. The product of the
-- factors (over the resolved share) is the metric all the same.
factors as (

    select
        *,
        {{ ratio('requests', 'units') }} as requests_per_case,
        {{ ratio('tokens', 'requests_with_tokens') }} as tokens_per_request,
        {{ ratio('cost_usd', 'requests') }} / nullif({{ ratio('tokens', 'requests_with_tokens') }}, 0)
            as price_per_token,
        {{ ratio('resolved', 'units') }} as resolved_share
    from arms

)

select
    candidate.endpoint_tag,
    candidate.prompt_version,
    candidate.metric,
    {%- for factor in regression_factors() %}
    case
        when candidate.metric in ({{ quoted_words(regression_metrics_with(factor)) }})
            then
            {%- if factor == 'resolved_share' %}
                -- The metric is divided by it: fewer resolved cases make each dearer.
                {{ ln_or_null('baseline.' ~ factor) }} - {{ ln_or_null('candidate.' ~ factor) }}
            {%- else %}
                {{ ln_or_null('candidate.' ~ factor) }} - {{ ln_or_null('baseline.' ~ factor) }}
            {%- endif %}
    end as {{ factor }}_effect,
    {%- endfor %}
    cast(
        candidate.units + baseline.units - candidate.units_with_tokens - baseline.units_with_tokens as bigint
    ) as units_without_tokens
from factors as candidate
inner join factors as baseline
    on
        candidate.endpoint_tag = baseline.endpoint_tag
        and candidate.prompt_version = baseline.prompt_version
        and candidate.metric = baseline.metric
where
    candidate.arm = 'candidate'
    and baseline.arm = 'baseline'
