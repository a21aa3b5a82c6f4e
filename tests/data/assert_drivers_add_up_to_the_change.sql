-- The drivers of each dimension add up to the change of their segment: endpoints of the total; tenants, prompt versions
-- and models of the total and of every endpoint; users of every endpoint with a spike.
with drivers as (

    select
        period_grain,
        period_start,
        segment_type,
        segment_value,
        dimension,
        sum(change_usd) as change_usd
    from {{ ref('spend_change_drivers') }}
    group by
        period_grain,
        period_start,
        segment_type,
        segment_value,
        dimension

),

changes as (
    {% for dimension in change_driver_dimensions() %}
    select
        period_grain,
        period_start,
        segment_type,
        segment_value,
        '{{ dimension }}' as dimension,
        change_usd
    from {{ ref('spend_change') }}
    where segment_type in ({{ "'all'" if dimension == 'endpoint_tag' else "'all', 'endpoint'" }})

    union all
    {% endfor %}
    select
        period_grain,
        period_start,
        'endpoint' as segment_type,
        endpoint_tag as segment_value,
        'user_id' as dimension,
        change_usd
    from {{ ref('spend_spikes') }}
    where spike_class <> 'no_spike'

)

{{ differences(
    'drivers', 'changes', ['period_grain', 'period_start', 'segment_type', 'segment_value', 'dimension'], ['change_usd']
) }}
