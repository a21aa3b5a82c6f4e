-- grain: one row a UTC date that this run rebuilds from raw: the dates of what is new and of what it repeats or changes
{{ config(materialized='table') }}
{%- set attempts = previous_build('int_attempts_attributed') %}
{#- The column of an attempt that carries a key of a reference; ids of users and tenants as they are shown. #}
{%- set carried_keys = {
    'tenant_users': 'user_id',
    'endpoint_taxonomy': 'coalesce(endpoint_tag_alias, endpoint_tag)',
    'canonical_endpoints': 'endpoint_tag',
    'output_token_caps': 'endpoint_tag',
    'tool_output_caps': 'endpoint_tag',
    'model_tiers': joined_text(['priced_provider', 'priced_model']),
    'prompt_releases': joined_text(['endpoint_tag', 'prompt_version']),
    'tenants': 'tenant_id',
    'intents': 'intent',
} %}
{%- set shown_keys = {
    'tenant_users': shown_id('changed.reference_key', is_person=true),
    'tenants': shown_id('changed.reference_key'),
} %}

with new_deliveries as (

    select * from {{ ref('int_deliveries_new') }}

),

{% if not run_is_whole() -%}
changed_files as (

    -- A table is no file.
    select source_file from {{ ref('run_files') }}
    where {{ raw_table_origin('llm_requests') == 'landing' }}

),

dates_of_files as (

    select event_date from {{ ref('run_file_dates') }}
    where source_file in (select changed_files.source_file from changed_files)

),

dates_that_differ as (

    select event_date from {{ ref('run_differing_dates') }}

),

-- What is new, and what a file that has changed or is gone held before.
requests as (

    select request_hash from new_deliveries

    union

    select {{ narrowing_hash(sent_request_id()) }} as request_hash
    from {{ attempts }}
    where
        source_file in (select changed_files.source_file from changed_files)
        and request_date in (select dates_of_files.event_date from dates_of_files)

    union

    select request_hash from {{ compared_build('int_deliveries_repeated') }}
    where source_file in (select changed_files.source_file from changed_files)

    union

    -- what a table that has lost rows held
    select {{ narrowing_hash(sent_request_id()) }} as request_hash
    from {{ attempts }}
    where request_date in (select dates_that_differ.event_date from dates_that_differ)

    union

    select request_hash from {{ compared_build('int_deliveries_repeated') }}
    where event_date in (select dates_that_differ.event_date from dates_that_differ)

),

changed_merges as (

    {{ changed_merges() }}

),

{% endif -%}
affected as (

    select distinct event_date from new_deliveries
    {%- if not run_is_whole() %}

    union

    -- attempts of the same requests, whose order or redelivery this changes
    select request_date as event_date
    from {{ compared_build('run_request_dates') }}
    where request_hash in (select requests.request_hash from requests)

    union

    select event_date
    from {{ compared_build('int_deliveries_repeated') }}
    where request_hash in (select requests.request_hash from requests)

    union

    select event_date from dates_of_files

    union

    select event_date from dates_that_differ

    union

    -- what a run that broke off has rebuilt, with references or merges that may be others again
    select event_date from {{ previous_build('run_dates') }}
    where {{ last_run_broke_off() }}
    {%- for reference_table, carried_key in carried_keys.items() %}

    union

    select request_date as event_date
    from {{ attempts }}
    where
        {{ carried_key }} in (
            select {{ shown_keys.get(reference_table, 'changed.reference_key') }}
            from {{ ref('run_references') }} as changed
            where
                changed.is_changed
                and changed.reference_table = '{{ reference_table }}'
        )
    {%- endfor %}

    union

    -- A key of a rate is its currency and its date.
    select request_date as event_date
    from {{ attempts }}
    where
        reported_cost_currency in (
            select split_part(changed.reference_key, ' ', 1)
            from {{ ref('run_references') }} as changed
            where
                changed.is_changed
                and changed.reference_table = 'exchange_rates'
        )

    union

    select request_date as event_date
    from {{ attempts }}
    where
        coalesce(ticket_id, other_conversation_id, workflow_id) in (
            select changed_merges.ticket_id from changed_merges
        )

    union

    -- An id that was sent as a workflow's is stored as what it was merged into.
    select request_date as event_date
    from {{ attempts }}
    where workflow_id in (select changed_merges.was_merged_into from changed_merges)

    union

    -- A price that was added since reprices what had none.
    select attempts.request_date as event_date
    from {{ attempts }} as attempts
    inner join {{ ref('int_model_prices_applicable') }} as prices
        on
            coalesce(attempts.provider, '') = prices.provider
            and attempts.model = prices.model
            and coalesce(attempts.service_tier, 'standard') = prices.service_tier
            and attempts.request_date >= prices.valid_from
            and attempts.request_date < prices.valid_until
    where attempts.price_id is null
    {%- endif %}

)

select
    event_date,
    (select max(new_deliveries.ingested_at) from new_deliveries) as seen_through
from affected
