-- grain: one row a UTC date, use case, endpoint, stage, intent, model and prompt version with reportable attempts
{{ config(materialized='incremental', unique_key='request_date') }}
{%- set values = [] %}
{%- for value in usage_dimensions().values() %}
{%- do values.append("coalesce(" ~ value ~ ", 'unknown')") %}
{%- endfor %}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where
        is_reportable
        and {{ on_affected_dates('request_date') }}

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}

)

select
    attempts.request_date,
    {%- for dimension in usage_dimensions() %}
    {{ values[loop.index0] }} as {{ dimension }},
    {%- endfor %}
    {%- for measure in usage_measures() %}
    {{ measure.counted }} as {{ measure.name }},
    {%- endfor %}
    count(*) - count(attempts.cost_usd) as unpriced_attempts
from attempts
left join endpoints on attempts.endpoint_tag = endpoints.endpoint_tag
group by
    attempts.request_date,
    {{ values | join(',
    ') }}
