-- query: spikes
select
    spikes.endpoint_tag, spikes.use_case, spikes.spike_class, spikes.onset_at, spikes.cost_usd, spikes.baseline_cost_usd,
    spikes.change_usd, spikes.growth, spikes.tokens_share, spikes.model_mix_share, spikes.volume_share,
    spikes.requests_per_case_share, spikes.attempts_per_request_share, spikes.data_or_price_share, spikes.new_prompt_version,
    spikes.suspect_user_id, spikes.suspect_share, spikes.successes, spikes.baseline_successes,
    spikes.dominant_tenant_id, coalesce(tenants.tenant_name, case spikes.dominant_tenant_id when 'unknown' then 'unknown users' else spikes.dominant_tenant_id end)
        as dominant_tenant,
    spikes.dominant_tenant_id_share, spikes.dominant_prompt_version, spikes.dominant_prompt_version_share, spikes.dominant_model,
    spikes.dominant_model_share, endpoints.owner, endpoints.escalation_path
from spend_spikes as spikes
left join dim_endpoints as endpoints on spikes.endpoint_tag = endpoints.endpoint_tag
left join dim_tenants as tenants on spikes.dominant_tenant_id = tenants.tenant_id
where spikes.period_grain = 'week' and spikes.period_start = $week and spikes.spike_class <> 'no_spike'
order by spikes.change_usd desc, spikes.endpoint_tag

-- query: spikes_before
select endpoint_tag, spike_class, change_usd
from spend_spikes
where period_grain = 'week' and period_start = $previous_week and spike_class <> 'no_spike'
order by change_usd desc, endpoint_tag

-- query: bursts
select
    bursts.burst_kind, bursts.endpoint_tag, endpoints.use_case, bursts.started_at, bursts.ended_at, bursts.requests,
    bursts.attempts_per_request, bursts.baseline_attempts_per_request, bursts.success_ratio, bursts.baseline_success_ratio,
    bursts.times_baseline, bursts.failing_provider, bursts.cost_usd, endpoints.owner, endpoints.escalation_path
from request_bursts as bursts
left join dim_endpoints as endpoints on bursts.endpoint_tag = endpoints.endpoint_tag
where bursts.started_at < $week_end and bursts.ended_at > $week
order by bursts.cost_usd desc nulls last, bursts.started_at, bursts.burst_kind, bursts.endpoint_tag
