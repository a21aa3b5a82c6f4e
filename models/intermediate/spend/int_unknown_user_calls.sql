-- grain: one row a reportable attempt of an unknown user in the run's months, and whether an hour's limits refuse it
with attempts as (

    select
        attempt_key,
        request_id,
        attempt_index,
        request_date,
        workflow_id,
        coalesce(endpoint_tag, 'unknown') as endpoint_tag,
        {{ is_answer() }} as is_answer,
        cost_usd,
        occurred_at,
        {{ hour_start('occurred_at') }} as hour_start,
        user_id,
        coalesce({{ all_tokens() }}, 0) as tokens
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        -- A user who is mapped to no tenant, or none at all: whom nobody has vouched for.
        and tenant_id is null
        and {{ in_run('request_date', 'months', dated_by='request_date') }}

),

-- A limit looks at what came before in the hour. Who has no id is no user of whom a limit could count anything.
of_users as (

    select
        *,
        count(*) over before as calls_before,
        coalesce(sum(tokens) over before, 0) as tokens_before
    from attempts
    window before as (
        partition by hour_start, endpoint_tag, user_id
        order by occurred_at, request_id, attempt_index
        rows between unbounded preceding and 1 preceding
    )

),

limited_by_user as (

    select
        *,
        user_id is not null and coalesce(
            calls_before >= {{ limit_by_endpoint(var('throttle_user_calls'), 'endpoint_tag') }}
            or tokens_before >= {{ limit_by_endpoint(var('throttle_user_tokens'), 'endpoint_tag') }}, false
        ) as is_over_limit_of_user
    from of_users

),

-- What the limit of a user has refused, that of the endpoint does not count.
of_endpoints as (

    select
        *,
        count(case when not is_over_limit_of_user then request_id end) over before as endpoint_calls_before,
        coalesce(sum(case when not is_over_limit_of_user then tokens end) over before, 0) as endpoint_tokens_before
    from limited_by_user
    window before as (
        partition by hour_start, endpoint_tag
        order by occurred_at, request_id, attempt_index
        rows between unbounded preceding and 1 preceding
    )

)

select
    *,
    is_over_limit_of_user or coalesce(
        endpoint_calls_before >= {{ limit_by_endpoint(var('throttle_endpoint_calls'), 'endpoint_tag') }}
        or endpoint_tokens_before >= {{ limit_by_endpoint(var('throttle_endpoint_tokens'), 'endpoint_tag') }}, false
    ) as is_refused
from of_endpoints
