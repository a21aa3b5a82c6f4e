{#- The percentiles that are reported, by the name that their columns carry. -#}
{% macro reported_percentiles() -%} {{- return({'p50': 0.50, 'p95': 0.95, 'p99': 0.99}) -}} {%- endmacro %}


{#-
  Percentiles of a column, all reported ones or those that are named, as one list, by nearest rank: the smallest value that at least
  that share of the values does not exceed, so always a value that occurred, exact, without interpolation. NULLs do not count. One
  list, because DuckDB would keep the values once for every percentile.
-#}
{% macro percentile_list(expression, percentiles=none) -%}
    {{ return(adapter.dispatch('percentile_list', 'llm_costs')(expression, percentiles or reported_percentiles())) }}
{%- endmacro %}
{% macro default__percentile_list(expression, percentiles) -%}
    quantile_disc({{ expression }}, [{{ percentiles.values() | join(', ') }}])
{%- endmacro %}
{% macro spark__percentile_list(expression, percentiles) -%}
    array(
        {%- for percentile in percentiles.values() %}
        percentile_disc({{ percentile }}) within group (order by {{ expression }}){{ "," if not loop.last }}
        {%- endfor %}
    )
{%- endmacro %}


{#- An item of a list, counted from 1; NULL where the list is. -#}
{% macro list_item(list, position) -%} {{ return(adapter.dispatch('list_item', 'llm_costs')(list, position)) }} {%- endmacro %}
{% macro default__list_item(list, position) -%} list_extract({{ list }}, {{ position }}) {%- endmacro %}
{% macro spark__list_item(list, position) -%} try_element_at({{ list }}, {{ position }}) {%- endmacro %}
