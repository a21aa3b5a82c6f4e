-- grain: one row a window that this run compares, segment, dimension and value of it, ranked by its part of the change
with sides as (

    select * from {{ ref('int_spend_window_sides') }}
    where {{ on_affected_for(['spend_change_drivers'], ['window_grain', 'window_start'], 'int_affected_windows') }}

),

periods as (

    select * from {{ ref('int_spend_driver_periods') }}

),

endpoint_drivers as (

    select
        sides.window_grain,
        sides.window_start,
        periods.endpoint_tag,
        periods.dimension,
        periods.driver_value,
        {{ both_sides('periods', 'known_cost_usd', type_usd_sum()) }}
    from periods
    inner join sides
        on
            periods.window_grain = sides.window_grain
            and periods.period_start = sides.period_start
    group by
        sides.window_grain,
        sides.window_start,
        periods.endpoint_tag,
        periods.dimension,
        periods.driver_value

),

drivers as (

    select
        window_grain,
        window_start,
        'all' as segment_type,
        'all' as segment_value,
        dimension,
        driver_value,
        {{ sum_usd('known_cost_usd') }} as known_cost_usd,
        {{ sum_usd('baseline_known_cost_usd') }} as baseline_known_cost_usd
    from endpoint_drivers
    group by
        window_grain,
        window_start,
        dimension,
        driver_value

    union all

    select
        window_grain,
        window_start,
        'endpoint' as segment_type,
        endpoint_tag as segment_value,
        dimension,
        driver_value,
        known_cost_usd,
        baseline_known_cost_usd
    from endpoint_drivers
    where dimension <> 'endpoint_tag'

    union all

    select
        window_grain,
        window_start,
        'endpoint' as segment_type,
        endpoint_tag as segment_value,
        'user_id' as dimension,
        user_id as driver_value,
        known_cost_usd,
        baseline_known_cost_usd
    from {{ ref('int_spike_users') }}
    where {{ on_affected_for(['spend_change_drivers'], ['window_grain', 'window_start'], 'int_affected_windows') }}

),

changes as (

    select
        *,
        cast(known_cost_usd - baseline_known_cost_usd as {{ type_usd_sum() }}) as change_usd
    from drivers

),

totaled as (

    select
        *,
        cast(sum(change_usd) over segment as {{ type_usd_sum() }}) as segment_change_usd
    from changes
    window segment as (partition by window_grain, window_start, segment_type, segment_value, dimension)

)

select
    *,
    row_number() over (
        partition by window_grain, window_start, segment_type, segment_value, dimension
        order by case when segment_change_usd >= 0 then change_usd else -change_usd end desc, driver_value
    ) as change_rank
from totaled
