{#- Fails for every key that occurs more than once or has a missing part. Parameters: tests/generic/README.md. -#}
{% test unique_combination(model, columns, may_be_missing=[]) %}

select
    {{ columns | join(', ') }},
    count(*) as row_count
from {{ model }}
group by {{ columns | join(', ') }}
having
    count(*) > 1
    {%- for column in columns if column not in may_be_missing %}
    or {{ column }} is null
    {%- endfor %}

{% endtest %}
