-- grain: one row an incident that had begun at the moment that the reports speak for, as it stood then
with clock as (

    select cast(as_of as date) as today
    from {{ ref('int_as_of') }}

),

begun as (

    select
        incidents.*,
        clock.today,
        -- What closed later was open.
        case when incidents.closed_on <= clock.today then incidents.closed_on end as ended_on
    from {{ ref('stg_reference__incidents') }} as incidents
    inner join clock on incidents.started_on <= clock.today

)

select
    incident_id,
    alert_kinds,
    scope_type,
    -- As marts show the tenant that it is compared with.
    case when scope_type = 'tenant' then {{ shown_id('scope_value') }} else scope_value end as scope_value,
    started_on,
    spike_class,
    owner,
    channel,
    containment,
    driver_endpoint_tag,
    {{ shown_id('driver_tenant_id') }} as driver_tenant_id,
    driver_prompt_version,
    ended_on as closed_on,
    guardrail_id,
    case when ended_on is null then 'open' else 'closed' end as state,
    cast({{ days_between('started_on', 'coalesce(ended_on, today)') }} as int) as days_open
from begun
