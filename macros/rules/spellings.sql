{#-
  What is kept of a token count that several spellings give: the text where they agree, else all of them, told apart by a character that
  no export has, until they are read as numbers. `texts` are the spellings as they are, `filled` those that are not blank. Rows whose
  spellings differ are few, so all others are spared a look at each.
-#}
{% macro several_counts(texts, filled) -%}
    case
        when greatest({{ texts | join(', ') }}) <> least({{ texts | join(', ') }})
            then nullif(concat_ws({{ counts_separator() }}, {{ filled | join(', ') }}), '')
        else greatest({{ texts | join(', ') }})
    end
{%- endmacro %}
{% macro counts_separator() -%} {{- return("'\x1f'") -}} {%- endmacro %}

{#- Whether several_counts() kept more than one. What is no text is told apart when the query is planned. -#}
{% macro says_several_counts(column) -%}
    (typeof({{ column }}) in ('VARCHAR', 'string') and instr(cast({{ column }} as {{ type_text() }}), {{ counts_separator() }}) > 0)
{%- endmacro %}

{#- The largest of several_counts(); NULL where one of them is no count. -#}
{% macro largest_count(text) -%} {{ return(adapter.dispatch('largest_count', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__largest_count(text) -%}
    case
        when list_bool_and(list_transform(string_split({{ text }}, {{ counts_separator() }}), lambda sent: {{ to_usable_count('sent') }} is not null))
            then list_max(list_transform(string_split({{ text }}, {{ counts_separator() }}), lambda sent: {{ to_usable_count('sent') }}))
    end
{%- endmacro %}
{% macro spark__largest_count(text) -%}
    case
        when forall(split({{ text }}, {{ counts_separator() }}), sent -> {{ to_usable_count('sent') }} is not null)
            then array_max(transform(split({{ text }}, {{ counts_separator() }}), sent -> {{ to_usable_count('sent') }}))
    end
{%- endmacro %}

{#- Whether several_counts() kept two counts above 0 that are not the same number; a 0 beside a count only says that its sender fills what it lacks. -#}
{% macro has_differing_spellings(column) -%}
    (
        {{ says_several_counts(column) }}
        and {{ least_positive_count('cast(' ~ column ~ ' as ' ~ type_text() ~ ')') }} < read_{{ column }}
    )
{%- endmacro %}
{#- The least of several_counts() above 0. -#}
{% macro least_positive_count(text) -%} {{ return(adapter.dispatch('least_positive_count', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__least_positive_count(text) -%}
    list_min(list_filter(list_transform(string_split({{ text }}, {{ counts_separator() }}), lambda sent: {{ to_usable_count('sent') }}), lambda sent: sent > 0))
{%- endmacro %}
{% macro spark__least_positive_count(text) -%}
    array_min(filter(transform(split({{ text }}, {{ counts_separator() }}), sent -> {{ to_usable_count('sent') }}), sent -> sent > 0))
{%- endmacro %}
