-- grain: one row a kind of burst, endpoint and hour that is one, with the episode that it belongs to
with judged as (

    select * from {{ ref('int_endpoint_hours_judged') }}

),

bursts as (
    {% for kind, burst in burst_kinds().items() %}
    select
        '{{ kind }}' as burst_kind,
        cast({{ burst.measure }} as double) as measured,
        *
    from judged
    where is_{{ kind }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

marked as (

    select
        *,
        case
            when hour_start <= {{ add_hours('lag(hour_start) over by_hour', 24) }} then 0
            else 1
        end as is_onset
    from bursts
    window by_hour as (partition by burst_kind, endpoint_tag order by hour_start)

)

-- Hours of one kind that are at most a day apart are one episode.
select
    *,
    sum(is_onset) over (
        partition by burst_kind, endpoint_tag
        order by hour_start
        rows between unbounded preceding and current row
    ) as episode
from marked
