-- grain: one row an endpoint and week with retrieval, with the four weeks before it
with days as (

    select * from {{ ref('int_retrieval_days') }}

),

weeks as (

    select
        {{ period_start('week', 'request_date') }} as week_start,
        endpoint_tag,
        {%- for count in retrieval_counts() %}
        cast(sum({{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        min(request_date) as first_date
    from days
    group by
        {{ period_start('week', 'request_date') }},
        endpoint_tag

),

baselines as (

    select
        weeks.week_start,
        {%- for count in retrieval_counts() %}
        cast(sum(days.{{ count }}) as bigint) as {{ count }},
        {%- endfor %}
        weeks.endpoint_tag
    from weeks
    inner join days
        on
            weeks.endpoint_tag = days.endpoint_tag
            and weeks.week_start > days.request_date
            and weeks.week_start - interval '28' day <= days.request_date
    group by
        weeks.week_start,
        weeks.endpoint_tag

)

select
    weeks.week_start,
    weeks.endpoint_tag,
    {%- for side, prefix in [('weeks', ''), ('baselines', 'baseline_')] %}
    {{ ratio(side ~ '.input_tokens', side ~ '.token_requests') }} as {{ prefix }}input_tokens_per_request,
    {{ ratio(side ~ '.hits', side ~ '.hit_requests') }} as {{ prefix }}hit_rate,
    {{ ratio(side ~ '.top_k', side ~ '.top_k_requests') }} as {{ prefix }}top_k,
    {{ ratio(side ~ '.chunks', side ~ '.chunk_requests') }} as {{ prefix }}chunks_per_request,
    least({{ side }}.token_requests, {{ side }}.hit_requests) as {{ prefix }}requests_with_evidence,
    {%- endfor %}
    weeks.requests
from weeks
left join baselines
    on
        weeks.week_start = baselines.week_start
        and weeks.endpoint_tag = baselines.endpoint_tag
