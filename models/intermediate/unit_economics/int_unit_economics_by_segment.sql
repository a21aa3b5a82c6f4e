-- grain: one row a period grain, period, segment type and segment value
{{ config(materialized='table') }}

{%- set counts = [
    'attempts', 'unpriced_attempts', 'handled_tickets', 'resolved_tickets', 'deflected_tickets', 'unknown_deflections',
    'tickets_with_baseline', 'observed_escalations', 'unknown_minutes_tickets', 'cohort_tickets', 'cohort_attempts',
    'cohort_resolved_tickets'
] %}
{%- set amounts = ['cost_usd', 'cost_to_resolve_usd', 'cohort_cost_usd'] %}
{%- set quantities = ['expected_escalations', 'minutes_saved'] %}
{#- What an attempt without a workflow can still say about itself; it has no channel, project or automation class. -#}
{%- set known_without_case = ['tenant', 'intent', 'queue'] %}

with case_totals as (

    select * from {{ ref('int_case_periods_totaled') }}

),

unattributed as (

    select * from {{ ref('int_unattributed_support_spend') }}

),

totals as (

    select
        period_grain,
        period_start,
        {%- for segment in case_segments() %}
        {{ segment }},
        {%- endfor %}
        {%- for measure in counts + amounts + quantities %}
        {{ measure }},
        {%- endfor %}
        cast(0 as bigint) as unattributed_attempts,
        cast(null as {{ type_usd_sum() }}) as unattributed_cost_usd
    from case_totals
    {%- for period_grain in period_grains() %}

    union all

    select
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        {%- for segment in case_segments() %}
        {{ segment if segment in known_without_case else "'unknown'" }} as {{ segment }},
        {%- endfor %}
        {%- for measure in counts + amounts + quantities %}
        {{ 0 if measure in counts else 'null' }} as {{ measure }},
        {%- endfor %}
        attempts as unattributed_attempts,
        cost_usd as unattributed_cost_usd
    from unattributed
    {%- endfor %}

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
    period_grain,
    period_start,
    segment_type,
    segment_value,
    {%- for count in counts + ['unattributed_attempts'] %}
    cast(sum({{ count }}) as bigint) as {{ count }},
    {%- endfor %}
    {%- for amount in amounts + ['unattributed_cost_usd'] %}
    {{ sum_usd(amount) }} as {{ amount }},
    {%- endfor %}
    cast(sum(expected_escalations) as decimal(28, 6)) as expected_escalations,
    cast(sum(minutes_saved) as decimal(28, 6)) as minutes_saved
from segmented
group by all
