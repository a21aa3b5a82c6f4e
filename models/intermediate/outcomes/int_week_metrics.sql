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

-- Which calls a cost is of: those of all use cases, and those on cases.
calls as (
    {% for segment_type in ['all', 'tenant'] %}
    select
        {{ week_start('request_date') }} as period_start,
        '{{ segment_type }}' as segment_type,
        {{ "tenant_id" if segment_type == 'tenant' else "'all'" }} as segment_value,
        'spend' as metric,
        cast(sum(unpriced_attempts) as bigint) as unpriced_attempts
    from {{ ref('int_tenant_days') }}
    group by
        {{ week_start('request_date') }}
        {{- ", tenant_id" if segment_type == 'tenant' }}

    union all
    {% endfor %}
    select
        period_start,
        segment_type,
        segment_value,
        'cost_per_resolved' as metric,
        unpriced_attempts
    from economics
    where segment_type in ('all', 'tenant')

),

models as (
    {% for metric, use_cases in {'spend': 'true', 'cost_per_resolved': "use_case = 'support'"}.items() %}
    select
        {{ week_start('request_date') }} as period_start,
        '{{ metric }}' as metric,
        {{ ratio(sum_usd('cost_usd'), 'sum(attempts - unpriced_attempts)') }} as usd_per_call
    from {{ ref('int_usage_days') }}
    where {{ use_cases }}
    group by
        {{ week_start('request_date') }},
        provider,
        model
    {{ "union all" if not loop.last }}
    {%- endfor %}

),

dearest as (

    select
        period_start,
        metric,
        max(usd_per_call) as dearest_usd_per_call
    from models
    group by
        period_start,
        metric

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
    end as metric_value,
    -- Known is also a cost that nothing was resolved for.
    case summed.metric
        when 'spend' then summed.spend_usd is not null
        when 'cost_per_resolved' then economics.ticket_cost_usd is not null
        else true
    end as is_cost_known,
    calls.unpriced_attempts,
    dearest.dearest_usd_per_call
from summed
left join economics
    on
        summed.period_start = economics.period_start
        and summed.segment_type = economics.segment_type
        and summed.segment_value = economics.segment_value
left join calls
    on
        summed.period_start = calls.period_start
        and summed.segment_type = calls.segment_type
        and summed.segment_value = calls.segment_value
        and summed.metric = calls.metric
left join dearest
    on
        summed.period_start = dearest.period_start
        and summed.metric = dearest.metric
