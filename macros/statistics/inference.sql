{#- Half width of a two-sided 95 % interval in standard errors. -#}
{% macro z_95() -%} 1.959963984540054 {%- endmacro %}
{#- The same of a 99 % interval. -#}
{% macro z_99() -%} 2.5758293035489004 {%- endmacro %}


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
