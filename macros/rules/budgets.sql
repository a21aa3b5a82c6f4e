{#- What a budget may be for, and by which column of int_scope_days; the workspace has no column. -#}
{% macro budget_scopes() -%}
    {{- return({
        'workspace': none, 'use_case': 'use_case', 'endpoint': 'endpoint_tag', 'tenant': 'tenant_id', 'intent': 'intent'
    }) -}}
{%- endmacro %}

{#- The periods of a budget, each with its grain. -#}
{% macro budget_periods() -%} {{- return({'daily': 'day', 'weekly': 'week', 'monthly': 'month'}) -}} {%- endmacro %}

{#- What a budget is counted in, each with the columns of its amount and of what is counted, and of the attempts that are not. -#}
{% macro budget_measures() -%}
    {{- return({
        'usd': {'amount': 'amount_usd', 'counted': 'cost_usd', 'not_counted': 'unpriced_attempts'},
        'tokens': {'amount': 'amount_tokens', 'counted': 'tokens', 'not_counted': 'uncounted_attempts'},
    }) -}}
{%- endmacro %}

{#- The windows of days that burn is looked at in, each with the burn from which it is an alert; the latest day has to be as high. -#}
{% macro budget_burn_limits() -%} {{- return({1: 3.0, 3: 2.0, 7: 1.5}) -}} {%- endmacro %}

{#-
  Why a budget is in a state, the gravest first, each with its state and when it holds (DECISIONS.md, "Budgets"). Expects amount, actual,
  forecast, the burns, and is_lower_bound. What is not known holds nowhere, and the last two always do.
-#}
{% macro budget_reasons() -%}
    {%- set reasons = [{'reason': 'actual_at_amount', 'state': 'exceeded', 'holds': 'actual >= amount'}] -%}
    {%- for days, limit in budget_burn_limits().items() -%}
        {%- do reasons.append({
            'reason': 'burn_' ~ days ~ 'd', 'state': 'spend_alert',
            'holds': 'burn_' ~ days ~ 'd >= ' ~ limit ~ 'e0 and burn_1d >= ' ~ limit ~ 'e0'
        }) -%}
    {%- endfor -%}
    {{- return(reasons + [
        {'reason': 'forecast_at_alert', 'state': 'spend_alert', 'holds': 'forecast >= amount * ' ~ var('budget_alert_forecast_share')},
        {'reason': 'actual_at_warning', 'state': 'warning', 'holds': 'actual >= amount * ' ~ var('budget_warning_share')},
        {'reason': 'forecast_at_amount', 'state': 'warning', 'holds': 'forecast >= amount'},
        {'reason': 'within_amount_as_far_as_known', 'state': 'ok', 'holds': 'is_lower_bound'},
        {'reason': 'within_amount', 'state': 'ok', 'holds': 'true'},
    ]) -}}
{%- endmacro %}

{#- The states of a budget, the gravest first. -#}
{% macro budget_states() -%} {{- return(budget_reasons() | map(attribute='state') | unique | list) -}} {%- endmacro %}

{#- How many days of each weekday a mean is taken of, and how many days they are together. -#}
{% macro budget_mean_weeks() -%} 4 {%- endmacro %}
{% macro budget_mean_days() -%} {{- budget_mean_weeks() | int * 7 -}} {%- endmacro %}

{#- No period of a budget has more days than that. -#}
{% macro budget_longest_period() -%} 31 {%- endmacro %}

{#- What means are taken of: to a millionth, so that its squares are exact. -#}
{% macro rounded_for_means(counted) -%} try_cast({{ counted }} as decimal(18, 6)) {%- endmacro %}

{#- Sums of as many days of a weekday as their means: exact, and without a division, of which there is one a day ahead. -#}
{% macro mean_of_weeks(sums) -%}
    cast(cast({{ sums }} as decimal(28, 6)) * cast({{ 1 / (budget_mean_weeks() | int) }} as decimal(2, 2)) as {{ type_usd_sum() }})
{%- endmacro %}

{#- How often the weekday that is so many days ahead (1 to 7) comes within a number of days ahead (an expression). -#}
{% macro times_ahead(days_ahead, weekday) -%}
    cast(floor(({{ days_ahead }} + {{ 7 - weekday }}) / 7e0) as int)
{%- endmacro %}


{#- What spend is told apart by, for budgets: unknown is a value like others. -#}
{% macro scope_columns() -%}
    coalesce(use_case, 'unknown') as use_case,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(tenant_id, 'unknown') as tenant_id,
    coalesce(intent, 'unknown') as intent
{%- endmacro %}

{#- What budgets count; a sign of -1 takes it off. What a gateway answered from its own store has consumed no tokens. -#}
{% macro scope_sums(sign=1) -%}
    {{ whole_sum(sign) }} as attempts,
    {{ whole_sum('case when cost_usd is null then ' ~ sign ~ ' else 0 end') }} as unpriced_attempts,
    {{ whole_sum(
        "case when (input_tokens is null or output_tokens is null) and cost_source <> 'cache_hit' then " ~ sign ~ " else 0 end"
    ) }} as uncounted_attempts,
    cast(coalesce(sum({{ sign }} * ({{ all_tokens() }})), 0) as bigint) as tokens,
    coalesce({{ sum_usd(sign ~ ' * cost_usd') }}, 0) as known_cost_usd
{%- endmacro %}
