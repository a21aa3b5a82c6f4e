-- grain: one row a budget, period and UTC day that is over, at whose end it was known to enter a graver state
with rules as (

    select * from {{ ref('stg_reference__alert_rules') }}
    where alert_kind = 'budget_state'

),

transitions as (

    select
        transitions.*,
        case when transitions.reason like 'forecast%' then 'forecast' else 'actual' end as told_by,
        rules.critical_growth,
        rules.critical_rise_usd
    from {{ ref('int_budget_transitions') }} as transitions
    cross join rules
    where
        transitions.knowledge = 'as_known'
        and transitions.entered_on < (select cast(reach.as_of as date) from {{ ref('int_telemetry_reach') }} as reach)
        and {{ budget_gravity('transitions.to_state') }} < {{ budget_gravity('transitions.from_state') }}

)

select
    'budget_state' as alert_kind,
    'budget' as cause,
    99 as cause_rank,
    scope_type,
    scope_value,
    case when scope_type = 'endpoint' then scope_value end as endpoint_tag,
    cast(null as {{ type_text() }}) as prompt_version,
    budget_id,
    period_start as budget_period_start,
    reason as budget_reason,
    entered_on as evaluated_on,
    cast(null as int) as window_days,
    concat(decided_by, '_', told_by) as metric,
    {{ budget_told('actual', 'forecast') }} as value,
    cast(null as double) as baseline,
    cast(case decided_by when 'usd' then amount_usd else amount_tokens end as double) as threshold,
    cast(null as double) as standard_errors,
    cast(null as bigint) as calls,
    -- Not known of tokens, and of spend of which no cost is known.
    cast(
        case
            when decided_by = 'usd' and actual_usd <= amount_usd then 0
            when decided_by = 'usd' then actual_usd - amount_usd
        end
        as decimal(18, 6)
    ) as extra_usd,
    case
        -- What is expected has not been spent.
        when to_state = 'warning' or told_by = 'forecast' then 'info'
        when
            to_state = 'exceeded' and decided_by = 'usd'
            and actual_usd >= amount_usd * (1 + critical_growth) and actual_usd - amount_usd >= critical_rise_usd
            then 'critical'
        else 'warning'
    end as severity,
    {{ budget_gravity('to_state') }} as budget_gravity
from transitions
