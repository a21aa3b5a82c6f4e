{#-
  Fails for every row that breaks a rule, with the names of the rules that it breaks. All rules of a model are one query and
  one test. Parameters: tests/generic/README.md.
-#}
{% test rules_hold(model, rules) %}

select
    concat(
        {%- for rule, condition in rules.items() %}
        case when coalesce(({{ condition }}), false) then '' else '{{ rule | replace("'", "''") }}; ' end{{ "," if not loop.last }}
        {%- endfor %}
    ) as broken_rules,
    *
from {{ model }}
where not (
    {%- for condition in rules.values() %}
    coalesce(({{ condition }}), false){{ " and" if not loop.last }}
    {%- endfor %}
)

{% endtest %}
