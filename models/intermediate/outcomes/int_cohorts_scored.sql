-- grain: one row a period grain (week, month), period, segment type (all, project) and segment value

with cases as (

    select * from {{ ref('int_cases_scored') }}

),

cohorts as (
    {% for period_grain in scorecard_grains() %}
    {%- set grains = loop %}
    {%- for segment_type in scorecard_segments() %}
    {%- set period = period_start(period_grain, 'opened_on') %}
    select
        '{{ period_grain }}' as period_grain,
        {{ period }} as period_start,
        '{{ segment_type }}' as segment_type,
        {{ "'all'" if segment_type == 'all' else segment_type }} as segment_value,
        count(*) as opened_tickets,
        {%- for measure, condition in scorecard_counts().items() %}
        count(*) filter (where is_handled and {{ condition }}) as {{ measure }},
        {%- endfor %}
        cast(sum(case when is_handled then csat end) as bigint) as csat_sum,
        cast(sum(case when is_handled and automation_class = 'fully_automated' then csat end) as bigint)
            as contained_csat_sum,
        {{ percentile_list('case when is_handled then first_human_reply_microseconds end', scorecard_percentiles()) }}
            as first_human_reply,
        {{ percentile_list('case when is_handled then resolution_microseconds end', scorecard_percentiles()) }}
            as resolution
    from cases
    where {{ in_run(period, 'months') }}
    group by {{ period if segment_type == 'all' else period ~ ', ' ~ segment_type }}
    {{ "union all" if not (loop.last and grains.last) }}
    {%- endfor %}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    segment_type,
    segment_value,
    opened_tickets,
    {%- for measure in scorecard_counts() %}
    {{ measure }},
    {%- endfor %}
    {%- for percentile in scorecard_percentiles() %}
    {{ ratio(list_item('first_human_reply', loop.index), '60000000') }} as first_human_reply_minutes_{{ percentile }},
    {{ ratio(list_item('resolution', loop.index), '60000000') }} as resolution_minutes_{{ percentile }},
    {%- endfor %}
    csat_sum,
    contained_csat_sum
from cohorts
