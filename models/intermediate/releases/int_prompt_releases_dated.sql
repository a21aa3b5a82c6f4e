-- grain: one row an endpoint and prompt version, registered or merely seen, with the version that was live before it
with registered as (

    select * from {{ ref('stg_reference__prompt_releases') }}

),

seen as (

    select
        endpoint_tag,
        prompt_version,
        min(first_seen_at) as first_seen_at
    from {{ ref('int_prompt_version_days') }}
    group by
        endpoint_tag,
        prompt_version

),

releases as (

    select
        coalesce(registered.endpoint_tag, seen.endpoint_tag) as endpoint_tag,
        coalesce(registered.prompt_version, seen.prompt_version) as prompt_version,
        coalesce(registered.released_at, seen.first_seen_at) as released_at,
        registered.baseline_version as declared_baseline_version,
        registered.prompt_version is not null as is_registered,
        seen.first_seen_at
    from registered
    full outer join seen
        on
            registered.endpoint_tag = seen.endpoint_tag
            and registered.prompt_version = seen.prompt_version

)

select
    endpoint_tag,
    prompt_version,
    released_at,
    is_registered,
    first_seen_at,
    coalesce(
        declared_baseline_version,
        lag(prompt_version) over (partition by endpoint_tag order by released_at, prompt_version)
    ) as baseline_version
from releases
