{#-
  Rows in which two relations disagree, in both directions and NULL-safe: a key that only one of them has, or a measure that
  differs, NULL against a value included. Relations are CTE names or relations; keys must be unique in each.
-#}
{% macro differences(left, right, keys, measures) -%}
    select
        {%- for key in keys %}
        coalesce(one.{{ key }}, other.{{ key }}) as {{ key }},
        {%- endfor %}
        {%- for measure in measures %}
        one.{{ measure }} as {{ measure }}_in_{{ left }},
        other.{{ measure }} as {{ measure }}_in_{{ right }},
        {%- endfor %}
        one.is_there is null as only_in_{{ right }},
        other.is_there is null as only_in_{{ left }}
    from (select *, true as is_there from {{ left }}) as one
    full outer join (select *, true as is_there from {{ right }}) as other
        on
        {%- for key in keys %}
            one.{{ key }} = other.{{ key }}{{ " and" if not loop.last }}
        {%- endfor %}
    where
        one.is_there is null
        or other.is_there is null
        {%- for measure in measures %}
        or not coalesce(one.{{ measure }} = other.{{ measure }}, one.{{ measure }} is null and other.{{ measure }} is null)
        {%- endfor %}
{%- endmacro %}
