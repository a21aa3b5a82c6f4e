-- grain: one row a kind of alert, scope (of a budget: budget and period) and UTC day at whose end it was one
with signals as (

    select
        alert_kind,
        cause,
        cause_rank,
        scope_type,
        scope_value,
        endpoint_tag,
        prompt_version,
        cast(null as {{ type_text() }}) as budget_id,
        cast(null as date) as budget_period_start,
        cast(null as {{ type_text() }}) as budget_reason,
        evaluated_on,
        window_days,
        measure as metric,
        value,
        baseline,
        threshold,
        standard_errors,
        calls,
        extra_known_usd as extra_usd,
        case
            -- What is told by its size may still be chance, for which nobody is woken.
            when standard_errors < min_standard_errors then 'warning'
            when growth >= critical_growth and extra_known_usd >= critical_rise_usd then 'critical'
            -- A rise from nothing has no growth.
            when growth is null and critical_growth is not null and extra_known_usd >= critical_rise_usd then 'critical'
            else 'warning'
        end as severity,
        cast(null as int) as budget_gravity
    from {{ ref('int_signals_judged') }}

),

silences as (

    select
        alert_kind,
        'silence' as cause,
        case alert_kind when 'late_source' then -1 else 0 end as cause_rank,
        scope_type,
        scope_value,
        endpoint_tag,
        cast(null as {{ type_text() }}) as prompt_version,
        cast(null as {{ type_text() }}) as budget_id,
        cast(null as date) as budget_period_start,
        cast(null as {{ type_text() }}) as budget_reason,
        evaluated_on,
        silent_days as window_days,
        'silent_days' as metric,
        cast(silent_days as double) as value,
        cast(longest_before as double) as baseline,
        cast(told_from_days as double) as threshold,
        cast(null as double) as standard_errors,
        cast(round(expected_attempts) as bigint) as calls,
        cast(null as decimal(18, 6)) as extra_usd,
        'warning' as severity,
        cast(null as int) as budget_gravity
    from {{ ref('int_silences') }}

)

select * from signals

union all

select * from silences

union all

select * from {{ ref('int_budget_signs') }}
