-- grain: one row a workflow with at least one reportable attempt that this run adds up, with its cost over its lifetime
{%- set counts = ['requests', 'attempts', 'retries', 'input_tokens', 'output_tokens', 'unpriced_attempts'] %}

with workflow_days as (

    select * from {{ ref('int_workflow_days') }}
    where {{ in_run('workflow_id', 'cases', dated_by='request_date') }}

),

repeated as (

    select workflow_id
    from workflow_days
    group by workflow_id
    having count(*) > 1

),

-- Most workflows live on one date: what they took there is all that they took.
of_one_date as (

    select
        workflow_id,
        is_ticket,
        is_conversation,
        {{ described_by_first_attempt() | join(', ') }},
        first_attempt_at,
        last_attempt_at,
        {{ counts | join(', ') }},
        cost_usd,
        waste_cost_usd
    from workflow_days
    where workflow_id not in (select repeated.workflow_id from repeated)

),

of_several_dates as (

    select
        workflow_id,
        bool_or(is_ticket) as is_ticket,
        bool_or(is_conversation) as is_conversation,
        {%- for column in described_by_first_attempt() %}
        {{ first_met(column, 'request_date') }} as {{ column }},
        {%- endfor %}
        min(first_attempt_at) as first_attempt_at,
        max(last_attempt_at) as last_attempt_at,
        {%- for count in counts %}
        {{ whole_sum(count) }} as {{ count }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as cost_usd,
        {{ sum_usd('waste_cost_usd') }} as waste_cost_usd
    from workflow_days
    where workflow_id in (select repeated.workflow_id from repeated)
    group by workflow_id

),

workflows as (

    select * from of_one_date

    union all

    select * from of_several_dates

)

select
    workflow_id,
    -- An id that was sent both as a ticket and as something else is a ticket.
    case
        when is_ticket then 'ticket'
        when is_conversation then 'conversation'
        else 'workflow'
    end as workflow_kind,
    case when is_ticket then 'support' else use_case end as use_case,
    tenant_id,
    queue,
    intent,
    prompt_version as first_prompt_version,
    first_attempt_at as started_at,
    last_attempt_at,
    {{ counts | join(', ') }},
    cost_usd,
    waste_cost_usd
from workflows
