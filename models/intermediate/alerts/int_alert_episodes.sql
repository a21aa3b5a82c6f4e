-- grain: one row a sign of an alert, with the episode that it belongs to, and whether it opens or worsens it
{%- set of_scope = 'alert_kind, scope_type, scope_value, prompt_version, budget_id, budget_period_start' %}
{%- set by_day = 'partition by ' ~ of_scope ~ ' order by evaluated_on' %}
with marked as (

    select
        *,
        {{ severity_rank('severity') }} as severity_rank,
        -- A budget gets worse by its state.
        coalesce(budget_gravity, {{ severity_rank('severity') }}) as gravity,
        case
            when lag(evaluated_on) over ({{ by_day }}) is null then 1
            when budget_id is not null then 0
            when evaluated_on > lag(evaluated_on) over ({{ by_day }}) + {{ alert_quiet_days() }} then 1
            else 0
        end as is_onset
    from {{ ref('int_alert_signs') }}

),

numbered as (

    select
        *,
        sum(is_onset) over ({{ by_day }} rows between unbounded preceding and current row) as episode
    from marked

),

told as (

    select
        *,
        {{ alert_key() }} as alert_id,
        min(evaluated_on) over of_episode as opened_on,
        min(gravity) over (
            partition by {{ of_scope }}, episode
            order by evaluated_on
            rows between unbounded preceding and 1 preceding
        ) as gravest_before
    from numbered
    window of_episode as (partition by {{ of_scope }}, episode)

)

select
    *,
    first_value(alert_id) over (partition by {{ of_scope }}, episode order by evaluated_on) as episode_id,
    case
        when gravest_before is null then 'opened'
        when gravity < gravest_before then 'worsened'
    end as change
from told
