-- grain: one row a window, segment, dimension and driver: the five that moved the spend most, and all others as one
{{ config(materialized='incremental', unique_key='period_start', meta={'in_run': 'months'}) }}
{%- set most = 5 %}
{%- set segment = ['period_grain', 'period_start', 'segment_type', 'segment_value', 'dimension'] | join(', ') %}

with endpoint_drivers as (
    {% for dimension in change_driver_dimensions() %}
    select
        sides.period_grain,
        sides.period_start,
        spend_days.endpoint_tag,
        '{{ dimension }}' as dimension,
        spend_days.{{ dimension }} as driver_value,
        {{ both_sides('spend_days', 'known_cost_usd', type_usd_sum()) }}
    from {{ ref('int_spend_days') }} as spend_days
    inner join {{ ref('int_spend_window_dates') }} as sides on spend_days.request_date = sides.request_date
    group by
        sides.period_grain,
        sides.period_start,
        {{ 'spend_days.endpoint_tag, ' if dimension != 'endpoint_tag' }}spend_days.{{ dimension }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

drivers as (

    select
        period_grain,
        period_start,
        'all' as segment_type,
        'all' as segment_value,
        dimension,
        driver_value,
        {{ sum_usd('known_cost_usd') }} as known_cost_usd,
        {{ sum_usd('baseline_known_cost_usd') }} as baseline_known_cost_usd
    from endpoint_drivers
    group by
        period_grain,
        period_start,
        dimension,
        driver_value

    union all

    select
        period_grain,
        period_start,
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
        period_grain,
        period_start,
        'endpoint' as segment_type,
        endpoint_tag as segment_value,
        'user_id' as dimension,
        user_id as driver_value,
        known_cost_usd,
        baseline_known_cost_usd
    from {{ ref('int_spike_users') }}
    where {{ in_run('period_start', 'months') }}

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
    window segment as (partition by {{ segment }})

),

ranked as (

    select
        *,
        row_number() over (
            partition by {{ segment }}
            order by case when segment_change_usd >= 0 then change_usd else -change_usd end desc, driver_value
        ) as change_rank
    from totaled

),

named as (

    select
        *,
        case when change_rank <= {{ most }} then driver_value end as named_value
    from ranked

)

select
    {{ segment }},
    cast(least(change_rank, {{ most + 1 }}) as bigint) as driver_rank,
    {{ labelled('named_value', '(others)') }} as driver,
    count(*) as drivers,
    {{ sum_usd('known_cost_usd') }} as cost_usd,
    {{ sum_usd('baseline_known_cost_usd') }} as baseline_cost_usd,
    {{ sum_usd('change_usd') }} as change_usd,
    {{ ratio(sum_usd('change_usd'), 'max(segment_change_usd)') }} as change_share
from named
group by all
