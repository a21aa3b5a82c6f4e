-- grain: one row a workflow, endpoint, stage, prompt version and UTC date, of the endpoints that this run compares
select * from {{ ref('int_workflow_stage_days') }}
where
    endpoint_tag <> 'unknown'
    and endpoint_tag in (select affected.endpoint_tag from {{ ref('int_affected_releases') }} as affected)
    -- What ended before the first window began met its version before it too.
    and request_date >= (
        select coalesce(min(cast(recent.started_at as date)), date '9999-12-31')
        from {{ ref('fct_workflows') }} as recent
        where recent.last_attempt_at >= (
            select
                coalesce(min(releases.released_at), timestamp '9999-12-31')
                - interval '{{ var("regression_window_days") }}' day
            from {{ ref('int_prompt_releases_dated') }} as releases
            inner join {{ ref('int_affected_releases') }} as affected
                on
                    releases.endpoint_tag = affected.endpoint_tag
                    and releases.prompt_version = affected.prompt_version
        )
    )
