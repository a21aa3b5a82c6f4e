-- grain: one row a period grain (day, week), period, endpoint and segment: percentiles of its requests
-- depends_on: {{ ref('int_affected_weeks') }}
{{ config(materialized='incremental', unique_key='week_start', meta={'affected_by': 'int_affected_weeks'}) }}

-- Percentiles do not add up, so a week needs all its requests at once. A run reads the weeks that it touches, no other.
with requests as (

    select * from {{ ref('int_requests_sized') }}
    where {{ on_affected_dates('request_date', whole_weeks=true) }}

),

measured as (
    {% for period_grain, segment_type in [
        ('day', 'all'), ('week', 'all'), ('day', 'prompt_version'), ('week', 'prompt_version')
    ] %}
    {%- set segment_value = "'all'" if segment_type == 'all' else segment_type %}
    select
        {{ week_start('request_date') }} as week_start,
        '{{ period_grain }}' as period_grain,
        {{ period_start(period_grain, 'request_date') }} as period_start,
        endpoint_tag,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        count(*) as requests,
        count(tokens) as requests_with_known_tokens,
        count(cost_usd) as requests_with_known_cost,
        {{ percentile_list('tokens') }} as token_percentiles,
        max(tokens) as max_tokens,
        {{ percentile_list('cost_usd') }} as cost_percentiles,
        max(cost_usd) as max_cost_usd
    from requests
    group by
        {{ week_start('request_date') }},
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        {{ segment_value }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    week_start,
    period_grain,
    period_start,
    endpoint_tag,
    segment_type,
    segment_value,
    requests,
    requests_with_known_tokens,
    requests_with_known_cost,
    {%- for percentile in reported_percentiles() %}
    cast({{ list_item('token_percentiles', loop.index) }} as bigint) as tokens_{{ percentile }},
    {%- endfor %}
    max_tokens,
    {%- for percentile in reported_percentiles() %}
    cast({{ list_item('cost_percentiles', loop.index) }} as {{ type_usd() }}) as cost_{{ percentile }}_usd,
    {%- endfor %}
    max_cost_usd
from measured
