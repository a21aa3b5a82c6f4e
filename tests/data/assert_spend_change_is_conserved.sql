-- Every dollar and every attempt of a window and of its baseline is in exactly one endpoint, and in the total. (Use
-- cases are sums of endpoints: assert_effects_of_segments_add_up.)
{%- set measures = ['attempts', 'unpriced_attempts', 'known_cost_usd'] %}
{%- set segments = {'all': "'all'", 'endpoint': "coalesce(endpoint_tag, 'unknown')"} %}

with sides as (

    select distinct
        period_grain,
        period_start,
        period_start as side_start,
        case period_grain when 'day' then 1 else 7 end as side_days,
        false as is_baseline
    from {{ ref('spend_change') }}
    where {{ touched('period_start', 'months') }}

    union all

    select distinct
        period_grain,
        period_start,
        baseline_start as side_start,
        case period_grain when 'day' then 1 else 7 end as side_days,
        true as is_baseline
    from {{ ref('spend_change') }}
    where {{ touched('period_start', 'months') }}

),

days as (

    select
        request_date,
        endpoint_tag,
        count(*) as attempts,
        count(*) - count(cost_usd) as unpriced_attempts,
        coalesce({{ sum_usd('cost_usd') }}, 0) as known_cost_usd
    from {{ ref('fct_attempts') }}
    where
        is_reportable
        and request_date in (
            select cast(sides.side_start + cast(spine.id as int) as date)
            from sides
            cross join range(7) as spine (id)
        )
    group by
        request_date,
        endpoint_tag

),

dated as (

    select
        sides.*,
        days.*
    from sides
    inner join days
        on
            sides.side_start <= days.request_date
            and sides.side_days > cast(days.request_date - sides.side_start as bigint)

),

facts as (
    {% for segment_type, segment_value in segments.items() %}
    select
        period_grain,
        period_start,
        is_baseline,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        sum(attempts) as attempts,
        sum(unpriced_attempts) as unpriced_attempts,
        sum(known_cost_usd) as known_cost_usd
    from dated
    group by
        period_grain,
        period_start,
        is_baseline,
        {{ segment_value }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

marts as (

    select
        period_grain,
        period_start,
        false as is_baseline,
        segment_type,
        segment_value,
        attempts,
        unpriced_attempts,
        coalesce(cost_usd, 0) as known_cost_usd
    from {{ ref('spend_change') }}
    where
        segment_type <> 'use_case'
        and attempts > 0
        and {{ touched('period_start', 'months') }}

    union all

    select
        period_grain,
        period_start,
        true as is_baseline,
        segment_type,
        segment_value,
        baseline_attempts as attempts,
        baseline_unpriced_attempts as unpriced_attempts,
        coalesce(baseline_cost_usd, 0) as known_cost_usd
    from {{ ref('spend_change') }}
    where
        segment_type <> 'use_case'
        and baseline_attempts > 0
        and {{ touched('period_start', 'months') }}

)

{{ differences(
    'facts', 'marts', ['period_grain', 'period_start', 'is_baseline', 'segment_type', 'segment_value'], measures
) }}
