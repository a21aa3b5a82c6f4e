-- grain: one row a window and endpoint with attempts on either side, with the change of its spend and the effects
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

with models as (

    select * from {{ ref('int_spend_window_models') }}

),

effects as (

    select * from {{ ref('int_spend_change_effects') }}
    where {{ in_run('period_start', 'months') }}

),

workflows as (

    select * from {{ ref('int_spend_window_workflows') }}

),

windows as (

    select * from {{ ref('int_spend_windows') }}

),

totaled as (

    select
        period_grain,
        period_start,
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
        period_grain,
        period_start,
        endpoint_tag

),

spread as (

    select
        period_grain,
        period_start,
        {%- for effect in change_effects() %}
        {{ sum_usd("case when effect = '" ~ effect ~ "' then effect_usd end") }} as {{ effect }}_effect_usd,
        {%- endfor %}
        endpoint_tag
    from effects
    group by
        period_grain,
        period_start,
        endpoint_tag

)

select
    totaled.*,
    windows.window_days,
    windows.period_end,
    windows.baseline_start,
    windows.baseline_end,
    cast(totaled.known_cost_usd - totaled.baseline_known_cost_usd as {{ type_usd_sum() }}) as change_usd,
    {%- for effect in change_effects() %}
    spread.{{ effect }}_effect_usd,
    {%- endfor %}
    coalesce(workflows.workflows, 0) as workflows,
    coalesce(workflows.baseline_workflows, 0) as baseline_workflows,
    coalesce(workflows.successes, 0) as successes,
    coalesce(workflows.baseline_successes, 0) as baseline_successes
from totaled
inner join windows
    on
        totaled.period_grain = windows.period_grain
        and totaled.period_start = windows.period_start
left join spread
    on
        totaled.period_grain = spread.period_grain
        and totaled.period_start = spread.period_start
        and totaled.endpoint_tag = spread.endpoint_tag
left join workflows
    on
        totaled.period_grain = workflows.period_grain
        and totaled.period_start = workflows.period_start
        and totaled.endpoint_tag = workflows.endpoint_tag
