-- grain: one row a UTC date, use case and combination of attribution statuses
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select * from {{ ref('fct_attempts') }}
    where {{ in_run('request_date', 'dates') }}

),

releases as (

    select * from {{ ref('stg_reference__prompt_releases') }}

),

tenants as (

    select * from {{ ref('dim_tenants') }}

),

intents as (

    select * from {{ ref('stg_reference__intents') }}

),

judged as (

    select
        attempts.request_date,
        coalesce(attempts.use_case, 'unknown') as use_case,
        attempts.cost_usd,
        case
            when attempts.is_reportable then 'reportable'
            when attempts.data_mode is null or attempts.environment is null then 'unlabelled'
            when attempts.data_mode not in ({{ quoted_words(var('reportable_data_modes')) }}) then 'not_real'
            else 'not_production'
        end as scope,
        case
            when attempts.endpoint_tag is null then 'missing'
            when attempts.use_case is null then 'not_in_taxonomy'
            else 'known'
        end as endpoint_tag,
        case
            when attempts.prompt_version is null then 'missing'
            when releases.prompt_version is null then 'not_registered'
            else 'known'
        end as prompt_version,
        case
            when tenants.tenant_id is not null then 'known'
            when attempts.tenant_id is not null then 'not_registered'
            when attempts.user_id is not null then 'unknown_user'
            else 'missing'
        end as tenant,
        {%- for id in ['user', 'tenant', 'ticket', 'conversation', 'workflow'] %}
        {{ shown_kind('attempts.' ~ id ~ '_id') }} as {{ id }}_identifier,
        {%- endfor %}
        coalesce(attempts.workflow_kind, 'unattributed') as workflow,
        case
            when attempts.intent is null then 'missing'
            when intents.intent is null then 'not_registered'
            else 'known'
        end as intent,
        case when attempts.queue is null then 'missing' else 'known' end as queue,
        case when attempts.is_synthetic_request then 'missing' else 'known' end as request_id,
        case
            when coalesce(
                attempts.input_tokens, attempts.cached_input_tokens, attempts.cache_write_tokens, attempts.output_tokens
            ) is null then 'unobserved'
            when attempts.usage_source in ('provider', 'estimated') then attempts.usage_source
            else 'unlabelled'
        end as usage,
        case
            when attempts.cached_input_tokens > attempts.input_tokens then 'cached_over_input'
            when attempts.total_tokens <> attempts.input_tokens + attempts.output_tokens then 'total_disagrees'
            else 'consistent'
        end as token_counts,
        attempts.cost_source as cost,
        case when attempts.status = 'unknown' then 'unknown' else 'known' end as call_status
    from attempts
    left join releases
        on
            attempts.endpoint_tag = releases.endpoint_tag
            and attempts.prompt_version = releases.prompt_version
    left join tenants on attempts.tenant_id = tenants.tenant_id
    left join intents on attempts.intent = intents.intent

)

select
    request_date,
    use_case,
    {%- for dimension in attribution_dimensions() %}
    {{ dimension }},
    {%- endfor %}
    count(*) as attempts,
    count(*) - count(cost_usd) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd
from judged
group by all
