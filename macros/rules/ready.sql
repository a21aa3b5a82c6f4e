{#-
  A mart of one period grain, and of one segment type where it has several: nothing that a reader could forget to filter. The columns are
  those of the mart's contract, read from its description, so that a column that is added there is added here.

    mart           the mart
    period_grain   day, week or month
    segment_type   all, or what the mart is cut by; none: the mart has no segments
-#}
{% macro ready_view(mart, period_grain, segment_type=none) -%}
    {%- set columns = graph.nodes['model.llm_costs.' ~ mart].columns.keys() | list if execute and graph.nodes else [] -%}
    select
        {%- for column in columns if column not in ['period_grain', 'segment_type', 'segment_value'] %}
        {{ column }}{{ (' as ' ~ period_grain ~ '_start') if column == 'period_start' }}
        {%- if column == 'period_start' and segment_type not in [none, 'all'] %},
        segment_value as {{ segment_type }}
        {%- endif %}
        {{- "," if not loop.last }}
        {%- else %}
        *
        {%- endfor %}
    from {{ ref(mart) }}
    where
        period_grain = '{{ period_grain }}'
        {{- " and segment_type = '" ~ segment_type ~ "'" if segment_type }}
{%- endmacro %}
