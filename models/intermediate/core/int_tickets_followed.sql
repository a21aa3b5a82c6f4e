-- grain: one row a ticket that follows another, with the one that it follows
-- A follow-up is a ticket of its own that says which one it follows: closed tickets of some help desks cannot be
-- reopened. What was merged away is followed where it went.
with follow_ups as (

    select
        ticket_id,
        follow_up_of_ticket_id,
        opened_at
    from {{ ref('int_tickets_current') }}
    where
        follow_up_of_ticket_id is not null
        and not coalesce(is_spam, false)
        and not coalesce(is_test, false)

),

merged_tickets as (

    select * from {{ ref('int_tickets_merged') }}

)

select
    follow_ups.ticket_id,
    follow_ups.follow_up_of_ticket_id,
    coalesce(merged_tickets.merged_ticket_id, follow_ups.follow_up_of_ticket_id) as followed_ticket_id,
    follow_ups.opened_at
from follow_ups
left join merged_tickets on follow_ups.follow_up_of_ticket_id = merged_tickets.ticket_id
where coalesce(merged_tickets.merged_ticket_id, follow_ups.follow_up_of_ticket_id) <> follow_ups.ticket_id
