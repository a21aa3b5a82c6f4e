-- grain: one row a UTC date, date on which some of it became known, use case, endpoint, version, model, tenant, source
{{ config(materialized='incremental', unique_key='request_date') }}

with changes as (

    select * from {{ ref('int_attempt_changes') }}
    where
        is_reportable
        and {{ in_run('request_date', 'dates') }}

)

select
    request_date,
    known_on,
    coalesce(use_case, 'unknown') as use_case,
    coalesce(endpoint_tag, 'unknown') as endpoint_tag,
    coalesce(prompt_version, 'unknown') as prompt_version,
    coalesce(model, 'unknown') as model,
    coalesce(tenant_id, 'unknown') as tenant_id,
    coalesce(source_system, 'unknown') as source_system,
    {{ whole_sum('sign') }} as attempts,
    {{ whole_sum("case when status = 'error' then sign else 0 end") }} as failed_attempts,
    {{ whole_sum('case when cost_usd is null then sign else 0 end') }} as unpriced_attempts,
    {{ whole_sum('case when workflow_id is null then sign else 0 end') }} as unattributed_attempts,
    cast(coalesce(sum(sign * coalesce(input_tokens, 0)), 0) as bigint) as input_tokens,
    cast(coalesce(sum(sign * coalesce({{ all_tokens() }}, 0)), 0) as bigint) as tokens,
    coalesce({{ sum_usd('sign * cost_usd') }}, 0) as known_cost_usd
from changes
group by all
