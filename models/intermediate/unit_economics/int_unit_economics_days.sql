-- grain: one row a UTC date, segment type and segment value
{{ config(materialized='incremental', unique_key='event_date', meta={'affected_by': 'int_affected_case_dates'}) }}
{%- set measures = unit_economics_measures() %}
{#- What an attempt without a workflow can still say about itself; it has no channel, project or automation class. -#}
{%- set known_without_case = ['tenant', 'intent', 'queue'] %}

with case_totals as (

    select * from {{ ref('int_case_days_totaled') }}
    where {{ on_affected(['event_date'], 'int_affected_case_dates') }}

),

unattributed as (

    select * from {{ ref('int_unattributed_support_spend') }}
    where {{ on_affected(['request_date'], 'int_affected_case_dates') }}

),

totals as (

    select
        event_date,
        {%- for segment in case_segments() %}
        {{ segment }},
        {%- endfor %}
        {%- for measure in measures.by_day %}
        {{ measure }},
        {%- endfor %}
        cast(0 as bigint) as unattributed_attempts,
        cast(null as {{ type_usd_sum() }}) as unattributed_cost_usd
    from case_totals

    union all

    select
        request_date as event_date,
        {%- for segment in case_segments() %}
        {{ segment if segment in known_without_case else "'unknown'" }} as {{ segment }},
        {%- endfor %}
        {%- for measure, type in measures.by_day.items() %}
        {{ 0 if type == 'count' else 'null' }} as {{ measure }},
        {%- endfor %}
        attempts as unattributed_attempts,
        cost_usd as unattributed_cost_usd
    from unattributed

),

segmented as (
    {% for segment in ['all'] + case_segments() %}
    select
        *,
        '{{ segment }}' as segment_type,
        {{ "'all'" if segment == 'all' else segment }} as segment_value
    from totals
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    event_date,
    segment_type,
    segment_value,
    {%- for measure, type in measures.by_day.items() %}
    {{ sum_measure(measure, type) }} as {{ measure }},
    {%- endfor %}
    cast(sum(unattributed_attempts) as bigint) as unattributed_attempts,
    {{ sum_usd('unattributed_cost_usd') }} as unattributed_cost_usd
from segmented
group by
    event_date,
    segment_type,
    segment_value
