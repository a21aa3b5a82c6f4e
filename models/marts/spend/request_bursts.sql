-- grain: one row a kind of burst, endpoint and episode: hours of one kind that are at most a day apart
with burst_hours as (

    select * from {{ ref('int_burst_hours') }}

),

provider_hours as (

    select * from {{ ref('int_endpoint_hours') }}

),

ranked as (

    select
        *,
        row_number() over (
            partition by burst_kind, endpoint_tag, episode
            order by measured desc nulls last, hour_start asc
        ) as peak_rank
    from burst_hours

),

provider_failures as (

    select
        ranked.burst_kind,
        ranked.endpoint_tag,
        ranked.episode,
        provider_hours.provider,
        sum(provider_hours.failed_attempts) as failed_attempts
    from ranked
    inner join provider_hours
        on
            ranked.endpoint_tag = provider_hours.endpoint_tag
            and ranked.hour_start = provider_hours.hour_start
    group by
        ranked.burst_kind,
        ranked.endpoint_tag,
        ranked.episode,
        provider_hours.provider

),

failing_providers as (

    select * from provider_failures
    where failed_attempts > 0
    qualify row_number() over (
        partition by burst_kind, endpoint_tag, episode
        order by failed_attempts desc, provider asc
    ) = 1

),

episodes as (

    select
        burst_kind,
        endpoint_tag,
        episode,
        min(hour_start) as started_at,
        {{ add_hours('max(hour_start)', 1) }} as ended_at,
        max(case when peak_rank = 1 then hour_start end) as peak_hour,
        count(*) as burst_hours,
        {%- for count in [
            'requests', 'ended_requests', 'successful_requests', 'attempts', 'retries', 'failed_attempts',
            'unknown_user_requests', 'unknown_user_tokens', 'unpriced_attempts', 'baseline_requests',
            'baseline_unknown_user_tokens'
        ] %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {%- for baseline in ['baseline_success_ratio', 'baseline_attempts_per_request', 'baseline_error_ratio'] %}
        max(case when is_onset = 1 then {{ baseline }} end) as {{ baseline }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd
    from ranked
    group by
        burst_kind,
        endpoint_tag,
        episode

)

select
    episodes.burst_kind,
    episodes.endpoint_tag,
    episodes.started_at,
    episodes.ended_at,
    episodes.peak_hour,
    episodes.burst_hours,
    episodes.requests,
    episodes.baseline_requests,
    episodes.attempts,
    episodes.retries,
    episodes.failed_attempts,
    {{ ratio('episodes.attempts', 'episodes.requests') }} as attempts_per_request,
    episodes.baseline_attempts_per_request,
    {{ ratio('episodes.successful_requests', 'episodes.ended_requests') }} as success_ratio,
    episodes.baseline_success_ratio,
    {{ ratio('episodes.failed_attempts', 'episodes.attempts') }} as error_ratio,
    episodes.baseline_error_ratio,
    episodes.unknown_user_requests,
    episodes.unknown_user_tokens,
    episodes.baseline_unknown_user_tokens,
    case episodes.burst_kind
        when 'failing_requests' then {{ ratio('episodes.requests', 'episodes.baseline_requests') }}
        when 'retry_storm'
            then {{ ratio('episodes.attempts', 'episodes.requests * episodes.baseline_attempts_per_request') }}
        when 'unknown_users'
            then {{ ratio('episodes.unknown_user_tokens', 'episodes.baseline_unknown_user_tokens') }}
    end as times_baseline,
    failing_providers.provider as failing_provider,
    episodes.cost_usd,
    episodes.unpriced_attempts
from episodes
left join failing_providers
    on
        episodes.burst_kind = failing_providers.burst_kind
        and episodes.endpoint_tag = failing_providers.endpoint_tag
        and episodes.episode = failing_providers.episode
