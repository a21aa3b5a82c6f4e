-- grain: one row a window and endpoint, with everything that the class of a spike is decided by
with rises as (

    select * from {{ ref('int_spend_rises') }}

),

-- The user, or all unknown users, whose spend rose most.
suspects as (

    select
        *,
        cast(known_cost_usd - baseline_known_cost_usd as {{ type_usd_sum() }}) as change_usd
    from {{ ref('int_spike_users') }}
    where user_id <> '{{ calls_without_user() }}'
    qualify row_number() over (
        partition by period_grain, period_start, endpoint_tag
        order by known_cost_usd - baseline_known_cost_usd desc, user_id asc
    ) = 1

),

new_versions as (

    select * from {{ ref('int_spike_new_versions') }}

),

onsets as (

    select * from {{ ref('int_spike_onsets') }}

),

joined as (

    select
        rises.*,
        onsets.onset_at,
        suspects.user_id as suspect_user_id,
        suspects.known_cost_usd as suspect_cost_usd,
        suspects.baseline_known_cost_usd as suspect_baseline_cost_usd,
        suspects.change_usd as suspect_change_usd,
        new_versions.prompt_version as new_prompt_version,
        new_versions.first_seen_at as new_version_first_seen_at,
        coalesce(
            {{ ratio('rises.baseline_known_cost_usd', 'rises.baseline_requests') }}, 0
        ) as baseline_cost_per_request,
        new_versions.requests as new_version_requests,
        new_versions.known_cost_usd as new_version_cost_usd
    from rises
    left join suspects
        on
            rises.period_grain = suspects.period_grain
            and rises.period_start = suspects.period_start
            and rises.endpoint_tag = suspects.endpoint_tag
    left join new_versions
        on
            rises.period_grain = new_versions.period_grain
            and rises.period_start = new_versions.period_start
            and rises.endpoint_tag = new_versions.endpoint_tag
    left join onsets
        on
            rises.period_grain = onsets.period_grain
            and rises.period_start = onsets.period_start
            and rises.endpoint_tag = onsets.endpoint_tag

),

-- What requests cost beyond the baseline's cost of as many requests.
exceeding as (

    select
        *,
        cast(known_cost_usd as double) - requests * baseline_cost_per_request as excess_usd,
        cast(new_version_cost_usd as double) - new_version_requests * baseline_cost_per_request
            as new_version_excess_usd
    from joined

)

select
    *,
    {%- for effect in change_effects() %}
    {{ ratio(effect ~ '_effect_usd', 'change_usd') }} as {{ effect }}_share,
    {%- endfor %}
    {{ ratio('price_effect_usd + unknown_cost_effect_usd', 'change_usd') }} as data_or_price_share,
    {{ ratio(
        'attempts_per_request_effect_usd + model_mix_effect_usd + tokens_effect_usd + price_effect_usd', 'change_usd'
    ) }} as per_request_share,
    {{ ratio('volume_effect_usd + requests_per_case_effect_usd', 'change_usd') }} as demand_share,
    {{ ratio('suspect_change_usd', 'change_usd') }} as suspect_share,
    {{ ratio('suspect_cost_usd', 'suspect_baseline_cost_usd') }} as suspect_own_growth,
    case when excess_usd > 0 then new_version_excess_usd / nullif(excess_usd, 0) end as new_version_share,
    -- As many more successes as the half of the growth of spend would bring.
    successes > baseline_successes
    and cast(successes - baseline_successes as double) >= coalesce(dominant_share * growth * baseline_successes, 0)
        as did_successes_follow
from exceeding
