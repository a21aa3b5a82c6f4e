-- query: threads
select
    threads.workflow_id, threads.use_case, threads.tenant_id,
    coalesce(tenants.tenant_name, case threads.tenant_id when 'unknown' then 'unknown users' else threads.tenant_id end) as tenant,
    threads.intent, threads.outcome, threads.requests, threads.retries, threads.tokens_per_request, threads.cost_usd,
    threads.last_turn, threads.growth_per_turn, threads.over_cap_attempts, threads.max_input_tokens
from longest_threads as threads
left join dim_tenants as tenants on threads.tenant_id = tenants.tenant_id
where threads.period_start = $week and ($tenant is null or threads.tenant_id = $tenant)
order by threads.tokens_per_request desc nulls last, threads.use_case, threads.token_rank
limit 5
