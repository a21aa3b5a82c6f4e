{#- The square of an amount of dollars, exact: DECIMAL(38, 24) holds every digit of a product of two. -#}
{% macro squared(expression) -%} {{ product(expression, expression) }} {%- endmacro %}

{#- The product of two amounts, exact to 24 decimal places. -#}
{% macro product(left, right) -%}
    cast(cast({{ left }} as {{ type_usd() }}) * cast({{ right }} as {{ type_usd() }}) as decimal(38, 24))
{%- endmacro %}
