-- grain: one row an alert: an episode that opens or worsens, with the alert of the same cause that was told before it
with episodes as (

    select * from {{ ref('int_alert_episodes') }}

),

alerts as (

    select * from episodes
    where change is not null

),

-- What has the same cause is told once, until something graver is seen: by the episode of it that opened first.
leaders as (

    select
        alerts.alert_id,
        signs.episode_id as leading_episode_id,
        row_number() over (
            partition by alerts.alert_id
            order by signs.opened_on, min(signs.cause_rank), signs.scope_type, signs.episode_id
        ) as leading_rank
    from alerts
    inner join episodes as signs
        on
            (
                (alerts.endpoint_tag = signs.endpoint_tag and alerts.cause = signs.cause)
                -- Calls that should not be there take more or less than others.
                or (alerts.endpoint_tag = signs.endpoint_tag and alerts.cause = 'rate' and signs.cause = 'traffic')
                or (alerts.alert_kind = 'silent_endpoint' and signs.alert_kind = 'late_source')
            )
            and alerts.cause <> 'budget'
            and alerts.episode_id <> signs.episode_id
            and signs.evaluated_on between alerts.evaluated_on - {{ alert_cause_days() }} and alerts.evaluated_on
    where
        signs.opened_on < alerts.opened_on
        or (
            signs.opened_on = alerts.opened_on
            and (
                signs.cause_rank < alerts.cause_rank
                or (signs.cause_rank = alerts.cause_rank and signs.scope_type < alerts.scope_type)
                or (
                    signs.cause_rank = alerts.cause_rank and signs.scope_type = alerts.scope_type
                    and signs.scope_value < alerts.scope_value
                )
            )
        )
    group by
        alerts.alert_id,
        signs.episode_id,
        signs.opened_on,
        signs.scope_type
    -- What is as grave has been told.
    having min(signs.severity_rank) <= min(alerts.severity_rank)

)

select
    alerts.*,
    leaders.leading_episode_id as suppressed_by
from alerts
left join leaders
    on
        alerts.alert_id = leaders.alert_id
        and leaders.leading_rank = 1
