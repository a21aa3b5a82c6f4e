-- grain: one row a workflow that has not ended before the first window of the releases which this run compares
select *
from {{ ref('fct_workflows') }}
where last_attempt_at >= (
    select
        coalesce(min(releases.released_at), timestamp '9999-12-31')
        - interval '{{ var("regression_window_days") }}' day
    from {{ ref('int_prompt_releases_dated') }} as releases
    inner join {{ ref('int_affected_releases') }} as affected
        on
            releases.endpoint_tag = affected.endpoint_tag
            and releases.prompt_version = affected.prompt_version
)
