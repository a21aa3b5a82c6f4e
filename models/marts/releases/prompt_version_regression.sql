-- grain: one row an endpoint, prompt version and metric
with lifts as (

    select
        lifts.*,
        calls.unpriced_attempts,
        calls.times_at_most
    from {{ ref('int_prompt_version_lifts') }} as lifts
    left join {{ ref('int_prompt_version_calls') }} as calls
        on
            lifts.endpoint_tag = calls.endpoint_tag
            and lifts.prompt_version = calls.prompt_version

),

effects as (

    select * from {{ ref('int_prompt_version_effects') }}

),

-- The mix-adjusted test decides: a shift between intents is no fault of a prompt. What has too few units is no test:
-- the normal distribution does not hold there, and a p-value that is too small would let other findings pass.
decisive as (

    select
        *,
        least(compared_units, baseline_compared_units) >= {{ var('regression_min_units') }} as has_enough_units,
        -- what the candidate's units would not have cost without the lift
        candidate_cost_usd * (1 - 1 / nullif(1 + adjusted_lift, 0)) as extra_usd,
        case
            when least(compared_units, baseline_compared_units) >= {{ var('regression_min_units') }}
                then adjusted_p_value
        end as tested_p_value
    from lifts

),

ranked as (

    select
        *,
        count(tested_p_value) over () as tests,
        row_number() over (order by tested_p_value nulls last, endpoint_tag, prompt_version, metric) as p_rank
    from decisive

),

-- Benjamini-Hochberg over all tests of the build: the smallest false discovery rate at which a finding stands.
tested as (

    select
        *,
        case when tested_p_value is not null then least(
            min(tested_p_value * tests / p_rank) over (
                order by p_rank
                rows between current row and unbounded following
            ),
            1
        ) end as q_value
    from ranked

),

judged as (

    select
        tested.*,
        {{ regression_verdict() }} as verdict,
        {%- for factor in regression_factors() %}
        case when tested.lift is not null then effects.{{ factor }}_effect end as {{ factor }}_effect,
        {%- endfor %}
        effects.units_without_tokens
    from tested
    left join effects
        on
            tested.endpoint_tag = effects.endpoint_tag
            and tested.prompt_version = effects.prompt_version
            and tested.metric = effects.metric

)

select
    endpoint_tag,
    prompt_version,
    baseline_version,
    released_at,
    is_registered,
    metric,
    baseline_value,
    value,
    units,
    baseline_units,
    {{ ratio('contaminated_units', 'units + baseline_units') }} as contaminated_share,
    {{ ratio('compared_units + baseline_compared_units', 'units + baseline_units') }} as compared_share,
    lift,
    ci_low,
    ci_high,
    p_value,
    q_value,
    adjusted_lift,
    adjusted_ci_low,
    adjusted_ci_high,
    adjusted_p_value,
    mix_effect,
    {%- for factor in regression_factors() %}
    {{ factor }}_effect,
    {%- endfor %}
    {{ main_driver() }} as main_driver,
    units_without_tokens,
    extra_usd,
    verdict,
    case
        when bool_or(verdict = 'regression') over (partition by endpoint_tag, prompt_version) then 'hold'
        else 'pass'
    end as gate,
    cast({{ var('regression_min_lift') }} as double) as min_lift,
    coalesce(unpriced_attempts, 0) as unpriced_attempts,
    times_at_most
from judged
