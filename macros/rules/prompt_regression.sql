{#-
  The metrics of a prompt version, each a ratio of two sums over units: numerator C and denominator D, and which units can
  be counted. Squares of dollars are exact decimals, squares of counts whole numbers, so that sums depend on no row order.
-#}
{% macro regression_metrics() -%}
    {%- set cost = 'cast(cost_usd as ' ~ type_usd() ~ ')' -%}
    {%- set tokens = 'cast(tokens as decimal(19, 0))' -%}
    {{- return([
        {'name': 'cost_per_request', 'numerator': cost, 'numerator_squared': squared('cost_usd'),
            'denominator': 'requests', 'condition': 'cost_usd is not null'},
        {'name': 'tokens_per_request', 'numerator': tokens, 'numerator_squared': tokens ~ ' * ' ~ tokens,
            'denominator': 'requests', 'condition': 'tokens is not null'},
        {'name': 'cost_per_case', 'numerator': cost, 'numerator_squared': squared('cost_usd'),
            'denominator': 'cast(1 as bigint)', 'condition': 'cost_usd is not null'},
        {'name': 'cost_per_resolved', 'numerator': cost, 'numerator_squared': squared('cost_usd'),
            'denominator': 'resolved', 'condition': 'cost_usd is not null and has_final_outcome'},
    ]) -}}
{%- endmacro %}


{#- The verdict on one metric of a release, first match wins (DECISIONS.md, "promptVersion regression"). -#}
{% macro regression_verdict() -%}
    case
        when not has_enough_units or decisive_ci_low is null then 'insufficient_data'
        when
            decisive_ci_low > 0
            and decisive_lift >= {{ var('regression_min_lift') }}
            and extra_usd >= {{ var('regression_min_extra_usd') }}
            and q_value < {{ var('regression_max_q_value') }} then 'regression'
        when
            decisive_ci_high < 0
            and decisive_lift <= -{{ var('regression_min_lift') }}
            and q_value < {{ var('regression_max_q_value') }} then 'improved'
        when
            decisive_ci_low > -{{ var('regression_min_lift') }}
            and decisive_ci_high < {{ var('regression_min_lift') }} then 'no_material_change'
        else 'inconclusive'
    end
{%- endmacro %}
