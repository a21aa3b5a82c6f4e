-- grain: one row a UTC date and combination of case attributes, of the days of the run's months
{%- set handled = {
    'handled_tickets': 'true',
    'tickets_with_baseline': 'baseline_escalation_rate is not null',
    'observed_escalations': 'baseline_escalation_rate is not null and is_transferred',
    'unknown_minutes_tickets': 'is_resolved and is_minutes_saved_unknown',
} %}

with events as (

    select * from {{ ref('int_case_events') }}

),

intents as (

    select * from {{ ref('stg_reference__intents') }}

),

measured as (

    select
        events.*,
        events.tenant_id as tenant,
        -- A case counts once a period: on the first of its dates with spend in it.
        {%- for period_grain in period_grains() %}
        events.event = 'spend'
        and events.is_handled
        and coalesce(
            {{ period_start(period_grain, 'events.previous_event_date') }}
            < {{ period_start(period_grain, 'events.event_date') }}, true
        ) as is_handled_first_in_{{ period_grain }},
        {%- endfor %}
        -- The bot avoids nothing where it did not reply. A case of which no transfer is known, nor that there was none,
        -- can neither beat the baseline nor miss it.
        case
            when events.has_bot_reply and events.is_transferred is not null then intents.baseline_escalation_rate
        end as baseline_escalation_rate,
        case
            when events.automation_class = 'fully_automated' then intents.human_handle_minutes
            when events.automation_class = 'partially_automated'
                then greatest(intents.human_handle_minutes - events.handle_minutes, 0)
        end as spared_minutes,
        events.automation_class = 'partially_automated' and events.handle_minutes is null as is_minutes_saved_unknown
    from events
    left join intents on events.intent = intents.intent

)

select
    event_date,
    {%- for segment in case_segments() %}
    coalesce({{ segment }}, 'unknown') as {{ segment }},
    {%- endfor %}
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    {{ sum_usd('cost_usd') }} as cost_usd,
    {%- for period_grain in period_grains() %}
    {%- for measure, condition in handled.items() %}
    count(*) filter (where is_handled_first_in_{{ period_grain }} and {{ condition }})
        as {{ measure }}_by_{{ period_grain }},
    {%- endfor %}
    cast(
        sum(case when is_handled_first_in_{{ period_grain }} then baseline_escalation_rate end) as decimal(28, 6)
    ) as expected_escalations_by_{{ period_grain }},
    cast(sum(
        case when is_handled_first_in_{{ period_grain }} and is_resolved then spared_minutes end
    ) as decimal(28, 6)) as minutes_saved_by_{{ period_grain }},
    cast(sum(
        case
            when
                is_handled_first_in_{{ period_grain }}
                and outcome in ({{ quoted_words(open_outcomes() + ['negative']) }})
                then spared_minutes
        end
    ) as decimal(28, 6)) as minutes_at_stake_by_{{ period_grain }},
    {%- endfor %}
    count(*) filter (where event = 'resolution') as resolved_tickets,
    count(*) filter (where event = 'resolution' and is_deflected) as deflected_tickets,
    count(*) filter (where event = 'resolution' and is_deflected is null) as unknown_deflections,
    {{ sum_usd("case when event = 'resolution' then lifetime_cost_usd end") }} as cost_to_resolve_usd,
    count(*) filter (where event = 'opening' and is_handled) as cohort_tickets,
    cast(sum(case when event = 'opening' then lifetime_attempts else 0 end) as bigint) as cohort_attempts,
    {{ sum_usd("case when event = 'opening' then lifetime_cost_usd end") }} as cohort_cost_usd,
    count(*) filter (where event = 'opening' and is_handled and is_resolved) as cohort_resolved_tickets
from measured
group by all
