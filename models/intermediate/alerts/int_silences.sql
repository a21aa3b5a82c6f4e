-- grain: one row an endpoint or source and UTC day on which it is silent for longer than in the four weeks before
with silence_days as (

    select
        *,
        expected_twelfths / 12e0 as expected_attempts,
        -- How much more the calls of a day vary about the mean of their weekday than random arrivals do.
        greatest(
            squares_twelfths / 12e0 / greatest(days_looked_at - 7, 1) * days_looked_at / cast(attempts as double),
            1.001e0
        ) as dispersion
    from {{ ref('int_silence_days') }}

),

-- Pauses of the four weeks that ended with the last call: a silence that goes on is none of them.
paused as (

    select
        silence_days.scope_type,
        silence_days.scope_value,
        silence_days.evaluated_on,
        max(before_it.silent_days) as longest_before,
        -- What pauses now and then may pause a day longer.
        max(before_it.silent_days) + case when max(before_it.silent_days) > 0 then 2 else 1 end as told_from_days,
        count(*) as days_before
    from silence_days
    inner join silence_days as before_it
        on
            silence_days.scope_type = before_it.scope_type
            and silence_days.scope_value = before_it.scope_value
            and silence_days.last_date >= before_it.evaluated_on
            and silence_days.last_date - {{ signal_baseline_days() }} < before_it.evaluated_on
    group by
        silence_days.scope_type,
        silence_days.scope_value,
        silence_days.evaluated_on

),

rules as (

    select * from {{ ref('stg_reference__alert_rules') }}

)

select
    silence_days.*,
    paused.longest_before,
    paused.told_from_days,
    paused.days_before,
    rules.alert_kind
from silence_days
inner join paused
    on
        silence_days.scope_type = paused.scope_type
        and silence_days.scope_value = paused.scope_value
        and silence_days.evaluated_on = paused.evaluated_on
inner join rules
    on
        case silence_days.scope_type when 'source' then 'late_source' else 'silent_endpoint' end
        = rules.alert_kind
where
    silence_days.silent_days >= paused.told_from_days
    and paused.days_before >= {{ signal_min_days() }}
    and silence_days.expected_attempts >= coalesce(rules.min_calls, 1)
    -- The chance that none comes, of calls that come together as they did: negative binomial.
    and silence_days.expected_attempts * ln(silence_days.dispersion) / (silence_days.dispersion - 1)
    >= {{ silence_min_log_chance() }}
