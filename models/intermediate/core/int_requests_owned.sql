-- grain: one row a sent request id that may have been used for several requests, a ticket and a tenant that deliveries
-- without an attempt id name under it, with the ticket and tenant whose request they are of
with touched as (

    select request_hash
    from {{ ref('int_deliveries_repeated') }}
    where {{ in_run('event_date', 'dates') }}

),

deliveries as (

    select
        request_id,
        ticket_id,
        tenant_id,
        occurred_at,
        ingested_at,
        case when attempt_number is not null then {{ microseconds('sent_occurred_at') }} end as numbered_us
    from {{ ref('int_deliveries_repeated') }}
    where
        request_hash in (select touched.request_hash from touched)
        and attempt_id is null

),

-- Few ids are used again, so what follows is small.
named as (

    select
        request_id,
        ticket_id,
        tenant_id,
        min(ingested_at) as first_ingested_at,
        min(occurred_at) as first_occurred_at,
        case when ticket_id is null or tenant_id is null then 1 else 0 end as lacks_one,
        case when ticket_id is null and tenant_id is null then 1 else 0 end as names_none
    from deliveries
    where
        request_id in (
            select suspects.request_id
            from deliveries as suspects
            group by suspects.request_id
            having
                min(suspects.ticket_id) <> max(suspects.ticket_id)
                or min(suspects.tenant_id) <> max(suspects.tenant_id)
                or max(suspects.numbered_us) - min(suspects.numbered_us) > {{ longest_correction() }}
        )
    group by
        request_id,
        ticket_id,
        tenant_id

),

-- Who names one of the two belongs to the first that names both.
completed as (

    select
        *,
        case
            when names_none = 0
                then coalesce(ticket_id, first_value(ticket_id) over (
                    partition by request_id, tenant_id
                    order by lacks_one, first_ingested_at, first_occurred_at, ticket_id nulls last
                ))
        end as known_ticket_id,
        case
            when names_none = 0
                then coalesce(tenant_id, first_value(tenant_id) over (
                    partition by request_id, ticket_id
                    order by lacks_one, first_ingested_at, first_occurred_at, tenant_id nulls last
                ))
        end as known_tenant_id
    from named

),

-- Where none names both, the first ticket and the first tenant do not differ: they are of one request.
halved as (

    select
        *,
        names_none = 0
        and (known_ticket_id is null or known_tenant_id is null)
        and row_number() over (
            partition by
                request_id,
                names_none,
                case when known_tenant_id is null then 'ticket' when known_ticket_id is null then 'tenant' end
            order by first_ingested_at, first_occurred_at, known_ticket_id nulls last, known_tenant_id nulls last
        ) = 1 as is_first_half
    from completed

),

paired as (

    select
        *,
        case
            when is_first_half then max(case when is_first_half then known_ticket_id end) over (partition by request_id)
            else known_ticket_id
        end as paired_ticket_id,
        case
            when is_first_half then max(case when is_first_half then known_tenant_id end) over (partition by request_id)
            else known_tenant_id
        end as paired_tenant_id
    from halved

)

-- Who names neither belongs to the request that was delivered first.
select
    request_id,
    ticket_id,
    tenant_id,
    case when names_none = 1 then first_value(paired_ticket_id) over first_named else paired_ticket_id end
        as owner_ticket_id,
    case when names_none = 1 then first_value(paired_tenant_id) over first_named else paired_tenant_id end
        as owner_tenant_id
from paired
window first_named as (
    partition by request_id
    order by names_none, first_ingested_at, first_occurred_at, paired_ticket_id nulls last, paired_tenant_id nulls last
)
