-- grain: one row a window and endpoint with attempts on either side, with its class and what every rule saw
with evidence as (

    select
        *,
        {{ cost_if_known('known_cost_usd', 'attempts', 'attempts - known_attempts') }} as cost_usd,
        {{ cost_if_known(
            'baseline_known_cost_usd', 'baseline_attempts', 'baseline_attempts - baseline_known_attempts'
        ) }} as baseline_cost_usd,
        {{ spike_class() }} as spike_class
    from {{ ref('int_spike_evidence') }}

),

drivers as (

    select * from {{ ref('spend_change_drivers') }}
    where
        segment_type = 'endpoint'
        and driver_rank = 1

),

dominant as (

    select
        period_grain,
        period_start,
        {%- for dimension in change_driver_dimensions() if dimension != 'endpoint_tag' %}
        max(case when dimension = '{{ dimension }}' then driver end) as dominant_{{ dimension }},
        max(case when dimension = '{{ dimension }}' then change_share end) as dominant_{{ dimension }}_share,
        {%- endfor %}
        segment_value as endpoint_tag
    from drivers
    group by
        period_grain,
        period_start,
        segment_value

)

select
    evidence.period_grain,
    evidence.period_start,
    evidence.period_end,
    evidence.endpoint_tag,
    evidence.use_case,
    evidence.spike_class,
    evidence.onset_at,
    evidence.cost_usd,
    evidence.baseline_cost_usd,
    evidence.change_usd,
    evidence.growth,
    evidence.requests_standard_errors,
    evidence.attempts_per_request_standard_errors,
    evidence.cost_per_request_standard_errors,
    evidence.is_beyond_chance,
    evidence.data_or_price_share,
    evidence.suspect_user_id,
    evidence.suspect_share,
    evidence.suspect_own_growth,
    evidence.demand_share,
    evidence.successes,
    evidence.baseline_successes,
    evidence.did_successes_follow,
    evidence.per_request_share,
    evidence.new_prompt_version,
    evidence.new_version_first_seen_at,
    evidence.new_version_share,
    evidence.tokens_share,
    evidence.requests_per_case_share,
    evidence.attempts_per_request_share,
    evidence.volume_share,
    evidence.model_mix_share,
    dominant.dominant_tenant_id,
    dominant.dominant_tenant_id_share,
    dominant.dominant_prompt_version,
    dominant.dominant_prompt_version_share,
    dominant.dominant_model,
    dominant.dominant_model_share
from evidence
left join dominant
    on
        evidence.period_grain = dominant.period_grain
        and evidence.period_start = dominant.period_start
        and evidence.endpoint_tag = dominant.endpoint_tag
