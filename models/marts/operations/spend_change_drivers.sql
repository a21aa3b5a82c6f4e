-- grain: one row a window, segment, dimension and driver: the five that moved the spend most, and all others as one
{{ config(
    materialized='incremental',
    unique_key=['window_grain', 'window_start'],
    meta={'affected_by': 'int_affected_windows'}
) }}
{%- set most = 5 %}

with drivers as (

    select
        *,
        case when change_rank <= {{ most }} then change_rank else {{ most + 1 }} end as driver_rank,
        case when change_rank <= {{ most }} then driver_value else '(others)' end as driver
    from {{ ref('int_spend_drivers_ranked') }}
    where {{ on_affected(['window_grain', 'window_start'], 'int_affected_windows') }}

)

select
    window_grain,
    window_start,
    segment_type,
    segment_value,
    dimension,
    cast(driver_rank as bigint) as driver_rank,
    driver,
    count(*) as drivers,
    {{ sum_usd('known_cost_usd') }} as cost_usd,
    {{ sum_usd('baseline_known_cost_usd') }} as baseline_cost_usd,
    {{ sum_usd('change_usd') }} as change_usd,
    {{ ratio(sum_usd('change_usd'), 'max(segment_change_usd)') }} as change_share
from drivers
group by
    window_grain,
    window_start,
    segment_type,
    segment_value,
    dimension,
    driver_rank,
    driver
