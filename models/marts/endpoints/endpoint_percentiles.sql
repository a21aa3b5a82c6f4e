-- grain: one row a period grain (day, week), period, endpoint, segment type and segment value
-- depends_on: {{ ref('run_months') }}
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}

-- Percentiles do not add up, so a week needs all its requests at once. A run reads those of its months, no other.
with requests as (

    select * from {{ ref('int_requests_sized') }}

),

measured as (
    {% for period_grain, segment_type in [
        ('day', 'all'), ('week', 'all'), ('day', 'prompt_version'), ('week', 'prompt_version')
    ] %}
    {%- set segment_value = "'all'" if segment_type == 'all' else segment_type %}
    select
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
    where {{ in_run(period_start(period_grain, 'request_date'), 'months') }}
    group by
        {{ period_start(period_grain, 'request_date') }},
        endpoint_tag,
        {{ segment_value }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    period_grain,
    period_start,
    endpoint_tag,
    segment_type,
    segment_value,
    requests,
    requests_with_known_tokens,
    {%- for percentile in reported_percentiles() %}
    cast({{ list_item('token_percentiles', loop.index) }} as bigint) as tokens_{{ percentile }},
    {%- endfor %}
    max_tokens,
    requests_with_known_cost,
    {%- for percentile in reported_percentiles() %}
    cast({{ list_item('cost_percentiles', loop.index) }} as {{ type_usd() }}) as cost_{{ percentile }}_usd,
    {%- endfor %}
    max_cost_usd
from measured
