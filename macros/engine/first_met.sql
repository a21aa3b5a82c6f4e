{#-
  The value of a column on the first row that has one, in the order of a column, by default `first_met_order`. Ties of the
  moment are broken by the attempt's key, so that the answer is the same in any row order.
-#}
{% macro first_met(column, order='first_met_order') -%}
    min_by({{ column }}, {{ order }}) filter (where {{ column }} is not null)
{%- endmacro %}

{#- Order of attempts: the moment, then the key. On DuckDB one 128-bit integer, which it compares far faster than a struct. -#}
{% macro first_met_order(moment='occurred_at', key='attempt_key') -%}
    {{ return(adapter.dispatch('first_met_order', 'llm_costs')(moment, key)) }}
{%- endmacro %}
{% macro default__first_met_order(moment, key) -%}
    (cast(epoch_us({{ moment }}) as hugeint) * 18446744073709551616 + cast(cast({{ key }} as uhugeint) >> 64 as hugeint))
{%- endmacro %}
{% macro spark__first_met_order(moment, key) -%} struct({{ moment }}, {{ key }}) {%- endmacro %}
