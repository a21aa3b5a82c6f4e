{#-
  Whether a text is one of some words; false where it is NULL. DuckDB plans an `in` of many words as a join, which stays in every query of
  a view, also where nobody asks for the column, and keeps other joins from being left out.
-#}
{% macro is_one_of(text, words) -%}
    case {{ text }}
        {%- for word in words %} when '{{ word | lower | trim | replace("'", "''") }}' then true {%- endfor %}
        else false
    end
{%- endmacro %}
