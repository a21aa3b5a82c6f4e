{#-
  The metrics of a prompt version, each a ratio of two sums over units: numerator C and denominator D, which units can be
  counted, and the factors whose product the ratio is. Numerators and denominators are regression_amounts().
-#}
{% macro regression_metrics() -%}
    {{- return([
        {'name': 'cost_per_request', 'numerator': 'cost', 'denominator': 'requests',
            'condition': 'is_cost_known',
            'factors': ['tokens_per_request', 'price_per_token']},
        {'name': 'tokens_per_request', 'numerator': 'tokens', 'denominator': 'requests',
            'condition': 'is_tokens_known',
            'factors': ['tokens_per_request']},
        {'name': 'cost_per_case', 'numerator': 'cost', 'denominator': 'cases',
            'condition': 'is_cost_known and has_had_time_to_end',
            'factors': ['requests_per_case', 'tokens_per_request', 'price_per_token']},
        {'name': 'cost_per_resolved', 'numerator': 'cost', 'denominator': 'resolved',
            'condition': 'is_cost_known and has_had_time_to_mature and has_final_outcome',
            'factors': ['requests_per_case', 'tokens_per_request', 'price_per_token', 'resolved_share']},
    ]) -}}
{%- endmacro %}


{#- What the metrics are ratios of, for one unit: exact decimals and whole numbers, so that sums depend on no row order. -#}
{% macro regression_amounts() -%}
    {{- return({
        'cost': 'cast(cost_usd as ' ~ type_usd() ~ ')',
        'tokens': 'cast(tokens as decimal(19, 0))',
        'requests': 'requests',
        'cases': 'cast(1 as bigint)',
        'resolved': 'resolved',
    }) -}}
{%- endmacro %}


{#- The product of two of these amounts. -#}
{% macro regression_product(left, right) -%}
    {%- if left == 'cost' and right == 'cost' -%} {{ squared('cost_usd') }}
    {%- else -%} {{ regression_amounts()[left] }} * {{ regression_amounts()[right] }}
    {%- endif -%}
{%- endmacro %}


{#- The products of two amounts whose sums the statistics of the metrics need, each once. -#}
{% macro regression_products() -%}
    {%- set products = [] -%}
    {%- for metric in regression_metrics() -%}
        {%- for pair in [
            (metric.numerator, metric.numerator),
            (metric.numerator, metric.denominator),
            (metric.denominator, metric.denominator),
        ] if pair not in products -%}
            {%- do products.append(pair) -%}
        {%- endfor -%}
    {%- endfor -%}
    {{- return(products) -}}
{%- endmacro %}


{#- What a change of a metric is made of: the factors of all metrics, in the order in which a case makes its cost. -#}
{% macro regression_factors() -%}
    {{- return(['requests_per_case', 'tokens_per_request', 'price_per_token', 'resolved_share']) -}}
{%- endmacro %}


{#- The names of the metrics that a factor is part of. -#}
{% macro regression_metrics_with(factor) -%}
    {%- set names = [] -%}
    {%- for metric in regression_metrics() if factor in metric.factors -%} {%- do names.append(metric.name) -%} {%- endfor -%}
    {{- return(names) -}}
{%- endmacro %}


{#- The factor that moved the metric most in the direction in which it went; NULL where the split is not complete. -#}
{% macro main_driver() -%}
    {%- set pushes = [] -%}
    {%- for factor in regression_factors() -%}
        {%- do pushes.append('sign(lift) * ' ~ factor ~ '_effect') -%}
    {%- endfor -%}
    case
        when lift = 0 or (metric <> 'tokens_per_request' and price_per_token_effect is null) then null
        {%- for factor in regression_factors() %}
        when sign(lift) * {{ factor }}_effect = greatest({{ pushes | join(', ') }}) then '{{ factor }}'
        {%- endfor %}
    end
{%- endmacro %}


{#- The verdict on one metric of a release, first match wins (DECISIONS.md, "promptVersion regression"). -#}
{% macro regression_verdict() -%}
    case
        when not has_enough_units or adjusted_ci_low is null then 'insufficient_data'
        when
            adjusted_ci_low > 0
            and adjusted_lift >= {{ var('regression_min_lift') }}
            and extra_usd >= {{ var('regression_min_extra_usd') }}
            and q_value < {{ var('regression_max_q_value') }} then 'regression'
        when
            adjusted_ci_high < 0
            and adjusted_lift <= -{{ var('regression_min_lift') }}
            and q_value < {{ var('regression_max_q_value') }}
            and not (
                tested.metric <> 'tokens_per_request'
                and (
                    {{ is_fall_unpriced('unpriced_attempts', '(1 + adjusted_ci_high) * times_at_most', '1') }}
                    or {{ is_fall_unpriced('unpriced_attempts', '(1 + adjusted_lift) * times_at_most', '1 - ' ~ var('regression_min_lift')) }}
                )
            ) then 'improved'
        when
            adjusted_ci_low > -{{ var('regression_min_lift') }}
            and adjusted_ci_high < {{ var('regression_min_lift') }} then 'no_material_change'
        else 'inconclusive'
    end
{%- endmacro %}
