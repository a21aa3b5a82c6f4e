-- grain: one row a window and endpoint with a spike, with the cost of the prompt versions that are new
with spikes as (

    select * from {{ ref('int_spend_rises') }}
    where is_spike

),

spend_days as (

    select * from {{ ref('int_spend_days') }}

),

releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

versions as (

    select
        spikes.period_grain,
        spikes.period_start,
        spikes.endpoint_tag,
        spend_days.prompt_version,
        min(releases.first_seen_at) as first_seen_at,
        cast(sum(spend_days.requests) as bigint) as requests,
        {{ sum_usd('spend_days.known_cost_usd') }} as known_cost_usd
    from spend_days
    inner join spikes
        on
            spend_days.endpoint_tag = spikes.endpoint_tag
            and spend_days.request_date >= spikes.period_start
            and spend_days.request_date < spikes.period_end
    inner join releases
        on
            spend_days.endpoint_tag = releases.endpoint_tag
            and spend_days.prompt_version = releases.prompt_version
    where
        releases.first_seen_at
        >= {{ add_hours('cast(spikes.period_start as timestamp)', '-spikes.new_version_hours') }}
    group by
        spikes.period_grain,
        spikes.period_start,
        spikes.endpoint_tag,
        spend_days.prompt_version

),

ranked as (

    select
        *,
        row_number() over (
            partition by period_grain, period_start, endpoint_tag
            order by known_cost_usd desc, prompt_version asc
        ) as cost_rank
    from versions

)

select
    period_grain,
    period_start,
    endpoint_tag,
    max(case when cost_rank = 1 then prompt_version end) as prompt_version,
    max(case when cost_rank = 1 then first_seen_at end) as first_seen_at,
    cast(sum(requests) as bigint) as requests,
    {{ sum_usd('known_cost_usd') }} as known_cost_usd
from ranked
group by
    period_grain,
    period_start,
    endpoint_tag
