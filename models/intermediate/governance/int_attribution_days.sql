-- grain: one row a UTC date, use case and combination of attribution statuses
{{ config(materialized='incremental', unique_key='request_date') }}

with attempts as (

    select
        *,
        {{ lacks_a_part() }} as lacks_a_part
    from {{ ref('fct_attempts') }}
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

-- What is left when a price stands in for another one, or says nothing of a part of the bill.
prices as (

    select * from {{ ref('dim_model_prices') }}

),

judged as (

    select
        attempts.request_date,
        coalesce(attempts.use_case, 'unknown') as use_case,
        attempts.cost_usd,
        {{ all_tokens('attempts.input_tokens', 'attempts.output_tokens') }} as tokens,
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
        case
            when attempts.is_synthetic_request then 'missing'
            when attempts.reused_request_id is not null then 'reused_id'
            when attempts.is_after_success then 'attempts_after_a_success'
            else 'known'
        end as request_id,
        case
            when attempts.is_cache_hit then 'cache_hit'
            when coalesce(
                attempts.input_tokens, attempts.cached_input_tokens, attempts.cache_write_tokens, attempts.output_tokens
            ) is null then 'unobserved'
            when attempts.usage_source in ('provider', 'estimated') then attempts.usage_source
            else 'unlabelled'
        end as usage,
        case
            when attempts.cached_input_tokens > attempts.input_tokens then 'cached_over_input'
            when attempts.cache_write_tokens > attempts.input_tokens then 'written_over_input'
            when attempts.cached_input_tokens + attempts.cache_write_tokens > attempts.input_tokens
                then 'cache_over_input'
            when attempts.cache_write_1h_tokens > attempts.cache_write_tokens then 'one_hour_over_written'
            when attempts.reasoning_tokens > attempts.output_tokens then 'reasoning_over_output'
            when attempts.input_meaning like 'unknown%' then 'input_meaning_unknown'
            when attempts.input_meaning = 'disagrees' then 'input_disagrees'
            when attempts.has_differing_counts then 'spellings_disagree'
            when
                attempts.total_tokens <> attempts.input_tokens + attempts.output_tokens
                or attempts.lacks_a_part
                then 'total_disagrees'
            else 'consistent'
        end as token_counts,
        attempts.cost_source as cost,
        attempts.reported_cost_status as reported_cost,
        case
            when prices.price_id is null then 'unpriced'
            when coalesce(attempts.service_tier, 'standard') in ({{ standard_tiers() }}) then 'standard'
            when prices.service_tier = attempts.service_tier then 'own_price'
            else 'standard_price_stands_in'
        end as service_tier,
        case
            when prices.price_id is null then 'unpriced'
            when prices.left_out is null then 'complete'
            else 'priced_by_text_tokens_only'
        end as price_scope,
        coalesce(split_part(attempts.unreadable_value, ':', 1), 'readable') as optional_values,
        case when attempts.status = 'unknown' then 'unknown' else 'known' end as call_status
    from attempts
    left join releases
        on
            attempts.endpoint_tag = releases.endpoint_tag
            and attempts.prompt_version = releases.prompt_version
    left join prices on attempts.price_id = prices.price_id
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
    {{ whole_sum('tokens') }} as tokens,
    {{ sum_usd('cost_usd') }} as cost_usd
from judged
group by all
