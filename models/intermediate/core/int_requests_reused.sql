-- grain: one row a sent request id that was used for several requests, a ticket, a tenant and a time that deliveries
-- without an attempt id give under it, with the request that they are of
{{ config(materialized='table') }}

with recursive owned as (

    select * from {{ ref('int_requests_owned') }}

),

deliveries as (

    select
        deliveries.request_id as sent_request_id,
        deliveries.ticket_id,
        deliveries.tenant_id,
        deliveries.sent_occurred_at,
        deliveries.occurred_at,
        deliveries.ingested_at,
        {{ microseconds('deliveries.sent_occurred_at') }} as sent_us,
        owned.owner_ticket_id,
        owned.owner_tenant_id,
        {{ joined_text(['owned.owner_ticket_id', 'owned.owner_tenant_id']) }} as owner,
        case
            when deliveries.attempt_number is not null
                then {{ joined_text(['deliveries.attempt_number', 'deliveries.provider', 'deliveries.model']) }}
        end as attempt_name
    from {{ ref('int_deliveries_repeated') }} as deliveries
    inner join owned
        on
            deliveries.request_id = owned.request_id
            and {{ joined_text(['deliveries.ticket_id', 'deliveries.tenant_id']) }}
            = {{ joined_text(['owned.ticket_id', 'owned.tenant_id']) }}
    where deliveries.attempt_id is null

),

-- A request ends where an attempt of it is named again, and says that it was over 24 hours later.
repeats as (

    select
        sent_request_id,
        owner,
        sent_us as begins_us,
        max(sent_us) over (
            partition by sent_request_id, owner, attempt_name
            order by sent_us
            range between unbounded preceding and {{ longest_correction() + 1 }} preceding
        ) as repeats_us
    from deliveries
    where
        attempt_name is not null
        and sent_us is not null

),

moments as (

    select
        sent_request_id,
        owner,
        sent_us as at_us,
        cast(null as bigint) as begins_us
    from deliveries
    where sent_us is not null

    union all

    select
        sent_request_id,
        owner,
        repeats_us as at_us,
        begins_us
    from repeats
    where repeats_us is not null

),

-- When the request ends that begins at a moment.
ends as (

    select distinct
        sent_request_id,
        owner,
        at_us,
        min(begins_us) over (
            partition by sent_request_id, owner
            order by at_us
            range between current row and unbounded following
        ) as ends_us
    from moments

),

episodes (sent_request_id, owner, begins_us) as (

    select
        sent_request_id,
        owner,
        min(at_us) as begins_us
    from ends
    group by
        sent_request_id,
        owner

    union all

    select
        episodes.sent_request_id,
        episodes.owner,
        ends.ends_us as begins_us
    from episodes
    inner join ends
        on
            episodes.sent_request_id = ends.sent_request_id
            and episodes.owner = ends.owner
            and episodes.begins_us = ends.at_us
    where ends.ends_us is not null

),

bounded as (

    select
        *,
        lead(begins_us) over (partition by sent_request_id, owner order by begins_us) as ends_us
    from episodes

),

-- Who gives no time belongs to the first that was delivered.
placed as (

    select
        deliveries.*,
        coalesce(
            bounded.begins_us,
            first_value(bounded.begins_us) over (
                partition by deliveries.sent_request_id, deliveries.owner
                order by
                    case when deliveries.sent_us is null then 1 else 0 end,
                    deliveries.ingested_at,
                    deliveries.occurred_at
            )
        ) as begins_us
    from deliveries
    left join bounded
        on
            deliveries.sent_request_id = bounded.sent_request_id
            and deliveries.owner = bounded.owner
            and deliveries.sent_us >= bounded.begins_us
            and (deliveries.sent_us < bounded.ends_us or bounded.ends_us is null)

),

told_apart as (

    select
        sent_request_id,
        ticket_id,
        tenant_id,
        sent_occurred_at,
        row_number() over (
            partition by sent_request_id
            order by ingested_at, occurred_at, owner_ticket_id nulls last, owner_tenant_id nulls last, begins_us
        ) as place,
        concat('synthetic-', md5({{ joined_text(['sent_request_id', 'owner', 'begins_us']) }}))
            as own_request_id
    from placed

),

counted as (

    select
        *,
        min(own_request_id) over (partition by sent_request_id)
        <> max(own_request_id) over (partition by sent_request_id) as is_reused,
        first_value(own_request_id) over (partition by sent_request_id order by place) as first_request_id
    from told_apart

)

select distinct
    sent_request_id,
    {{ joined_text(['ticket_id', 'tenant_id', 'sent_occurred_at']) }} as named_as,
    -- The first keeps the id that was sent.
    case when own_request_id = first_request_id then sent_request_id else own_request_id end as request_id
from counted
where is_reused
