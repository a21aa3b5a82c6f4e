-- grain: one row a period grain, period and combination of case attributes
with case_periods as (

    select * from {{ ref('int_case_periods') }}

),

cases as (

    select * from {{ ref('fct_tickets') }}

),

intents as (

    select * from {{ ref('stg_reference__intents') }}

),

measured as (

    select
        case_periods.period_grain,
        case_periods.period_start,
        cases.tenant_id as tenant,
        cases.queue,
        cases.channel,
        cases.project,
        cases.intent,
        cases.automation_class,
        case_periods.attempts,
        case_periods.unpriced_attempts,
        case_periods.cost_usd,
        cases.is_handled and case_periods.attempts > 0 as is_handled_in_period,
        case_periods.is_resolved_in_period,
        case_periods.is_opened_in_period,
        cases.is_handled,
        cases.is_resolved,
        cases.is_deflected,
        cases.is_escalated,
        cases.cost_usd as lifetime_cost_usd,
        cases.attempts as lifetime_attempts,
        -- A case whose escalation is not known can neither beat the baseline nor miss it.
        case when cases.is_escalated is not null then intents.baseline_escalation_rate end as baseline_escalation_rate,
        case
            when cases.automation_class = 'fully_automated' then intents.human_handle_minutes
            when cases.automation_class = 'partially_automated'
                then greatest(intents.human_handle_minutes - cases.handle_minutes, 0)
        end as minutes_saved,
        cases.automation_class = 'partially_automated'
        and intents.human_handle_minutes is not null
        and cases.handle_minutes is null as is_minutes_saved_unknown
    from case_periods
    inner join cases on case_periods.ticket_id = cases.ticket_id
    left join intents on cases.intent = intents.intent

)

select
    period_grain,
    period_start,
    {%- for segment in case_segments() %}
    coalesce({{ segment }}, 'unknown') as {{ segment }},
    {%- endfor %}
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    count(*) filter (where is_handled_in_period) as handled_tickets,
    count(*) filter (where is_resolved_in_period) as resolved_tickets,
    count(*) filter (where is_resolved_in_period and is_deflected) as deflected_tickets,
    count(*) filter (where is_resolved_in_period and is_deflected is null) as unknown_deflections,
    {{ sum_usd('case when is_resolved_in_period then lifetime_cost_usd end') }} as cost_to_resolve_usd,
    count(*) filter (where is_handled_in_period and baseline_escalation_rate is not null) as tickets_with_baseline,
    cast(
        sum(case when is_handled_in_period then baseline_escalation_rate end) as decimal(28, 6)
    ) as expected_escalations,
    count(*) filter (
        where is_handled_in_period and baseline_escalation_rate is not null and is_escalated
    ) as observed_escalations,
    cast(sum(case when is_handled_in_period then minutes_saved end) as decimal(28, 6)) as minutes_saved,
    count(*) filter (where is_handled_in_period and is_minutes_saved_unknown) as unknown_minutes_tickets,
    count(*) filter (where is_opened_in_period and is_handled) as cohort_tickets,
    cast(sum(case when is_opened_in_period then lifetime_attempts end) as bigint) as cohort_attempts,
    {{ sum_usd('case when is_opened_in_period then lifetime_cost_usd end') }} as cohort_cost_usd,
    count(*) filter (where is_opened_in_period and is_handled and is_resolved) as cohort_resolved_tickets
from measured
group by all
