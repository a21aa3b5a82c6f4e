-- grain: one row an endpoint, prompt version and metric
with lifts as (

    select * from {{ ref('int_prompt_version_lifts') }}

),

-- The mix-adjusted test decides where there is one: a shift between intents is no fault of a prompt.
decisive as (

    select
        *,
        least(units, baseline_units) >= {{ var('regression_min_units') }} as has_enough_units,
        case when adjusted_standard_error is not null then adjusted_lift else lift end as decisive_lift,
        -- what the candidate's units would not have cost without the lift
        candidate_cost_usd * (
            1 - 1 / nullif(1 + case when adjusted_standard_error is not null then adjusted_lift else lift end, 0)
        ) as extra_usd,
        case when adjusted_standard_error is not null then adjusted_ci_low else ci_low end as decisive_ci_low,
        case when adjusted_standard_error is not null then adjusted_ci_high else ci_high end as decisive_ci_high,
        case when adjusted_standard_error is not null then adjusted_p_value else p_value end as decisive_p_value
    from lifts

),

ranked as (

    select
        *,
        count(decisive_p_value) over () as tests,
        row_number() over (order by decisive_p_value nulls last, endpoint_tag, prompt_version, metric) as p_rank
    from decisive

),

-- Benjamini-Hochberg over all tests of the build: the smallest false discovery rate at which a finding stands.
tested as (

    select
        *,
        case when decisive_p_value is not null then least(
            min(decisive_p_value * tests / p_rank) over (
                order by p_rank
                rows between current row and unbounded following
            ),
            1
        ) end as q_value
    from ranked

),

judged as (

    select
        *,
        {{ regression_verdict() }} as verdict
    from tested

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
    extra_usd,
    verdict,
    case
        when bool_or(verdict = 'regression') over (partition by endpoint_tag, prompt_version) then 'hold'
        else 'pass'
    end as gate
from judged
