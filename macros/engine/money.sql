{#-
  Exact money arithmetic. Attempts carry DECIMAL(18, 12): pico-dollars in 64 bits. Sums are DECIMAL(28, 12), the widest that
  both engines keep through a sum and a comparison.
-#}
{% macro type_usd() -%} decimal(18, 12) {%- endmacro %}
{% macro type_usd_sum() -%} decimal(28, 12) {%- endmacro %}

{#- Sum of dollars, exact in any row order; NULL where every value is unknown. -#}
{% macro sum_usd(expression) -%} cast(sum({{ expression }}) as {{ type_usd_sum() }}) {%- endmacro %}

{#-
  Dollars rounded to a millionth, half away from zero. DuckDB divides 128-bit numbers twenty times as slowly as 64-bit ones,
  which hold every amount below a million dollars.
-#}
{% macro rounded_to_micro_usd(expression) -%}
    coalesce(
        cast(try_cast({{ expression }} as {{ type_usd() }}) as decimal(18, 6)),
        cast({{ expression }} as decimal(18, 6))
    )
{%- endmacro %}

{#-
  The product of two numbers of up to 18 digits, the first with up to six decimals, with every digit: DuckDB multiplies in the wider of
  their two types, and Spark cuts decimals where the digits of both and one more are over 38.
-#}
{% macro exact_product(one, other) -%} cast({{ one }} as decimal(19, 6)) * {{ other }} {%- endmacro %}

{#- Pico-dollars (BIGINT) as dollars; NULL from a million dollars on, which no attempt costs. -#}
{% macro pico_usd_to_usd(expression) -%}
    try_cast(cast({{ expression }} as decimal(19, 0)) * cast(0.000000000001 as decimal(13, 12)) as {{ type_usd() }})
{%- endmacro %}

{#-
  Dollars a unit as DECIMAL(28, 12), rounded half away from zero; NULL where the denominator is 0 or unknown. Division of
  decimals is DOUBLE on DuckDB, so the quotient is formed in whole pico-dollars there.
-#}
{% macro usd_per(numerator, denominator) -%} {{ return(adapter.dispatch('usd_per', 'llm_costs')(numerator, denominator)) }} {%- endmacro %}
{% macro default__usd_per(numerator, denominator) -%}
    cast(
        case when {{ denominator }} > 0 then
            sign({{ numerator }})
            * (
                (2 * cast(abs({{ numerator }}) * 1000000000000 as hugeint) + cast({{ denominator }} as hugeint))
                // cast(2 * nullif({{ denominator }}, 0) as hugeint)
            )
            * cast(0.000000000001 as decimal(13, 12))
        end as {{ type_usd_sum() }}
    )
{%- endmacro %}
{% macro spark__usd_per(numerator, denominator) -%}
    cast(
        case when {{ denominator }} > 0
            then cast({{ numerator }} as decimal(28, 12)) / cast(nullif({{ denominator }}, 0) as decimal(15, 0))
        end as {{ type_usd_sum() }}
    )
{%- endmacro %}

{#-
  Dollars times a whole number of up to nine digits, exact. Spark gives up decimal places of a product whose type would be
  wider than 38 digits, so the number is given a type that leaves them.
-#}
{% macro usd_times(amount, number) -%}
    cast(cast({{ amount }} as {{ type_usd_sum() }}) * cast({{ number }} as decimal(9, 0)) as {{ type_usd_sum() }})
{%- endmacro %}

{#- A share or ratio as DOUBLE; NULL where the denominator is 0 or unknown. -#}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as double) / nullif(cast({{ denominator }} as double), 0)
{%- endmacro %}

{#- A sum of known costs: 0 where there was nothing to cost, NULL where there was and nothing of it is known. -#}
{% macro known_cost(cost, attempts) -%}
    case when coalesce({{ attempts }}, 0) = 0 then cast(0 as {{ type_usd_sum() }}) else {{ cost }} end
{%- endmacro %}

{#- sum_usd() over a window. -#}
{% macro sum_usd_over(expression, window) -%}
    cast(sum({{ expression }}) over ({{ window }}) as {{ type_usd_sum() }})
{%- endmacro %}
