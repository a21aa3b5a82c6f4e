-- grain: one row a ticket that was merged into another, with the ticket at the end of its chain of merges
-- A table, because no engine can tell how few rows come out of a recursion, and joins are planned by that.
{{ config(materialized='table') }}

with recursive merged_tickets as (

    select
        ticket_id,
        merged_into_ticket_id
    from {{ ref('int_tickets_current') }}
    where merged_into_ticket_id is not null

),

chains (ticket_id, merged_ticket_id, length) as (

    select
        ticket_id,
        merged_into_ticket_id as merged_ticket_id,
        1 as length
    from merged_tickets

    union all

    select
        chains.ticket_id,
        merged_tickets.merged_into_ticket_id as merged_ticket_id,
        chains.length + 1 as length
    from chains
    inner join merged_tickets on chains.merged_ticket_id = merged_tickets.ticket_id
    -- A chain longer than this has run into a cycle.
    where chains.length <= 100

),

ends as (

    select
        chains.ticket_id,
        chains.merged_ticket_id,
        chains.length
    from chains
    left join merged_tickets on chains.merged_ticket_id = merged_tickets.ticket_id
    where merged_tickets.ticket_id is null

)

select
    merged_tickets.ticket_id,
    merged_tickets.merged_into_ticket_id,
    -- A ticket whose chain never ends keeps its own cost, and is reported.
    coalesce(ends.merged_ticket_id, merged_tickets.ticket_id) as merged_ticket_id,
    ends.ticket_id is null as is_in_merge_cycle
from merged_tickets
left join ends on merged_tickets.ticket_id = ends.ticket_id
