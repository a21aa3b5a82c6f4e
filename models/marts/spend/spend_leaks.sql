-- grain: one row a period grain, period and kind of leak
-- A dollar may leak in several ways, so the kinds do not add up.
{{ config(materialized='view') }}
{%- set leaks = {
    'tries_without_result': ('endpoint_economics', 'waste_cost_usd', 'saving'),
    'prompts_over_history_cap': ('thread_growth', 'cap_saving_usd', 'saving'),
    'tool_calls_sent_before': ('tool_calls', 'repeated_cost_usd', 'saving'),
    'tool_output_over_cap': ('tool_calls', 'over_output_cap_cost_usd', 'saving'),
    'tool_calls_over_cap': ('tool_calls', 'over_call_cap_cost_usd', 'at_stake'),
    'loops_of_stages': ('stage_transitions', 'loop_cost_usd', 'saving'),
    'stages_over_cost_cap': ('stage_costs', 'over_cap_cost_usd', 'at_stake'),
    'context_given_again': ('handoff_cost', 'handoff_cost_usd', 'at_stake'),
    'work_above_model_tier': ('model_tier_breaches', 'cost_usd', 'at_stake'),
} %}

with leaks as (
    {% for leak, (mart, usd, meaning) in leaks.items() %}
    select
        period_grain,
        period_start,
        '{{ leak }}' as leak,
        '{{ meaning }}' as meaning,
        {{ sum_usd(usd) }} as cost_usd
    from {{ ref(mart) }}
    group by
        period_grain,
        period_start
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select * from leaks
where cost_usd > 0
