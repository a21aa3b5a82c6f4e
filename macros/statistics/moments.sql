{#- The square of an amount of dollars, exact: DECIMAL(38, 24) holds every digit of a product of two. -#}
{% macro squared(expression) -%} {{ product(expression, expression) }} {%- endmacro %}

{#- The product of two amounts, exact to 24 decimal places. -#}
{% macro product(left, right) -%}
    cast(cast({{ left }} as {{ type_usd() }}) * cast({{ right }} as {{ type_usd() }}) as decimal(38, 24))
{%- endmacro %}


{#-
  Sum of the products of two variables' deviations from their means, from n whole-number sums: sum(xy) - sum(x) sum(y) / n.
  Exact until the one division, then rounded to nine places, so that sums of it depend on no row order. 0 without a row.
-#}
{% macro sum_of_deviations(number, sum_x, sum_y, sum_xy) -%}
    cast(coalesce(
        cast(
            cast({{ number }} as decimal(19, 0)) * cast({{ sum_xy }} as decimal(19, 0))
            - cast({{ sum_x }} as decimal(19, 0)) * cast({{ sum_y }} as decimal(19, 0)) as double
        ) / nullif(cast({{ number }} as double), 0),
        0
    ) as decimal(28, 9))
{%- endmacro %}


{#-
  n times a sum of squares, less the squares of sums, for n up to 99 and numbers of six decimals: a DOUBLE of what is exact until then. In
  types that leave Spark room for every digit; NULL where numbers are too large for them, some billion a day.
-#}
{% macro squared_deviations(number, squares, squared_sums) -%}
    cast(
        try_cast({{ squares }} as decimal(34, 12)) * cast({{ number }} as decimal(2, 0))
        - try_cast({{ squared_sums }} as decimal(36, 12)) as double
    )
{%- endmacro %}
