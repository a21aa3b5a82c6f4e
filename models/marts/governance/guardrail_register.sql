-- grain: one row a guardrail
with guardrails as (

    select * from {{ ref('int_guardrails_stated') }}

),

weeks as (

    select
        *,
        row_number() over (
            partition by guardrail_id
            order by period_start desc
        ) as weeks_ago
    from {{ ref('guardrail_status') }}
    where is_complete

),

held as (

    select
        guardrail_id,
        max(case when weeks_ago = 1 then period_start end) as week_start,
        max(case when weeks_ago = 1 then value end) as value,
        bool_or(case when weeks_ago = 1 then holds end) as holds,
        max(case when weeks_ago = 1 then reason end) as reason,
        count(*) filter (where holds) as weeks_held,
        count(*) filter (where not holds) as weeks_broken,
        count(*) filter (where holds is null) as weeks_not_known
    from weeks
    group by guardrail_id

),

origins as (

    select
        guardrail_id,
        count(*) as incidents
    from {{ ref('int_incidents_begun') }}
    where guardrail_id is not null
    group by guardrail_id

)

select
    guardrails.guardrail_id,
    guardrails.metric,
    guardrails.scope_type,
    guardrails.scope_value,
    guardrails.direction,
    guardrails.limit_value,
    guardrails.since,
    guardrails.owner,
    {{ names_one('guardrails.owner') }} as has_one_owner,
    coalesce(origins.incidents, 0) as incidents,
    held.week_start,
    held.value,
    held.holds,
    held.reason,
    coalesce(held.weeks_held, 0) as weeks_held,
    coalesce(held.weeks_broken, 0) as weeks_broken,
    coalesce(held.weeks_not_known, 0) as weeks_not_known,
    guardrails.action,
    guardrails.due_on,
    guardrails.done_on,
    guardrails.action_state,
    guardrails.days_late
from guardrails
left join held on guardrails.guardrail_id = held.guardrail_id
left join origins on guardrails.guardrail_id = origins.guardrail_id
