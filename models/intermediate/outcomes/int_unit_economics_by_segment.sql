-- grain: one row a period grain, period, segment type and segment value
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set measures = unit_economics_measures() %}
{#- What an attempt without a workflow can still say about itself; it has no channel, project or automation class. -#}
{%- set known_without_case = ['tenant', 'intent', 'queue'] %}

with totals as (

    select
        event_date,
        {%- for column in case_segments() + measures.by_day | list %}
        {{ column }},
        {%- endfor %}
        cast(0 as bigint) as unattributed_attempts,
        cast(0 as bigint) as unattributed_unpriced_attempts,
        cast(null as {{ type_usd_sum() }}) as unattributed_cost_usd
    from {{ ref('int_case_days_totaled') }}

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
        unpriced_attempts as unattributed_unpriced_attempts,
        cost_usd as unattributed_cost_usd
    from {{ ref('int_unattributed_support_spend') }}
    where {{ in_run('request_date', 'month_days') }}

),

days as (
    {% for segment in ['all'] + case_segments() %}
    select
        event_date,
        '{{ segment }}' as segment_type,
        {{ "'all'" if segment == 'all' else segment }} as segment_value,
        {%- for measure, type in measures.by_day.items() %}
        {{ sum_measure(measure, type) }} as {{ measure }},
        {%- endfor %}
        cast(sum(unattributed_attempts) as bigint) as unattributed_attempts,
        cast(sum(unattributed_unpriced_attempts) as bigint) as unattributed_unpriced_attempts,
        {{ sum_usd('unattributed_cost_usd') }} as unattributed_cost_usd
    from totals
    group by {{ 'event_date' if segment == 'all' else 'event_date, ' ~ segment }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)
{%- for period_grain in period_grains() %}
{%- set period = period_start(period_grain, 'event_date') %}

select
    '{{ period_grain }}' as period_grain,
    {{ period }} as period_start,
    segment_type,
    segment_value,
    {%- for measure, type in measures.of_period.items() %}
    {{ sum_measure(measure ~ ('_by_' ~ period_grain if measure in measures.once_a_period), type) }} as {{ measure }},
    {%- endfor %}
    cast(sum(unattributed_attempts) as bigint) as unattributed_attempts,
    cast(sum(unattributed_unpriced_attempts) as bigint) as unattributed_unpriced_attempts,
    {{ sum_usd('unattributed_cost_usd') }} as unattributed_cost_usd
from days
where {{ in_run(period, 'months') }}
group by
    {{ period }},
    segment_type,
    segment_value
{{ "union all" if not loop.last }}
{%- endfor %}
