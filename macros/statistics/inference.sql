{#- Half width of a two-sided 95 % interval in standard errors. -#}
{% macro z_95() -%} 1.959963984540054 {%- endmacro %}
{#- The same of a 99 % interval. -#}
{% macro z_99() -%} 2.5758293035489004 {%- endmacro %}

{#- The same of a two-sided 80 % interval, by Student's t: a CASE over the degrees of freedom, an expression; NULL where there are none. -#}
{% macro t_80(degrees) -%}
    {%- set quantiles = [
        3.0777, 1.8856, 1.6377, 1.5332, 1.4759, 1.4398, 1.4149, 1.3968, 1.3830, 1.3722, 1.3634, 1.3562, 1.3502, 1.3450, 1.3406,
        1.3368, 1.3334, 1.3304, 1.3277, 1.3253, 1.3232, 1.3212, 1.3195, 1.3178, 1.3163, 1.3150, 1.3137, 1.3125, 1.3114, 1.3104
    ] -%}
    case
        {%- for quantile in quantiles %}
        when {{ degrees }} = {{ loop.index }} then {{ quantile }}e0
        {%- endfor %}
        when {{ degrees }} > {{ quantiles | length }} then 1.2816e0
    end
{%- endmacro %}


{#-
  Two-sided p-value of a standard normal z: erfc(|z| / sqrt 2), by the Chebyshev fit of Numerical Recipes (relative error
  under 1.2e-7 everywhere), because neither engine has erfc.
-#}
{% macro two_sided_p(z) -%}
    {%- set x = '(abs(' ~ z ~ ') / sqrt(2e0))' -%}
    {%- set t = '(1e0 / (1e0 + 0.5e0 * ' ~ x ~ '))' -%}
    {%- set coefficients = [
        '0.17087277e0', '-0.82215223e0', '1.48851587e0', '-1.13520398e0', '0.27886807e0', '-0.18628806e0', '0.09678418e0',
        '0.37409196e0', '1.00002368e0'
    ] -%}
    {%- set polynomial = namespace(sql=coefficients[0]) -%}
    {%- for coefficient in coefficients[1:] -%}
        {%- set polynomial.sql = '(' ~ coefficient ~ ' + ' ~ t ~ ' * ' ~ polynomial.sql ~ ')' -%}
    {%- endfor -%}
    {{ t }} * exp(-{{ x }} * {{ x }} - 1.26551223e0 + {{ t }} * {{ polynomial.sql }})
{%- endmacro %}


{#- Natural logarithm; NULL where it is not defined (DuckDB gives -infinity or an error for 0, Spark NULL). -#}
{% macro ln_or_null(expression) -%} ln(case when {{ expression }} > 0 then {{ expression }} end) {%- endmacro %}


{#- A sum of floating-point numbers in a fixed order, so that the last digit does not depend on threads. -#}
{% macro ordered_sum(expression, order_by) -%}
    {{ return(adapter.dispatch('ordered_sum', 'llm_costs')(expression, order_by)) }}
{%- endmacro %}
{% macro default__ordered_sum(expression, order_by) -%} sum({{ expression }} order by {{ order_by }}) {%- endmacro %}
{% macro spark__ordered_sum(expression, order_by) -%}
    aggregate(
        array_sort(collect_list(case when {{ expression }} is not null then struct({{ order_by }} as k, {{ expression }} as v) end)),
        cast(null as double),
        (total, item) -> coalesce(total, 0e0) + item.v
    )
{%- endmacro %}


{#-
  Sample variance of the residuals C - R D from their moments; `moments` names the relation with units and the sums. Exact
  cancellation may leave a last digit below zero, which is zero.
-#}
{% macro residual_variance(moments, ratio) -%}
    greatest(
        {{ moments }}.sum_cc
        - 2 * {{ ratio }} * {{ moments }}.sum_cd
        + {{ ratio }} * {{ ratio }} * {{ moments }}.sum_dd
        - ({{ moments }}.sum_c - {{ ratio }} * {{ moments }}.sum_d)
        * ({{ moments }}.sum_c - {{ ratio }} * {{ moments }}.sum_d) / {{ moments }}.units,
        case when {{ ratio }} is not null then 0e0 end
    ) / nullif({{ moments }}.units - 1, 0)
{%- endmacro %}
