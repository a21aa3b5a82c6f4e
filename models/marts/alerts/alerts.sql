-- grain: one row an alert: an episode that opens or gets worse, by what was known at the end of the UTC day
with alerts as (

    select * from {{ ref('int_alerts_told') }}

),

drivers as (

    select * from {{ ref('int_alert_drivers') }}

),

rules as (

    select * from {{ ref('stg_reference__alert_rules') }}

),

endpoints as (

    select * from {{ ref('dim_endpoints') }}

),

use_cases as (

    select * from {{ ref('stg_reference__use_cases') }}

),

budgets as (

    select distinct
        budget_id,
        period_start,
        owner
    from {{ ref('int_budget_calendar') }}

),

described as (

    select
        alerts.*,
        coalesce(alerts.endpoint_tag, drivers.endpoint_tag) as driving_endpoint_tag,
        coalesce(alerts.prompt_version, drivers.prompt_version) as driving_prompt_version,
        case when alerts.scope_type = 'tenant' then alerts.scope_value else drivers.tenant_id end as driving_tenant_id,
        drivers.model,
        {{ alert_class() }} as spike_class
    from alerts
    left join drivers on alerts.alert_id = drivers.alert_id

)

select
    alerts.alert_id,
    alerts.episode_id,
    alerts.change,
    alerts.alert_kind,
    alerts.severity,
    alerts.evaluated_on as opened_on,
    cast(alerts.evaluated_on + interval '1' day as timestamp) as opened_at,
    alerts.scope_type,
    alerts.scope_value,
    case when alerts.scope_type = 'use_case' then alerts.scope_value else endpoints.use_case end as use_case,
    alerts.driving_endpoint_tag as endpoint_tag,
    alerts.driving_prompt_version as prompt_version,
    alerts.driving_tenant_id as driver_tenant_id,
    alerts.model,
    alerts.spike_class,
    alerts.budget_id,
    alerts.metric,
    alerts.value,
    alerts.baseline,
    alerts.threshold,
    alerts.standard_errors,
    cast(alerts.window_days as int) as window_days,
    alerts.calls,
    cast(alerts.extra_usd as {{ type_usd_sum() }}) as impact_usd,
    {{ alert_evidence() }} as evidence,
    coalesce(budgets.owner, endpoints.owner, use_cases.owner, rules.owner) as owner,
    -- Who is asked next of a tenant's budget nobody but the kind says.
    coalesce(
        case when budgets.owner is null or alerts.scope_type = 'endpoint' then endpoints.escalation_path end,
        use_cases.escalation_path,
        rules.escalation_path
    ) as escalation_path,
    concat('docs/runbooks/', alerts.alert_kind, '.md') as runbook,
    alerts.suppressed_by
from described as alerts
inner join rules on alerts.alert_kind = rules.alert_kind
left join endpoints on alerts.driving_endpoint_tag = endpoints.endpoint_tag
left join use_cases
    on
        alerts.scope_type = 'use_case'
        and alerts.scope_value = use_cases.use_case
left join budgets
    on
        alerts.budget_id = budgets.budget_id
        and alerts.budget_period_start = budgets.period_start
