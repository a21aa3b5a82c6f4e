-- grain: one row a month of the run, endpoint and remedy: the cases that it reaches against others of their intents
{%- set sides = {'affected': 'is_affected', 'rest': 'not is_affected'} %}
{%- set sums = [
    'affected_cases', 'affected_outcomes', 'affected_ratings', 'affected_support_cases', 'losing_cases', 'losing_successes',
    'losing_unknown_cases'
] %}
{%- set counts = {
    'cases': 'true',
    'outcomes': 'has_outcome',
    'successes': 'is_success',
} %}

with strata as (

    select
        period_start,
        endpoint_tag,
        remedy,
        intent,
        {%- for side, is_on_side in sides.items() %}
        {%- for count, condition in counts.items() %}
        count(*) filter (where {{ is_on_side }} and {{ condition }}) as {{ side }}_{{ count }},
        {%- endfor %}
        count(case when {{ is_on_side }} then csat end) as {{ side }}_ratings,
        coalesce({{ whole_sum('case when ' ~ is_on_side ~ ' then csat end') }}, 0) as {{ side }}_points,
        coalesce({{ whole_sum('case when ' ~ is_on_side ~ ' then csat * csat end') }}, 0) as {{ side }}_squares,
        {%- endfor %}
        count(*) filter (where is_affected and is_support) as affected_support_cases,
        count(*) filter (where is_affected and answers > 0) as losing_cases,
        count(*) filter (where is_affected and answers > 0 and is_success) as losing_successes,
        count(*) filter (where is_affected and answers > 0 and not has_outcome) as losing_unknown_cases
    from {{ ref('int_remedy_cases') }}
    group by
        period_start,
        endpoint_tag,
        remedy,
        intent

),

judged as (

    select
        *,
        affected_outcomes > 0 and rest_outcomes >= {{ remedy_min_stratum_cases() }} as is_compared,
        affected_ratings > 0 and rest_ratings > 0 as is_rated
    from strata

),

weighted as (

    select
        *,
        -- The rest as it would be with the intents of the affected.
        case when is_compared then affected_outcomes * {{ ratio('rest_successes', 'rest_outcomes') }} end as expected,
        case
            when is_compared then cast(affected_outcomes as double) * affected_outcomes * (
                {{ share_variance('affected_successes', 'affected_outcomes') }}
                + {{ share_variance('rest_successes', 'rest_outcomes') }}
            )
        end as variance
    from judged

)

select
    period_start,
    endpoint_tag,
    remedy,
    {%- for column in sums %}
    {{ whole_sum(column) }} as {{ column }},
    {%- endfor %}
    {%- for side in sides %}
    coalesce({{ whole_sum('case when is_compared then ' ~ side ~ '_outcomes end') }}, 0) as {{ side }}_compared,
    coalesce({{ whole_sum('case when is_compared then ' ~ side ~ '_successes end') }}, 0) as {{ side }}_successes,
    {%- for measure in ['ratings', 'points', 'squares'] %}
    coalesce({{ whole_sum('case when is_rated then ' ~ side ~ '_' ~ measure ~ ' end') }}, 0)
        as {{ side }}_rated_{{ measure }},
    {%- endfor %}
    {%- endfor %}
    {{ ordered_sum('expected', 'intent') }} as expected_successes,
    {{ ordered_sum('variance', 'intent') }} as variance_of_successes
from weighted
group by
    period_start,
    endpoint_tag,
    remedy
