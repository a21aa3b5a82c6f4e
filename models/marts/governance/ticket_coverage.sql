-- grain: one row a help desk, dimension and what is known of it, over cases with attempts, merged tickets and tickets
-- without attempts
{{ config(materialized='view') }}
{%- set judged = {
    'helpdesk_row': "case when is_in_helpdesk then 'found' else 'missing' end",
    'status': "case when status is null then 'not_given' when status_category is null then 'unknown_word' else 'known' end",
    'times': "case when " ~ has_unreadable('unreadable_fields', times_of_tickets()) ~ " then 'unreadable' else 'read' end",
    'replies': "case when are_replies_unknown then 'unknown' else 'known' end",
    'last_bot_reply': "case when not has_bot_reply then 'no_reply' when last_bot_reply_at is null then 'no_time' else 'known' end",
    'csat': "case when csat is not null then 'read' when " ~ has_unreadable('unreadable_fields', ['csat'])
        ~ " then 'unreadable' else 'not_given' end",
    'tenant': "case when helpdesk_tenant_id is null then 'not_given' when not is_registered_tenant then 'not_registered' "
        ~ "when attempt_tenant_id is null then 'no_tenant_on_attempts' when helpdesk_tenant_id <> attempt_tenant_id then 'differs' "
        ~ "else 'known' end",
    'resolution': "case when not is_resolved then 'not_resolved' when is_undated_resolution then 'undated' "
        ~ "when is_assumed_without_reply_time then 'assumed_without_reply_time' else 'dated' end",
    'earlier_resolution': "case when is_earlier_resolution_unknown then 'unknown' else 'known' end",
} %}

with cases as (

    select
        fct_tickets.*,
        case when fct_tickets.is_in_helpdesk then fct_tickets.tenant_id end as helpdesk_tenant_id,
        tenants.tenant_id is not null as is_registered_tenant
    from {{ ref('fct_tickets') }} as fct_tickets
    left join {{ ref('dim_tenants') }} as tenants on fct_tickets.tenant_id = tenants.tenant_id

),

-- Several tickets may be merged into one, or follow one, whose cost counts once.
{% for targets, of_ticket in {
    'merge_targets': 'merged_into_ticket_id', 'follow_up_targets': 'follow_up_of_ticket_id'
}.items() %}
{{ targets }} as (

    select
        naming.source_system,
        naming.{{ of_ticket }},
        coalesce(bool_or(named.is_in_helpdesk), false) as is_found,
        count(*) as tickets,
        max(named.cost_usd) as cost_usd
    from cases as naming
    left join cases as named on naming.{{ of_ticket }} = named.ticket_id
    where naming.{{ of_ticket }} is not null
    group by
        naming.source_system,
        naming.{{ of_ticket }}

),
{% endfor %}
covered as (
    {% for dimension, known_as in judged.items() %}
    select
        source_system,
        '{{ dimension }}' as dimension,
        {{ known_as }} as status,
        1 as tickets,
        cost_usd
    from cases
    where
        attempts > 0
        {{ "and is_in_helpdesk" if dimension != 'helpdesk_row' }}

    union all
    {% endfor %}
    select
        source_system,
        'merge_target' as dimension,
        case when is_found then 'found' else 'missing' end as status,
        tickets,
        cost_usd
    from merge_targets

    union all

    select
        source_system,
        'follow_up_target' as dimension,
        case when is_found then 'found' else 'missing' end as status,
        tickets,
        cost_usd
    from follow_up_targets

    union all

    select
        source_system,
        'attempts' as dimension,
        case when attempts > 0 then 'found' else 'missing' end as status,
        1 as tickets,
        cost_usd
    from cases
    where
        is_in_helpdesk
        and merged_into_ticket_id is null

)

select
    coalesce(source_system, 'unknown') as source_system,
    dimension,
    status,
    cast(sum(tickets) as bigint) as tickets,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {{ ratio(
        'cast(sum(tickets) as bigint)',
        "sum(cast(sum(tickets) as bigint)) over (partition by coalesce(source_system, 'unknown'), dimension)"
    ) }} as ticket_share
from covered
group by
    coalesce(source_system, 'unknown'),
    dimension,
    status
