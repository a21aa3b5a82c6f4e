{#-
  What several spellings of a field say: the first that is meant, so that a word for nothing hides no value beside it; where none is, the
  first that is filled, which is read as it would be alone. `texts` are the spellings as they are, `filled` those that are not blank. Rows
  that give more than one are few, so all others are spared a look at words.
-#}
{% macro first_spelling(field, texts, filled) -%}
    {%- set pairs = [] -%}
    {%- for text in texts -%}
        {%- for other in texts[loop.index:] -%} {%- do pairs.append('(' ~ text ~ ' is not null and ' ~ other ~ ' is not null)') -%} {%- endfor -%}
    {%- endfor -%}
    case
        when {{ pairs | join(' or ') }}
            then coalesce({{ first_of_texts(meant_texts(field, texts)) }}, {{ filled | join(', ') }})
        else coalesce({{ filled | join(', ') }})
    end
{%- endmacro %}

{#-
  Those of several texts that do not only stand for a missing value of a field, as a list. What stands for no id may be a number elsewhere:
  0 is a count. One look for all of them, in few words, because every reader of raw input plans it for every field.
-#}
{% macro meant_texts(field, texts) -%} {{ return(adapter.dispatch('meant_texts', 'llm_costs')(field, texts)) }} {%- endmacro %}
{% macro default__meant_texts(field, texts) -%}
    list_filter([{{ texts | join(', ') }}], lambda sent: {{ is_meant(field, 'sent') }})
{%- endmacro %}
{% macro spark__meant_texts(field, texts) -%} filter(array({{ texts | join(', ') }}), sent -> {{ is_meant(field, 'sent') }}) {%- endmacro %}

{#- Not is_one_of(), which spells out the text for each word; inside of a function over a list DuckDB makes no join of an `in`. -#}
{% macro is_meant(field, text) -%}
    {%- set word = 'lower(' ~ trimmed(text) ~ ')' -%}
    {%- set is_id = field.endswith('_id') -%}
    {{ word }} not in ({{ quoted_words(id_placeholders() if is_id else id_placeholders() | reject('in', ['0', '0.0'] + zero_uuids())) }})
    {%- for template in id_templates() if is_id %}
    and {{ word }} not like '{{ template }}'
    {%- endfor %}
{%- endmacro %}

{#- The first text of meant_texts(); NULL where there is none. -#}
{% macro first_of_texts(texts) -%} {{ return(adapter.dispatch('first_of_texts', 'llm_costs')(texts)) }} {%- endmacro %}
{% macro default__first_of_texts(texts) -%} list_extract({{ texts }}, 1) {%- endmacro %}
{% macro spark__first_of_texts(texts) -%} get({{ texts }}, 0) {%- endmacro %}

{#- The texts of meant_texts() as one. -#}
{% macro joined_texts(texts, separator) -%} {{ return(adapter.dispatch('joined_texts', 'llm_costs')(texts, separator)) }} {%- endmacro %}
{% macro default__joined_texts(texts, separator) -%} array_to_string({{ texts }}, {{ separator }}) {%- endmacro %}
{% macro spark__joined_texts(texts, separator) -%} array_join({{ texts }}, {{ separator }}) {%- endmacro %}

{#-
  What is kept of a token count that several spellings give: the text where they agree, else all of them that are meant, told apart by a
  character that no export has, until they are read as numbers. `texts` and `filled` as in first_spelling().
-#}
{% macro several_counts(texts, filled) -%}
    case
        when greatest({{ texts | join(', ') }}) <> least({{ texts | join(', ') }})
            then coalesce(
                nullif({{ joined_texts(meant_texts('tokens', texts), counts_separator()) }}, ''),
                nullif(concat_ws({{ counts_separator() }}, {{ filled | join(', ') }}), '')
            )
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
