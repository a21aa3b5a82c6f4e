{#- Fails where a relation that holds one row, such as a setting that others cross join, has none or several. -#}
{% test exactly_one_row(model) %}

select count(*) as row_count
from {{ model }}
having count(*) <> 1

{% endtest %}
