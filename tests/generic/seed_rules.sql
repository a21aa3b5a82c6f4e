{#-
  Holds what a reference seed says to its rules, and names file, row and value of what breaks one. With severity error the test stops
  with that message; with severity warn the rows hold it, and it is said when the run ends. Parameters: tests/generic/README.md.
-#}
{% test seed_rules(model, seed, key=[], row=[], rules={}) %}

{%- set names = [] -%}
{%- for column in key or row -%}
    {%- do names.append("coalesce(cast(" ~ column ~ " as " ~ type_text() ~ "), 'empty')") -%}
{%- endfor -%}
{%- set checks = [] -%}
{%- for column, conditions in rules.items() -%}
    {%- for expected, condition in conditions.items() -%} {%- do checks.append((column, expected, condition)) -%} {%- endfor -%}
{%- endfor %}
with judged as (

    select
        *,
        {%- for column, expected, condition in checks %}
        coalesce(({{ condition }}), false) as holds_{{ loop.index }},
        {%- endfor %}
        {%- if key %}
        count(*) over (partition by {{ key | join(', ') }}) = 1
        {%- for column in key %} and {{ column }} is not null {%- endfor -%}
        {%- else %}
        true
        {%- endif %} as holds_key
    from {{ model }}

),

mistakes as (

    select
        concat(
            '{{ seed_file(seed) }}: row ', {{ names | join(", ', ', ") }}, ': ',
            case when holds_key then '' else 'the key ({{ key | join(", ") }}) is given twice or in part; ' end
            {%- for column, expected, condition in checks %},
            case
                when holds_{{ loop.index }} then ''
                else concat(
                    '{{ column }} is ',
                    case
                        when {{ column }} is null then 'empty'
                        else concat('''', cast({{ column }} as {{ type_text() }}), '''')
                    end,
                    ', which should be {{ expected | replace("'", "''") }}; '
                )
            end
            {%- endfor %}
        ) as mistake
    from judged
    where not (
        holds_key
        {%- for check in checks %} and holds_{{ loop.index }} {%- endfor -%}
    )

)
{% if config.get('severity', 'error') | lower == 'warn' %}
select substr(mistake, 1, length(mistake) - 2) as mistake from mistakes
{% else %}
{{ stop_with_lines('mistakes', 'substr(mistake, 1, length(mistake) - 2)') }}
{% endif %}

{% endtest %}
