-- grain: one row a window and endpoint with a spike, and user, with both sides of the window
with spikes as (

    select * from {{ ref('int_spend_rises') }}
    where is_spike

),

-- Days of users are named for each side: one CTE for both would hold those of the whole history in memory.
sides as (
    {% for is_baseline, side_start, side_end in [
        ('false', 'period_start', 'period_end'), ('true', 'baseline_start', 'baseline_end')
    ] %}
    select
        spikes.period_grain,
        spikes.period_start,
        spikes.endpoint_tag,
        user_days.user_id,
        {{ is_baseline }} as is_baseline,
        user_days.known_cost_usd
    from {{ ref('int_user_endpoint_days') }} as user_days
    inner join spikes
        on
            user_days.endpoint_tag = spikes.endpoint_tag
            and user_days.request_date >= spikes.{{ side_start }}
            and user_days.request_date < spikes.{{ side_end }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    sides.period_grain,
    sides.period_start,
    sides.endpoint_tag,
    sides.user_id,
    {{ both_sides('sides', 'known_cost_usd', type_usd_sum()) }}
from sides
group by
    sides.period_grain,
    sides.period_start,
    sides.endpoint_tag,
    sides.user_id
