{#-
  The value of a column on the first row that has one, in an order that is by default first_met_order() of the column.
-#}
{% macro first_met(column, order=none) -%}
    min_by({{ column }}, {{ order or first_met_order(column) }}) filter (where {{ column }} is not null)
{%- endmacro %}

{#-
  The moment, and of several values of one moment their hash, so that the answer is the same in any row order. Engines hash
  the few different words of a column once, where a key of the row would have to be computed for each.
-#}
{% macro first_met_order(column, moment='occurred_at') -%}
    {{ return(adapter.dispatch('first_met_order', 'llm_costs')(column, moment)) }}
{%- endmacro %}
{#- One 128-bit integer, which DuckDB compares far faster than a struct. -#}
{% macro default__first_met_order(column, moment) -%}
    (
        cast(epoch_us({{ moment }}) as hugeint) * 18446744073709551616
        + cast(cast({{ hash_key(column) }} as uhugeint) >> 64 as hugeint)
    )
{%- endmacro %}
{% macro spark__first_met_order(column, moment) -%} struct({{ moment }}, {{ hash_key(column) }}) {%- endmacro %}
