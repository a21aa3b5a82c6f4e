-- Which resolutions of the bot came back?
-- grain: one row a fully automated case that was reopened or returned
select
    ticket_id,
    project,
    intent,
    outcome,
    resolved_at,
    last_reopened_at,
    returned_at,
    csat,
    first_prompt_version
from {{ ref('fct_tickets') }}
where
    automation_class = 'fully_automated'
    and (outcome = 'reopened' or reopen_count > 0 or returned_after_maturity)
order by
    coalesce(returned_at, last_reopened_at, resolved_at) desc nulls last,
    ticket_id asc
