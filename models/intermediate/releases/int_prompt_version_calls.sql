-- grain: one row a release with calls in its window, with the unpriced ones and what these may have cost
with releases as (

    select
        *,
        cast(released_at - interval '{{ var("regression_window_days") }}' day as date) as compared_from,
        cast(released_at as date) as released_on,
        cast(released_at + interval '{{ var("regression_window_days") }}' day as date) as compared_until
    from {{ ref('int_prompt_releases_dated') }}

),

usage_days as (

    select * from {{ ref('int_usage_days') }}

),

-- Of both versions, each in its window, to the day.
days as (

    select
        releases.endpoint_tag,
        releases.prompt_version,
        usage_days.provider,
        usage_days.model,
        usage_days.attempts,
        usage_days.unpriced_attempts,
        usage_days.cost_usd,
        usage_days.prompt_version = releases.prompt_version as is_of_the_version
    from releases
    inner join usage_days
        on
            releases.endpoint_tag = usage_days.endpoint_tag
            and (
                (
                    releases.prompt_version = usage_days.prompt_version
                    and usage_days.request_date between releases.released_on and releases.compared_until
                )
                or (
                    releases.baseline_version = usage_days.prompt_version
                    and usage_days.request_date between releases.compared_from and releases.released_on
                )
            )

),

models as (

    select
        endpoint_tag,
        prompt_version,
        {{ ratio(sum_usd('cost_usd'), 'sum(attempts - unpriced_attempts)') }} as usd_per_call,
        sum(case when is_of_the_version then attempts else 0 end) as attempts,
        sum(case when is_of_the_version then unpriced_attempts else 0 end) as unpriced_attempts,
        {{ sum_usd('case when is_of_the_version then cost_usd end') }} as cost_usd
    from days
    group by
        endpoint_tag,
        prompt_version,
        provider,
        model

),

summed as (

    select
        endpoint_tag,
        prompt_version,
        cast(sum(attempts) as bigint) as attempts,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
        cast({{ sum_usd('cost_usd') }} as double) as cost_usd,
        max(usd_per_call) as dearest_usd_per_call
    from models
    group by
        endpoint_tag,
        prompt_version

)

select
    endpoint_tag,
    prompt_version,
    attempts,
    unpriced_attempts,
    dearest_usd_per_call,
    {{ ratio('cost_usd + unpriced_attempts * dearest_usd_per_call', 'attempts') }}
    / nullif({{ ratio('cost_usd', 'attempts - unpriced_attempts') }}, 0) as times_at_most
from summed
where attempts > 0
