-- grain: one row a reportable attempt of a workflow that this run looks at, with the list price of its input

with attempts as (

    select
        workflow_id,
        request_id,
        attempt_index,
        is_final,
        request_date,
        occurred_at,
        attempt_key,
        coalesce(use_case, 'unknown') as use_case,
        coalesce(stage, 'unknown') as stage,
        coalesce({{ observed_turn('turn_index') }}, -1) as turn,
        {{ observed_tokens('input_tokens') }} as input_tokens,
        cached_input_tokens,
        cache_write_tokens,
        cache_write_1h_tokens,
        price_id,
        priced_cost_usd,
        cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and workflow_id is not null
        and {{ in_run('workflow_id', 'workflows', dated_by='request_date') }}
        {%- if not run_is_whole() %}
        -- Storage skips dates, not workflows.
        and request_date in (
            select days.request_date
            from {{ ref('int_workflow_days') }} as days
            where {{ in_run('days.workflow_id', 'workflows', dated_by='days.request_date') }}
        )
        {%- endif %}

),

prices as (

    select * from {{ ref('int_model_prices_ranged') }}

)

select
    attempts.*,
    {{ pico_usd_to_usd(input_pico_usd()) }} as input_cost_usd
from attempts
left join prices on attempts.price_id = prices.price_id
