-- grain: one row a case that is not excluded and was opened on a day of the run's months

with cases as (

    select * from {{ ref('fct_tickets') }}
    where
        outcome <> 'excluded'
        -- A case with attempts always has one; a ticket without either is of no period.
        and opened_at is not null
        and {{ since_run_began('opened_at', 'first_opened_on') }}
        and {{ in_run('cast(opened_at as date)', 'month_days') }}

),

came_back as (

    select
        *,
        case
            when outcome = 'reopened' then true
            -- A reopening after the window is a return, and counted as one.
            when returned_after_maturity then false
            when reopen_count is not null or last_reopened_at is not null
                then coalesce(reopen_count > 0, false) or last_reopened_at is not null
        end as is_reopened
    from cases

)

select
    ticket_id,
    cast(opened_at as date) as opened_on,
    coalesce(project, 'unknown') as project,
    is_handled,
    is_resolved,
    is_escalated,
    is_transferred,
    automation_class,
    is_reopened,
    returned_after_maturity,
    {{ is_auto_resolution() }} as is_auto_resolution,
    csat,
    coalesce(human_public_replies > 0, false) or first_human_reply_at is not null or last_human_reply_at is not null
        as has_human_reply,
    -- A time before the opening is no duration: it is unknown.
    case
        when first_human_reply_at >= opened_at
            then {{ microseconds('first_human_reply_at') }} - {{ microseconds('opened_at') }}
    end as first_human_reply_microseconds,
    case
        when resolved_at >= opened_at then {{ microseconds('resolved_at') }} - {{ microseconds('opened_at') }}
    end as resolution_microseconds
from came_back
