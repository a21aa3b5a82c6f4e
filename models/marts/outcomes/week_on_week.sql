-- grain: one row a week, segment (all, tenant) and metric, with the week before, and whether chance explains the change
with metrics as (

    select * from {{ ref('int_week_metrics') }}

),

targets as (

    select
        metric,
        valid_from,
        coalesce(
            lead(valid_from) over (
                partition by metric
                order by valid_from
            ),
            date '9999-12-31'
        ) as valid_until,
        target_value
    from {{ ref('stg_reference__metric_targets') }}

),

definition as (

    select * from {{ ref('int_outcome_definition') }}

),

history as (

    select min(request_date) as first_date
    from {{ ref('int_tenant_days') }}

),

dated as (

    select
        metrics.*,
        {{ next_period_start('week', 'metrics.period_start') }} as period_end,
        cast(metrics.period_start - interval '7' day as date) as previous_start,
        cast(metrics.period_start - interval '28' day as date) as four_weeks_start,
        history.first_date,
        definition.outcome_definition,
        clock.as_of,
        {{ add_hours(
            "cast(" ~ next_period_start('week', 'metrics.period_start') ~ " as timestamp)",
            "case when metrics.metric = 'spend' then 0 else definition.inactivity_hours + definition.maturity_hours end"
        ) }} as mature_at
    from metrics
    cross join history
    cross join definition
    cross join {{ ref('int_as_of') }} as clock

),

four_weeks as (

    select
        dated.period_start,
        dated.segment_type,
        dated.segment_value,
        dated.metric,
        count(*) filter (where earlier.is_cost_known) as known_weeks,
        case
            when dated.metric = 'spend' then {{ usd_per(sum_usd('earlier.spend_usd'), '4') }}
            else cast({{ ratio('sum(earlier.sum_c)', 'sum(earlier.sum_d)') }} as {{ type_usd_sum() }})
        end as four_week_value
    from dated
    inner join metrics as earlier
        on
            dated.segment_type = earlier.segment_type
            and dated.segment_value = earlier.segment_value
            and dated.metric = earlier.metric
            and dated.four_weeks_start <= earlier.period_start
            and dated.first_date <= earlier.period_start
            and dated.period_start > earlier.period_start
    group by
        dated.period_start,
        dated.segment_type,
        dated.segment_value,
        dated.metric

),

compared as (

    select
        dated.*,
        before.metric_value as previous_value,
        before.units as previous_units,
        before.dearest_usd_per_call as previous_dearest_usd_per_call,
        before.sum_c as previous_sum_c,
        cast(dated.units + before.units - dated.units_in_both as double) as all_units,
        cast(dated.sum_c as double) as c_now,
        cast(before.sum_c as double) as c_then,
        {{ ratio('dated.sum_c', 'dated.sum_d') }} as r_now,
        {{ ratio('before.sum_c', 'before.sum_d') }} as r_then,
        cast(before.sum_cc as double) as cc_then,
        cast(before.sum_cd as double) as cd_then,
        cast(before.sum_dd as double) as dd_then,
        case when four_weeks.known_weeks = 4 then four_weeks.four_week_value end as four_week_value
    from dated
    left join metrics as before
        on
            dated.previous_start = before.period_start
            -- What began in the middle of a week says nothing of it.
            and dated.first_date <= before.period_start
            and dated.segment_type = before.segment_type
            and dated.segment_value = before.segment_value
            and dated.metric = before.metric
    left join four_weeks
        on
            dated.period_start = four_weeks.period_start
            and dated.segment_type = four_weeks.segment_type
            and dated.segment_value = four_weeks.segment_value
            and dated.metric = four_weeks.metric

),

-- Of the log of the ratio of the two weeks, linear in its cases; a case that counts in both weeks is one observation.
varied as (

    select
        *,
        case
            when c_now > 0 and c_then > 0 and metric = 'spend'
                then cast(sum_cc as double) / (c_now * c_now) + cc_then / (c_then * c_then)
            when c_now > 0 and c_then > 0 and all_units > 1
                then
                    all_units / (all_units - 1)
                    * (
                        (sum_cc - 2 * r_now * sum_cd + r_now * r_now * sum_dd) / (c_now * c_now)
                        + (cc_then - 2 * r_then * cd_then + r_then * r_then * dd_then) / (c_then * c_then)
                        - 2 * (cross_cc - r_then * cross_cd - r_now * cross_dc + r_now * r_then * cross_dd)
                        / (c_now * c_then)
                    )
        end as variance
    from compared

),

tested as (

    select
        *,
        least(units, previous_units) >= {{ week_min_units() }} as is_large_enough,
        {{ period_has_passed("'week'", 'period_start', 'as_of') }} as is_complete,
        period_start < first_date as data_begin_in_week,
        {{ week_value_at_most() }} as value_at_most,
        case when variance > 0 and metric_value > 0 and previous_value > 0 then sqrt(variance) end as standard_error,
        case
            when variance > 0
                then
                    {{ ln_or_null('cast(metric_value as double) / nullif(cast(previous_value as double), 0)') }}
                    / sqrt(nullif(greatest(variance, 0), 0))
        end as standard_errors
    from varied

),

judged as (

    select
        *,
        case when is_complete and is_large_enough then {{ two_sided_p('standard_errors') }} end as p_value,
        case when is_complete and is_large_enough then exp({{ z_99() }} * standard_error) end as chance_factor,
        metric in ({{ quoted_words(less_is_better()) }}) as is_less_better
    from tested

),

ranged as (

    select
        *,
        cast(previous_value as double) / chance_factor as chance_low,
        cast(previous_value as double) * chance_factor as chance_high
    from judged

),

weighed as (

    select
        *,
        coalesce(p_value < {{ week_max_p() }} and metric_value < previous_value, false)
        and {{ is_fall_unpriced('unpriced_attempts', 'value_at_most', 'chance_low') }} as is_fall_unpriced
    from ranged

)

select
    weighed.period_start,
    weighed.period_end,
    weighed.segment_type,
    weighed.segment_value,
    weighed.metric,
    weighed.outcome_definition,
    weighed.metric_value,
    weighed.previous_value,
    cast(weighed.metric_value - weighed.previous_value as {{ type_usd_sum() }}) as change,
    {{ ratio('weighed.metric_value - weighed.previous_value', 'weighed.previous_value') }} as growth,
    weighed.four_week_value,
    targets.target_value,
    weighed.units,
    weighed.previous_units,
    weighed.standard_error,
    weighed.p_value,
    weighed.chance_low,
    weighed.chance_high,
    case
        when weighed.p_value is null or weighed.is_fall_unpriced then 'not_known'
        when weighed.p_value >= {{ week_max_p() }} then 'within_chance'
        when (weighed.metric_value < weighed.previous_value) = weighed.is_less_better then 'better'
        else 'worse'
    end as judgement,
    case
        when weighed.is_fall_unpriced then 'unpriced_calls'
        when weighed.p_value is not null then cast(null as {{ type_text() }})
        when weighed.metric_value is null then 'no_value'
        when not weighed.is_complete then 'not_complete'
        when weighed.previous_start < weighed.first_date then 'no_week_before'
        when weighed.previous_value is null then 'no_value_before'
        when not weighed.is_large_enough then 'too_few_cases'
        else 'no_events'
    end as reason,
    weighed.mature_at,
    weighed.as_of,
    weighed.is_complete,
    weighed.is_complete and weighed.as_of >= weighed.mature_at as is_mature,
    weighed.data_begin_in_week,
    weighed.unpriced_attempts,
    weighed.value_at_most
from weighed
left join targets
    on
        weighed.segment_type = 'all'
        and weighed.metric = targets.metric
        and weighed.period_start >= targets.valid_from
        and weighed.period_start < targets.valid_until
