-- grain: one row an endpoint or source and UTC day on which it is silent for longer than in the four weeks before
with silence_days as (

    select
        *,
        attempts / cast(known_days as double) as attempts_per_day,
        max(silent_days) over before_it as longest_before,
        count(*) over before_it as days_before
    from {{ ref('int_silence_days') }}
    window before_it as (
        partition by scope_type, scope_value
        order by evaluated_on
        rows between {{ signal_baseline_days() }} preceding and 1 preceding
    )

),

rules as (

    select * from {{ ref('stg_reference__alert_rules') }}

)

select
    silence_days.*,
    rules.alert_kind,
    silence_days.attempts_per_day * silence_days.silent_days as expected_attempts
from silence_days
inner join rules
    on
        case silence_days.scope_type when 'source' then 'late_source' else 'silent_endpoint' end
        = rules.alert_kind
where
    -- What pauses now and then may pause a day longer.
    silence_days.silent_days > silence_days.longest_before + case when silence_days.longest_before > 0 then 1 else 0 end
    and silence_days.days_before >= {{ signal_min_days() }}
    and silence_days.attempts_per_day * silence_days.silent_days >= coalesce(rules.min_calls, 1)
