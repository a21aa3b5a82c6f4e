{#-
  The value of a column on the first row that has one, in the order of `first_met_order`. Ties of the moment are broken by
  the attempt's key, so that the answer is the same in any row order.
-#}
{% macro first_met(column) -%}
    min_by({{ column }}, first_met_order) filter (where {{ column }} is not null)
{%- endmacro %}

{% macro first_met_order() -%} {{ return(adapter.dispatch('first_met_order', 'llm_costs')()) }} {%- endmacro %}
{% macro default__first_met_order() -%} row(occurred_at, attempt_key) {%- endmacro %}
{% macro spark__first_met_order() -%} struct(occurred_at, attempt_key) {%- endmacro %}
