-- grain: one row an endpoint or source and UTC day on which it is silent for longer than in the four weeks before
with silence_days as (

    select
        *,
        expected_twelfths / 12e0 as expected_attempts,
        -- How much more the calls of a day vary about the mean of their weekday than random arrivals do.
        greatest(
            squares_twelfths / 12e0 / greatest(days_looked_at - 7, 1) * days_looked_at / cast(attempts as double),
            1.001e0
        ) as dispersion,
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
    rules.alert_kind
from silence_days
inner join rules
    on
        case silence_days.scope_type when 'source' then 'late_source' else 'silent_endpoint' end
        = rules.alert_kind
where
    -- What pauses now and then may pause a day longer.
    silence_days.silent_days > silence_days.longest_before + case when silence_days.longest_before > 0 then 1 else 0 end
    and silence_days.days_before >= {{ signal_min_days() }}
    and silence_days.expected_attempts >= coalesce(rules.min_calls, 1)
    -- The chance that none comes, of calls that come together as they did: negative binomial.
    and silence_days.expected_attempts * ln(silence_days.dispersion) / (silence_days.dispersion - 1)
    >= {{ silence_min_log_chance() }}
