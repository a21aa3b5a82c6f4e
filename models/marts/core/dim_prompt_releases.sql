-- grain: one row an endpoint and prompt version, registered or merely seen
-- depends_on: {{ ref('run_releases') }}
with releases as (

    select * from {{ ref('int_prompt_releases_dated') }}

),

registered as (

    select * from {{ ref('stg_reference__prompt_releases') }}

)

select
    releases.endpoint_tag,
    releases.prompt_version,
    releases.baseline_version,
    releases.released_at,
    releases.first_seen_at,
    releases.is_registered,
    registered.owner,
    registered.note
from releases
left join registered
    on
        releases.endpoint_tag = registered.endpoint_tag
        and releases.prompt_version = registered.prompt_version
