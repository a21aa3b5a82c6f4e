-- The effects of the total are the sums of those of its use cases, and of those of its endpoints, to the
-- last decimal.
{%- set effects = [] %}
{%- for effect in change_effects() %}
{%- do effects.append(effect ~ '_effect_usd') %}
{%- endfor %}
{%- set measures = effects + [
    'change_usd', 'attempts', 'unpriced_attempts', 'requests', 'baseline_attempts', 'baseline_unpriced_attempts',
    'baseline_requests'
] %}

with total as (
    {% for segment_type in ['use_case', 'endpoint'] %}
    select
        period_grain,
        period_start,
        '{{ segment_type }}' as part,
        {{ measures | join(', ') }}
    from {{ ref('spend_change') }}
    where segment_type = 'all'
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

parts as (

    select
        period_grain,
        period_start,
        {%- for measure in measures %}
        sum({{ measure }}) as {{ measure }},
        {%- endfor %}
        segment_type as part
    from {{ ref('spend_change') }}
    where segment_type <> 'all'
    group by
        period_grain,
        period_start,
        segment_type

)

{{ differences('total', 'parts', ['period_grain', 'period_start', 'part'], measures) }}
