-- grain: one row a UTC date and source system, from its first event as far as telemetry reaches, judged by its rhythm
{%- set limits = telemetry_limits() %}
with silences as (

    select * from {{ ref('int_source_silences') }}

),

-- The rhythm of a source is that of the days on which it sent: what is silent for weeks does not become usual by that.
rhythms as (

    select
        silences.request_date,
        silences.source_system,
        count(past.ended_silence) as rhythm_days,
        percentile_disc(0.95) within group (order by past.ended_silence) as usual_silence
    from silences
    left join silences as past
        on
            silences.source_system = past.source_system
            and silences.days_with_events_before > past.days_with_events_before
            and silences.days_with_events_before <= past.days_with_events_before + {{ limits.rhythm_days }}
            and past.has_events
    group by
        silences.request_date,
        silences.source_system

),

others as (

    select
        silences.request_date,
        silences.source_system,
        max(other_sources.newest_event_at) as newest_event_at
    from silences
    inner join silences as other_sources
        on
            silences.request_date = other_sources.request_date
            and silences.source_system <> other_sources.source_system
    group by
        silences.request_date,
        silences.source_system

),

measured as (

    select
        silences.*,
        {{ as_hours('silences.open_silence') }} as silence_hours,
        {{ as_hours('greatest(silences.open_silence, coalesce(silences.ended_silence, 0))') }} as longest_silence_hours,
        case
            when rhythms.rhythm_days >= {{ limits.min_rhythm_days }} then {{ as_hours('rhythms.usual_silence') }}
        end as usual_silence_hours,
        case
            when others.newest_event_at > silences.newest_event_at
                then {{ as_hours(microseconds_between('silences.newest_event_at', 'others.newest_event_at')) }}
            when others.newest_event_at is not null then 0e0
        end as hours_behind_others
    from silences
    left join rhythms
        on
            silences.request_date = rhythms.request_date
            and silences.source_system = rhythms.source_system
    left join others
        on
            silences.request_date = others.request_date
            and silences.source_system = others.source_system

),

limited as (

    select
        *,
        case
            when usual_silence_hours * {{ limits.times_usual }} > {{ limits.min_hours }}e0
                then usual_silence_hours * {{ limits.times_usual }}
            when usual_silence_hours is not null then {{ limits.min_hours }}e0
        end as silence_limit_hours
    from measured

)

select
    request_date,
    source_system,
    is_day_over,
    newest_event_at,
    silence_hours,
    longest_silence_hours,
    usual_silence_hours,
    hours_behind_others,
    longest_silence_hours > silence_limit_hours as is_behind_own_rhythm,
    hours_behind_others > silence_limit_hours as is_behind_others,
    case
        when silence_hours >= {{ 24 * limits.ended_days }} then 'ended'
        when silence_limit_hours is null then 'too_little_history'
        when longest_silence_hours > silence_limit_hours then 'behind'
        else 'in_rhythm'
    end as source_state
from limited
