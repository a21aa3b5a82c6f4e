-- query: desk
-- Cases opened in the week; times are of those that got there so far.
select
    count(*) as opened,
    count(*) filter (where is_resolved) as resolved,
    count(*) filter (where is_escalated) as escalated,
    count(*) filter (where is_escalated) / nullif(count(is_escalated), 0) as escalated_share,
    count(*) filter (where is_deflected) as deflected,
    count(first_human_reply_at) as human_replies,
    quantile_disc(date_diff('second', opened_at, first_human_reply_at) / 60, 0.5) as reply_p50_minutes,
    quantile_disc(date_diff('second', opened_at, first_human_reply_at) / 60, 0.9) as reply_p90_minutes,
    quantile_disc(date_diff('second', opened_at, resolved_at) / 60, 0.5) as resolve_p50_minutes,
    quantile_disc(date_diff('second', opened_at, resolved_at) / 60, 0.9) as resolve_p90_minutes,
    sum(handle_minutes) as handle_minutes,
    count(handle_minutes) as cases_with_minutes
from fct_tickets
where is_handled and opened_at >= $week and opened_at < $week_end and ($tenant is null or tenant_id = $tenant)

-- query: desk_before
select
    count(*) as opened,
    count(*) filter (where is_escalated) / nullif(count(is_escalated), 0) as escalated_share
from fct_tickets
where is_handled and opened_at >= $previous_week and opened_at < $week and ($tenant is null or tenant_id = $tenant)

-- query: backlog
-- Open as of now, of all that were opened before the week ended: pending, or open at the desk and not resolved by the outcome definition.
select
    count(*) as open_cases,
    count(*) filter (where waiting_on = 'us') as waiting_on_us,
    count(*) filter (where waiting_on = 'customer') as waiting_on_customer,
    count(*) filter (where waiting_on = 'unknown') as waiting_on_unknown,
    count(*) filter (where outcome = 'escalated') as escalated,
    count(*) filter (where outcome = 'reopened') as reopened,
    count(*) filter (where outcome not in ('pending', 'escalated', 'reopened')) as others
from fct_tickets
where
    is_handled and (outcome = 'pending' or (status_category in ('open', 'on_hold') and not coalesce(is_resolved, false)))
    and opened_at < $week_end and ($tenant is null or tenant_id = $tenant)

-- query: returns
-- Without contact again within 7 days: nobody with the same requester opened another case. Known where requesters are sent, once the
-- 7 days are over.
with clock as (
    select max(as_of) as as_of from week_on_week
),

cases as (
    select * from fct_tickets
    where is_handled and ($tenant is null or tenant_id = $tenant)
),

deflected as (
    select
        cases.*,
        cases.requester_id is not null and cases.resolved_at + interval 7 day <= clock.as_of as is_over
    from cases
    cross join clock
    where is_deflected and resolved_at >= $week and resolved_at < $week_end
)
select
    count(*) as deflected,
    count(requester_id) as with_requester,
    count(*) filter (where is_over) as over_7_days,
    count(*) filter (
        where
            is_over
            and not exists (
                select 1 from cases as again
                where
                    again.requester_id = deflected.requester_id and again.ticket_id <> deflected.ticket_id
                    and again.opened_at > deflected.resolved_at and again.opened_at <= deflected.resolved_at + interval 7 day
            )
    ) as without_return
from deflected

-- query: minutes
select minutes_saved, minutes_saved_per_handled, escalations_avoided, escalations_avoided_status
from cost_per_deflection
where period_grain = 'week' and period_start = $week and segment_type = $segment_type and segment_value = $segment_value

-- query: intents
select
    coalesce(intent, 'unknown') as intent,
    count(*) as cases,
    sum(cost_usd) as cost_usd,
    sum(cost_usd) / nullif(count(cost_usd), 0) as cost_per_case_usd,
    count(*) filter (where is_escalated) / nullif(count(is_escalated), 0) as escalated_share
from fct_tickets
where is_handled and opened_at >= $week and opened_at < $week_end and ($tenant is null or tenant_id = $tenant)
group by coalesce(intent, 'unknown')
order by sum(cost_usd) desc nulls last, intent
limit 8
