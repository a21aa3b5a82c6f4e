-- grain: one row a window, endpoint, attributed or not, model and kind of tokens, with both sides of every factor
with token_kinds as (

    select * from {{ ref('int_spend_token_kinds') }}

),

models as (

    select * from {{ ref('int_spend_window_models') }}

),

workflows as (

    select * from {{ ref('int_spend_window_workflows') }}

),

endpoints as (

    select
        period_grain,
        period_start,
        endpoint_tag,
        is_attributed,
        model,
        attempts as model_attempts,
        baseline_attempts as baseline_model_attempts,
        known_attempts,
        baseline_known_attempts,
        cast(sum(requests) over whole as bigint) as requests,
        cast(sum(baseline_requests) over whole as bigint) as baseline_requests,
        cast(sum(attempts) over whole as bigint) as attempts,
        cast(sum(baseline_attempts) over whole as bigint) as baseline_attempts
    from models
    window whole as (partition by period_grain, period_start, endpoint_tag, is_attributed)

)

select
    token_kinds.period_grain,
    token_kinds.period_start,
    token_kinds.endpoint_tag,
    token_kinds.is_attributed,
    token_kinds.model,
    token_kinds.token_kind,
    -- Calls that name no workflow are each a case of their own.
    case
        when token_kinds.is_attributed then coalesce(workflows.workflows, 0) else endpoints.requests
    end as cases,
    case
        when token_kinds.is_attributed then coalesce(workflows.baseline_workflows, 0) else endpoints.baseline_requests
    end as baseline_cases,
    endpoints.requests,
    endpoints.baseline_requests,
    endpoints.attempts,
    endpoints.baseline_attempts,
    endpoints.model_attempts,
    endpoints.baseline_model_attempts,
    endpoints.known_attempts,
    endpoints.baseline_known_attempts,
    token_kinds.tokens,
    token_kinds.baseline_tokens,
    token_kinds.cost_usd,
    token_kinds.baseline_cost_usd
from token_kinds
inner join endpoints
    on
        token_kinds.period_grain = endpoints.period_grain
        and token_kinds.period_start = endpoints.period_start
        and token_kinds.endpoint_tag = endpoints.endpoint_tag
        and token_kinds.is_attributed = endpoints.is_attributed
        and token_kinds.model = endpoints.model
left join workflows
    on
        token_kinds.period_grain = workflows.period_grain
        and token_kinds.period_start = workflows.period_start
        and token_kinds.endpoint_tag = workflows.endpoint_tag
