-- grain: one row a UTC hour and endpoint with enough traffic to be a burst, with its baseline and the verdicts
with hours as (

    select * from {{ ref('endpoint_hours') }}

),

first_seen as (

    select
        endpoint_tag,
        cast(min(request_date) as timestamp) as first_seen_at
    from hours
    group by endpoint_tag

),

days as (

    select
        request_date,
        endpoint_tag,
        {{ ratio('sum(successful_requests)', 'sum(ended_requests)') }} as success_ratio,
        {{ ratio('sum(attempts)', 'sum(requests)') }} as attempts_per_request,
        {{ ratio('sum(failed_attempts)', 'sum(attempts)') }} as error_ratio
    from hours
    group by
        request_date,
        endpoint_tag

),

evident as (

    select * from hours
    where {{ has_burst_evidence() }}

),

days_before as (

    select cast(spine.id + 1 as int) as days_ago
    from range({{ var('burst_baseline_days') }}) as spine (id)

),

-- The same hour of the days before; an hour without a row had no traffic, which counts. The upper quartile withstands a
-- weekly rhythm (two quiet or two busy days a week) and an incident of up to a quarter of the window.
hourly_baselines as (

    select
        evident.endpoint_tag,
        evident.hour_start,
        count(*) as baseline_days,
        cast(percentile_disc(0.75) within group (order by coalesce(past.requests, 0)) as bigint) as baseline_requests,
        cast(percentile_disc(0.75) within group (order by coalesce(past.unknown_user_tokens, 0)) as bigint)
            as baseline_unknown_user_tokens
    from evident
    inner join first_seen on evident.endpoint_tag = first_seen.endpoint_tag
    inner join days_before
        on {{ add_hours('evident.hour_start', '-24 * days_before.days_ago') }} >= first_seen.first_seen_at
    left join hours as past
        on
            evident.endpoint_tag = past.endpoint_tag
            and {{ add_hours('evident.hour_start', '-24 * days_before.days_ago') }} = past.hour_start
    group by
        evident.endpoint_tag,
        evident.hour_start

),

evident_dates as (

    select distinct
        endpoint_tag,
        request_date
    from evident

),

-- The usual day: medians over the days before that had traffic.
daily_baselines as (

    select
        evident_dates.endpoint_tag,
        evident_dates.request_date,
        percentile_cont(0.5) within group (order by past.success_ratio) as baseline_success_ratio,
        percentile_cont(0.5) within group (order by past.attempts_per_request) as baseline_attempts_per_request,
        percentile_cont(0.5) within group (order by past.error_ratio) as baseline_error_ratio
    from evident_dates
    cross join days_before
    left join days as past
        on
            evident_dates.endpoint_tag = past.endpoint_tag
            and evident_dates.request_date - days_before.days_ago = past.request_date
    group by
        evident_dates.endpoint_tag,
        evident_dates.request_date

),

compared as (

    select
        evident.*,
        hourly_baselines.baseline_requests,
        hourly_baselines.baseline_unknown_user_tokens,
        daily_baselines.baseline_success_ratio,
        daily_baselines.baseline_attempts_per_request,
        daily_baselines.baseline_error_ratio
    from evident
    inner join hourly_baselines
        on
            evident.endpoint_tag = hourly_baselines.endpoint_tag
            and evident.hour_start = hourly_baselines.hour_start
    left join daily_baselines
        on
            evident.endpoint_tag = daily_baselines.endpoint_tag
            and evident.request_date = daily_baselines.request_date
    where hourly_baselines.baseline_days >= {{ burst_min_baseline_days() }}

)

select
    {%- for kind, burst in burst_kinds().items() %}
    coalesce({{ burst.evidence }} and {{ burst.condition }}, false) as is_{{ kind }},
    {%- endfor %}
    *
from compared
