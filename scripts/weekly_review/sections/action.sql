-- query: due_this_week
-- What was agreed on in the last review was due in this week; whether its guardrail holds is judged by the week itself.
select
    register.guardrail_id, register.action, register.owner, register.due_on, register.done_on, register.action_state, register.days_late,
    register.since, status.metric, status.direction, status.limit_value, status.value, status.holds, status.reason
from guardrail_register as register
left join guardrail_status as status on register.guardrail_id = status.guardrail_id and status.period_start = $week
where register.due_on >= $week and register.due_on < $week_end
order by register.due_on, register.guardrail_id

-- query: overdue
select guardrail_id, action, owner, due_on, days_late
from guardrail_register
where due_on < $week and (done_on is null or done_on >= $week_end)
order by due_on, guardrail_id

-- query: guardrails
select
    (select count(*) from guardrail_register) as registered,
    count(*) as in_force,
    count(*) filter (where holds) as held,
    count(*) filter (where not holds) as broken,
    min(guardrail_id) filter (where not holds) as a_broken_one,
    min(reason) filter (where holds is null) as a_reason
from guardrail_status
where period_start = $week
