-- grain: one row a window and endpoint with attempts on either side, with the change of its spend and the effects
{{ config(materialized='table') }}

with models as (

    select * from {{ ref('int_spend_window_models') }}

),

effects as (

    select * from {{ ref('int_spend_change_effects') }}

),

workflows as (

    select * from {{ ref('int_spend_window_workflows') }}

),

totaled as (

    select
        window_grain,
        window_start,
        endpoint_tag,
        max(use_case) as use_case,
        {%- for measure in ['attempts', 'requests', 'known_attempts'] %}
        cast(sum({{ measure }}) as bigint) as {{ measure }},
        cast(sum(baseline_{{ measure }}) as bigint) as baseline_{{ measure }},
        {%- endfor %}
        {{ sum_usd('known_cost_usd') }} as known_cost_usd,
        {{ sum_usd('baseline_known_cost_usd') }} as baseline_known_cost_usd
    from models
    group by
        window_grain,
        window_start,
        endpoint_tag

),

spread as (

    select
        window_grain,
        window_start,
        {%- for effect in change_effects() %}
        {{ sum_usd("case when effect = '" ~ effect ~ "' then effect_usd end") }} as {{ effect }}_effect_usd,
        {%- endfor %}
        endpoint_tag
    from effects
    group by
        window_grain,
        window_start,
        endpoint_tag

)

select
    totaled.*,
    cast(totaled.known_cost_usd - totaled.baseline_known_cost_usd as {{ type_usd_sum() }}) as change_usd,
    {%- for effect in change_effects() %}
    spread.{{ effect }}_effect_usd,
    {%- endfor %}
    coalesce(workflows.workflows, 0) as workflows,
    coalesce(workflows.baseline_workflows, 0) as baseline_workflows,
    coalesce(workflows.successes, 0) as successes,
    coalesce(workflows.baseline_successes, 0) as baseline_successes
from totaled
left join spread
    on
        totaled.window_grain = spread.window_grain
        and totaled.window_start = spread.window_start
        and totaled.endpoint_tag = spread.endpoint_tag
left join workflows
    on
        totaled.window_grain = workflows.window_grain
        and totaled.window_start = workflows.window_start
        and totaled.endpoint_tag = workflows.endpoint_tag
