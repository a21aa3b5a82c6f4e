-- Which spikes of spend were there, what did they cost, and who answers for them?
-- grain: one row a week and endpoint with a spike
select
    spikes.period_start as week_of,
    spikes.endpoint_tag,
    spikes.spike_class,
    spikes.onset_at,
    spikes.change_usd,
    spikes.growth,
    endpoints.owner,
    endpoints.escalation_path
from {{ ref('spend_spikes') }} as spikes
left join {{ ref('dim_endpoints') }} as endpoints on spikes.endpoint_tag = endpoints.endpoint_tag
where
    spikes.period_grain = 'week'
    and spikes.spike_class <> 'no_spike'
order by
    week_of asc,
    spikes.change_usd desc nulls last,
    spikes.endpoint_tag asc
