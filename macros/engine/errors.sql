{#- Stops a query with a message. -#}
{% macro stop_with(message) -%} {{ return(stop_with_text("'" ~ message ~ "'")) }} {%- endmacro %}

{#- The same with a message that the query makes. -#}
{% macro stop_with_text(text) -%} {{ return(adapter.dispatch('stop_with_text', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__stop_with_text(text) -%} error({{ text }}) {%- endmacro %}
{% macro spark__stop_with_text(text) -%} raise_error({{ text }}) {%- endmacro %}

{#- A query that gives no row where a relation has none, and else stops with the first of its lines. -#}
{% macro stop_with_lines(relation, line) -%}
    select lines_found.said
    from (
        select
            concat(
                {{ joined_lines('first_lines.line') }},
                case
                    when max(first_lines.line_count) <= {{ lines_said() }} then ''
                    else concat('{{ "\n" }}and ', cast(max(first_lines.line_count) - {{ lines_said() }} as {{ type_text() }}), ' more')
                end
            ) as said
        from (
            select
                {{ line }} as line,
                count(*) over () as line_count
            from {{ relation }}
            order by {{ line }}
            limit {{ lines_said() }}
        ) as first_lines
        having count(*) > 0
    ) as lines_found
    where case when lines_found.said <> '' then {{ stop_with_text("lines_found.said") }} end is not null
{%- endmacro %}

{#- Aggregate: text values in their order, one a line. -#}
{% macro joined_lines(text) -%} {{ return(adapter.dispatch('joined_lines', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__joined_lines(text) -%} string_agg({{ text }}, chr(10) order by {{ text }}) {%- endmacro %}
{% macro spark__joined_lines(text) -%} array_join(sort_array(collect_list({{ text }})), char(10)) {%- endmacro %}
