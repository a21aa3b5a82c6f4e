{#- Whether a text matches a regular expression somewhere. -#}
{% macro matches_pattern(text, pattern) -%} {{ return(adapter.dispatch('matches_pattern', 'llm_costs')(text, pattern)) }} {%- endmacro %}
{% macro default__matches_pattern(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro spark__matches_pattern(text, pattern) -%} {{ text }} rlike '{{ pattern }}' {%- endmacro %}

{#- A text with every match of a regular expression replaced. -#}
{% macro replace_pattern(text, pattern, replacement) -%}
    {{ return(adapter.dispatch('replace_pattern', 'llm_costs')(text, pattern, replacement)) }}
{%- endmacro %}
{% macro default__replace_pattern(text, pattern, replacement) -%} regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g') {%- endmacro %}
{% macro spark__replace_pattern(text, pattern, replacement) -%}
    regexp_replace({{ text }}, '{{ pattern | replace("\\", "\\\\") }}', '{{ replacement }}')
{%- endmacro %}

{#-
  The beginning of a text that could not be read, every letter an x and every digit a 0: enough to see what is wrong with it, and
  nothing of the people in it. File and line lead to the rest.
-#}
{% macro masked_excerpt(text) -%}
    {{ replace_pattern(replace_pattern("substr(" ~ text ~ ", 1, 80)", '\\p{L}', 'x'), '\\p{N}', '0') }}
{%- endmacro %}

{#- `field: value` with a value that was to be a number or a time: shown as far as it looks like one. -#}
{% macro masked_value(text) -%}
    case
        when {{ matches_pattern(text, '^[a-z_0-9]+: [-+:.,TZe0-9 ]{1,40}$') }} then {{ text }}
        when {{ text }} is not null then concat(split_part({{ text }}, ':', 1), ': ', {{ masked_excerpt("substr(" ~ text ~ ", length(split_part(" ~ text ~ ", ':', 1)) + 3)") }})
    end
{%- endmacro %}

{#-
  A text without blanks around it: tabs, line ends, and what spreadsheets and web pages have for a blank. Nearly none has any, and
  DuckDB's trim() takes ten times as long as a look at the two ends.
-#}
{% macro trimmed(text) -%} {{ return(adapter.dispatch('trimmed', 'llm_costs')(text)) }} {%- endmacro %}
{% macro default__trimmed(text) -%}
    case
        when {{ text }} < '!' or {{ text }} >= chr(127) or right({{ text }}, 1) not between '!' and '~'
            then trim({{ text }}, {{ blanks() }})
        else {{ text }}
    end
{%- endmacro %}
{% macro spark__trimmed(text) -%} btrim({{ text }}, {{ blanks() }}) {%- endmacro %}

{#- A text as it is; NULL where it is empty or blank. Nearly all texts begin with a letter or a digit, which is soon seen. -#}
{% macro filled_text(text) -%}
    case when {{ text }} >= '!' and {{ text }} < chr(127) then {{ text }} when {{ trimmed(text) }} <> '' then {{ text }} end
{%- endmacro %}

{#- Also of no width, and the mark that some files begin with. -#}
{% macro blanks() -%}
    ' {{ '\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u200b\u200c\u200d\u2028\u2029\u202f\u205f\u2060\u3000\ufeff' }}'
    || chr(9) || chr(10) || chr(11) || chr(12) || chr(13)
{%- endmacro %}

{#- Aggregate: words in their order, with a blank between them. -#}
{% macro joined_words(word) -%} {{ return(adapter.dispatch('joined_words', 'llm_costs')(word)) }} {%- endmacro %}
{% macro default__joined_words(word) -%} string_agg({{ word }}, ' ' order by {{ word }}) {%- endmacro %}
{% macro spark__joined_words(word) -%} array_join(sort_array(collect_list({{ word }})), ' ') {%- endmacro %}
