-- grain: one row a week, segment (all, tenant) and weekly metric, with what it is and how much it may vary
{%- set moments = week_moments().keys() | list %}
with case_moments as (

    select * from {{ ref('int_week_moments') }}

),

-- The number of observations varies too, so the variance of a sum is the sum of its squares.
spend_days as (

    select
        *,
        {{ week_start('request_date') }} as period_start
    from {{ ref('int_tenant_unit_days') }}

),

economics as (

    select
        *,
        {{ known_cost('cost_usd', 'attempts') }} as ticket_cost_usd
    from {{ ref('int_unit_economics_by_segment') }}
    where period_grain = 'week'

),

summed as (
    {% for segment_type, segment_value in {'all': "'all'", 'tenant': 'tenant'}.items() %}
    select
        period_start,
        '{{ segment_type }}' as segment_type,
        {{ segment_value }} as segment_value,
        metric,
        {%- for moment in moments %}
        cast(sum({{ moment }}) as {{ type_week_moment(moment) }}) as {{ moment }},
        {%- endfor %}
        cast(null as {{ type_usd_sum() }}) as spend_usd,
        cast(sum(units) as bigint) as units,
        cast(sum(units_in_both) as bigint) as units_in_both
    from case_moments
    group by
        period_start,
        {{ "tenant," if segment_type == 'tenant' }}
        metric

    union all

    select
        period_start,
        '{{ segment_type }}' as segment_type,
        {{ "tenant_id" if segment_type == 'tenant' else "'all'" }} as segment_value,
        'spend' as metric,
        {%- for moment in moments %}
        {{ {
            'sum_c': 'cast(sum(cost_usd) as decimal(38, 6))',
            'sum_cc': 'cast(sum(cost_cost) as decimal(38, 12))',
        }.get(moment, 'cast(null as ' ~ type_week_moment(moment) ~ ')') }} as {{ moment }},
        {%- endfor %}
        {{ sum_usd('cost_usd') }} as spend_usd,
        cast(sum(units) as bigint) as units,
        cast(0 as bigint) as units_in_both
    from spend_days
    group by
        period_start
        {{- ", tenant_id" if segment_type == 'tenant' }}
    {{ "union all" if not loop.last }}
    {%- endfor %}

)

select
    summed.*,
    case summed.metric
        when 'spend' then summed.spend_usd
        -- As cost_per_resolved_ticket has it. Among the moments the cost of a case that nothing is known of is 0.
        when 'cost_per_resolved' then {{ usd_per('economics.ticket_cost_usd', 'economics.resolved_tickets') }}
        else cast({{ ratio('summed.sum_c', 'summed.sum_d') }} as {{ type_usd_sum() }})
    end as metric_value
from summed
left join economics
    on
        summed.period_start = economics.period_start
        and summed.segment_type = economics.segment_type
        and summed.segment_value = economics.segment_value
