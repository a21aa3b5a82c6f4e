-- grain: one row an episode of an alert: from the day on which it opened to the last day on which it was seen
with signs as (

    select * from {{ ref('int_alert_episodes') }}

),

alerts as (

    select * from {{ ref('alerts') }}

),

clock as (

    select
        cast(as_of as date) as today,
        as_of
    from {{ ref('int_telemetry_reach') }}

),

seen as (

    select
        episode_id,
        min(evaluated_on) as opened_on,
        max(evaluated_on) as last_seen_on,
        count(*) as days_seen,
        min(severity_rank) as severity_rank,
        max(extra_usd) as most_extra_usd
    from signs
    group by episode_id

),

periods as (

    select distinct
        budget_id,
        period_start,
        period_end
    from {{ ref('int_budget_calendar') }}

)

select
    alerts.episode_id,
    alerts.alert_kind,
    alerts.scope_type,
    alerts.scope_value,
    alerts.budget_id,
    alerts.endpoint_tag,
    alerts.spike_class,
    {{ severity_of_rank('seen.severity_rank') }} as severity,
    seen.opened_on,
    seen.last_seen_on,
    cast(seen.days_seen as int) as days_seen,
    cast(seen.most_extra_usd as {{ type_usd_sum() }}) as most_impact_usd,
    case
        when alerts.budget_id is not null then clock.today < periods.period_end
        else seen.last_seen_on >= clock.today - 1 - {{ alert_quiet_days() }}
    end as is_open,
    alerts.owner,
    alerts.runbook,
    alerts.suppressed_by
from seen
inner join alerts on seen.episode_id = alerts.alert_id
cross join clock
left join signs as opening on seen.episode_id = opening.alert_id
left join periods
    on
        opening.budget_id = periods.budget_id
        and opening.budget_period_start = periods.period_start
