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


{#- After it is built: each column carries in the warehouse the comment that it has in the mart. -#}
{% macro comment_ready_view() -%}
    {%- if execute and target.type != 'spark' -%}
        {%- set described = graph.nodes['model.llm_costs.' ~ model.refs[0].name].columns -%}
        {%- set comments = {} -%}
        {%- for column in adapter.get_columns_in_relation(this) | map(attribute='name') -%}
            {%- if column in described -%} {%- set named_there = column -%}
            {%- elif column.endswith('_start') -%} {%- set named_there = 'period_start' -%}
            {%- else -%} {%- set named_there = 'segment_value' -%}
            {%- endif -%}
            {%- do comments.update({column: described[named_there]}) -%}
        {%- endfor -%}
        {{ alter_column_comment(this, comments) }}
    {%- endif -%}
{%- endmacro %}
