"""The SQL from priced attempts to the named tables, as both DuckDB and Spark understand it."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.reference import Definition

GRAINS = ("day", "week", "month")
SEGMENTS = ("tenant", "intent", "queue", "channel", "automation_class", "project")
USD_SUM = "decimal(28, 12)"

# What is decided about an attempt, and what follows from it: the columns that every engine keeps.
# One that has views need not write the second part.
DECIDED = (
    "request_id, attempt_index, attempt_number, is_fallback, is_final, occurred_at, request_date,"
    " ingested_at, provider, model, priced_model, model_tier, service_tier, endpoint_tag,"
    " case when endpoint_tag_as_sent <> endpoint_tag then endpoint_tag_as_sent end"
    " as endpoint_tag_alias, use_case, stage, prompt_version, user_id, tenant_id, workflow_id,"
    " workflow_kind, ticket_id,"
    " case when workflow_kind <> 'conversation' then conversation_id end as other_conversation_id,"
    " queue, intent, input_tokens, cached_input_tokens, cache_write_tokens, output_tokens,"
    " reasoning_tokens, total_tokens, max_output_tokens, tool_output_tokens, usage_source,"
    " latency_ms, status, status_as_sent, error_code, data_mode, environment, is_reportable,"
    " turn_index, tool_name, tool_input_hash, retrieval_config, retrieval_top_k, retrieved_chunks,"
    " retrieval_hit, priced_cost_usd, reported_cost_usd"
)
FOLLOWING = (
    "attempt_index > 1 as is_retry, coalesce(endpoint_tag_alias, endpoint_tag) as"
    " endpoint_tag_as_sent, case when workflow_kind = 'conversation' then workflow_id"
    " else other_conversation_id end as conversation_id,"
    " coalesce(reported_cost_usd, priced_cost_usd) as cost_usd,"
    " case when reported_cost_usd is not null then 'reported'"
    " when priced_cost_usd is not null then 'priced' else 'unpriced' end as cost_source,"
    " case when is_final and status = 'success' then cast(0 as decimal(18, 12))"
    " else coalesce(reported_cost_usd, priced_cost_usd) end as waste_cost_usd"
)
GOOD = ("success", "ok", "completed", "stop")
BAD = ("error", "failed", "timeout", "rate_limited", "cancelled")
PRODUCTION = ("prod", "production")
STATUS = (
    f"case when status_as_sent in {GOOD} then 'success'"
    f" when status_as_sent in {BAD} then 'error' else 'unknown' end"
)
REPORTABLE = f"coalesce(data_mode = 'real' and environment in {PRODUCTION}, false)"
_PLAIN_INPUT = (
    "greatest(coalesce(input_tokens, 0) - coalesce(cached_input_tokens, 0)"
    " - coalesce(cache_write_tokens, 0), 0)"
)


def bucket(tokens: str, price: str) -> str:
    return f"case when {tokens} = 0 then 0 else {tokens} * {price} end"


# Whole pico-dollars: exact.
PRICED_PICO_USD = (
    "case when coalesce(input_tokens, cached_input_tokens, cache_write_tokens, output_tokens)"
    " is not null then "
    + " + ".join(
        [
            bucket(_PLAIN_INPUT, "input_pico_usd"),
            bucket("coalesce(cached_input_tokens, 0)", "cached_input_pico_usd"),
            bucket("coalesce(cache_write_tokens, 0)", "cache_write_pico_usd"),
            bucket("coalesce(output_tokens, 0)", "output_pico_usd"),
        ]
    )
    + " end"
)


@dataclass(frozen=True)
class Dialect:
    """What the two engines spell differently in these statements."""

    order_of_attempts: str  # unique, so that the first attempt of a workflow is one attempt
    excluding: str  # the word between an asterisk and the columns that it leaves out
    usd_per: str  # an exact quotient of {cost} and {units}, rounded half away from zero


def attempts(dialect: Dialect, request_hash: str) -> str:
    """Priced attempts; only requests that were delivered more than once are ranked and ordered."""
    return f"""
with ranked as (
    select llm_requests.*
    from llm_requests
    inner join repeated on {request_hash} = request_hash
    qualify row_number() over (
        partition by external_request_id, attempt_number order by ingested_at desc
    ) = 1
), ordered as (
    select *, 1 as attempt_index, true as is_final, false as is_fallback
    from llm_requests
    anti join repeated on {request_hash} = request_hash
    union all
    select
        *,
        cast(row_number() over request_order as int) as attempt_index,
        row_number() over request_order = count(*) over (partition by external_request_id)
            as is_final,
        provider <> first_value(provider) over request_order
            or model <> first_value(model) over request_order as is_fallback
    from ranked
    window request_order as (
        partition by external_request_id order by occurred_at, attempt_number
        rows between unbounded preceding and current row
    )
), resolved as (
    select
        ordered.* {dialect.excluding} (endpoint_tag, stage, tenant_id, workflow_id, status),
        external_request_id as request_id,
        cast(occurred_at as date) as request_date,
        priced_model,
        model_tier,
        coalesce(canonical_tag, endpoint_tag) as endpoint_tag,
        endpoint_tag as endpoint_tag_as_sent,
        taxonomy.use_case,
        coalesce(ordered.stage, taxonomy.stage) as stage,
        coalesce(ordered.tenant_id, tenant_users.tenant_id) as tenant_id,
        coalesce(ticket_id, conversation_id, workflow_id) as workflow_id,
        case
            when ticket_id is not null then 'ticket'
            when conversation_id is not null then 'conversation'
            when workflow_id is not null then 'workflow'
        end as workflow_kind,
        ordered.status as status_as_sent,
        {STATUS.replace("status_as_sent", "ordered.status")} as status,
        {REPORTABLE} as is_reportable,
        cast(cast({PRICED_PICO_USD} as decimal(19, 0))
            * cast(0.000000000001 as decimal(13, 12)) as decimal(18, 12)) as priced_cost_usd
    from ordered
    left join prices
        on ordered.provider = prices.provider
        and ordered.model = prices.model
        and cast(occurred_at as date) >= valid_from
        and cast(occurred_at as date) < valid_until
        and coalesce(input_tokens, 0) > over_input_tokens
        and coalesce(input_tokens, 0) <= up_to_input_tokens
    left join endpoint_taxonomy as taxonomy on endpoint_tag = tag
    left join tenant_users on ordered.user_id = tenant_users.user_id
    left join model_tiers
        on ordered.provider = model_tiers.provider and priced_model = model_tiers.model
)
select {DECIDED} from resolved
"""


def facts(dialect: Dialect) -> str:
    """Attempts with every column."""
    written = f"{dialect.excluding} (endpoint_tag_alias, other_conversation_id)"
    return f"select * {written}, {FOLLOWING} from attempts"


def hours(count: int) -> str:
    return f"interval '{count}' hour"


def statements(dialect: Dialect, rule: Definition) -> list[tuple[str, str]]:
    """Name and query of every table after fct_attempts, in the order of their dependence."""
    return [
        ("workflows_costed", _workflows(dialect)),
        ("tickets_judged", _tickets(rule)),
        ("fct_tickets", _cases()),
        ("fct_workflows", _fct_workflows()),
        ("case_periods", _case_periods()),
        ("unit_economics", _unit_economics()),
        ("cost_per_resolved_ticket", _per_resolved(dialect, rule)),
        ("cost_per_deflection", _per_deflection(dialect)),
        ("tenant_periods", _tenant_periods()),
        ("tenant_share", _tenant_share()),
        ("tenant_concentration", _tenant_concentration()),
        ("prompt_version_units", _prompt_units(dialect, rule)),
        ("prompt_version_ratios", _prompt_ratios()),
    ]


def first(column: str, dialect: Dialect) -> str:
    return f"min_by({column}, {dialect.order_of_attempts}) filter (where {column} is not null)"


def _workflows(dialect: Dialect) -> str:
    return f"""
select
    workflow_id,
    case
        when bool_or(workflow_kind = 'ticket') then 'ticket'
        when bool_or(workflow_kind = 'conversation') then 'conversation'
        else 'workflow'
    end as workflow_kind,
    case when bool_or(workflow_kind = 'ticket') then 'support' else {first("use_case", dialect)}
    end as use_case,
    {first("tenant_id", dialect)} as tenant_id,
    {first("queue", dialect)} as queue,
    {first("intent", dialect)} as intent,
    {first("prompt_version", dialect)} as first_prompt_version,
    min(occurred_at) as started_at,
    max(occurred_at) as last_attempt_at,
    count(*) filter (where not is_retry) as requests,
    count(*) as attempts,
    count(*) filter (where is_retry) as retries,
    cast(sum(input_tokens) as bigint) as input_tokens,
    cast(sum(output_tokens) as bigint) as output_tokens,
    cast(sum(cost_usd) as {USD_SUM}) as cost_usd,
    cast(sum(waste_cost_usd) as {USD_SUM}) as waste_cost_usd,
    count(*) - count(cost_usd) as unpriced_attempts
from fct_attempts
where is_reportable and workflow_id is not null
group by workflow_id
"""


def _tickets(rule: Definition) -> str:
    closed = "status = 'closed'" if rule.require_closed else "status in ('closed', 'solved')"
    human = " or coalesce(human_public_replies > 0, false)" * rule.human_reply_disqualifies
    silence = "bot_public_replies > 0" if rule.accept_assumed else "false"
    return f"""
with newest as (
    select * from tickets
    qualify row_number() over (partition by ticket_id order by updated_at desc nulls last) = 1
), facts as (
    select
        newest.*,
        clock.as_of,
        coalesce({closed}, false) as is_closed,
        escalated_at is not null or human_requested_at is not null{human} as is_escalated,
        last_customer_message_at + {hours(rule.inactivity_hours)} as inactive_at,
        coalesce(
            last_reopened_at > last_resolved_at
            and last_reopened_at <= last_resolved_at + {hours(rule.reopen_window_hours)}, false
        ) as was_reopened_in_window
    from newest
    cross join (select max(occurred_at) as as_of from fct_attempts) as clock
), judged as (
    select *, case
        when coalesce(is_spam, false) or coalesce(is_test, false) then 'excluded'
        when is_escalated then 'escalated'
        when was_reopened_in_window and not is_closed then 'reopened'
        when csat <= {rule.negative_csat_max} then 'negative'
        when (is_closed or inactive_at <= as_of)
            and (coalesce(customer_confirmed, false) or csat in (4, 5))
            then 'resolved_confirmed'
        when is_closed then 'resolved_assumed'
        when {silence} and inactive_at <= as_of then 'resolved_assumed'
        when bot_public_replies = 0 and inactive_at <= as_of then 'abandoned'
        else 'pending'
    end as outcome
    from facts
), dated as (
    select
        *,
        outcome in ('resolved_confirmed', 'resolved_assumed') as is_resolved,
        case when outcome in ('resolved_confirmed', 'resolved_assumed')
            then least(
                coalesce(last_resolved_at, closed_at),
                case when inactive_at <= as_of then inactive_at end
            ) end as resolved_at
    from judged
)
select
    ticket_id, tenant_id, channel, queue, intent, project, status, opened_at, resolved_at, outcome,
    is_resolved, is_escalated, bot_public_replies, human_public_replies, csat,
    cast(handle_minutes as decimal(18, 6)) as handle_minutes,
    case when is_resolved then human_public_replies = 0 and bot_public_replies > 0 else false end
        as is_deflected,
    coalesce(is_resolved and as_of > resolved_at + {hours(rule.reopen_window_hours)}, false)
        as is_mature
from dated
"""


def _cases() -> str:
    return f"""
with cases as (
    select
        coalesce(tickets_judged.ticket_id, workflows_costed.workflow_id) as ticket_id,
        tickets_judged.ticket_id is not null as is_in_helpdesk,
        coalesce(tickets_judged.tenant_id, workflows_costed.tenant_id) as tenant_id,
        channel,
        coalesce(tickets_judged.queue, workflows_costed.queue) as queue,
        coalesce(tickets_judged.intent, workflows_costed.intent) as intent,
        project,
        status,
        coalesce(opened_at, started_at) as opened_at,
        resolved_at,
        coalesce(outcome, 'unknown') as outcome,
        coalesce(is_resolved, false) as is_resolved,
        case when tickets_judged.ticket_id is null then false else is_deflected end as is_deflected,
        is_escalated,
        coalesce(is_mature, false) as is_mature,
        bot_public_replies,
        human_public_replies,
        csat,
        handle_minutes,
        case when coalesce(attempts, 0) = 0 then cast(0 as {USD_SUM}) else cost_usd end as cost_usd,
        coalesce(requests, 0) as requests,
        coalesce(attempts, 0) as attempts,
        coalesce(retries, 0) as retries,
        coalesce(unpriced_attempts, 0) as unpriced_attempts,
        first_prompt_version
    from tickets_judged
    full outer join workflows_costed on tickets_judged.ticket_id = workflows_costed.workflow_id
    where tickets_judged.ticket_id is not null or use_case = 'support'
)
select
    *,
    attempts > 0 and outcome <> 'excluded' as is_handled,
    case
        when not is_in_helpdesk then 'unknown'
        when attempts = 0 then 'human_only'
        when bot_public_replies is null or human_public_replies is null then 'unknown'
        when bot_public_replies > 0 and human_public_replies = 0 and not is_escalated
            then 'fully_automated'
        when bot_public_replies > 0 then 'partially_automated'
        else 'agent_assisted'
    end as automation_class
from cases
"""


def _fct_workflows() -> str:
    return """
with outcomes as (
    select * from workflow_outcomes
    qualify row_number() over (partition by workflow_id order by completed_at desc nulls last) = 1
)
select
    workflows_costed.workflow_id,
    workflow_kind,
    case when fct_tickets.ticket_id is not null then 'support'
        else coalesce(workflows_costed.use_case, outcomes.use_case) end as use_case,
    coalesce(fct_tickets.tenant_id, outcomes.tenant_id, workflows_costed.tenant_id) as tenant_id,
    coalesce(fct_tickets.intent, workflows_costed.intent) as intent,
    workflows_costed.started_at,
    last_attempt_at,
    coalesce(fct_tickets.outcome, outcomes.outcome, 'unknown') as outcome,
    case
        when fct_tickets.outcome = 'unknown' then null
        when fct_tickets.ticket_id is not null then fct_tickets.is_resolved
        else outcomes.is_success
    end as is_success,
    case
        when fct_tickets.ticket_id is null
            then outcomes.completed_at is not null and outcomes.is_success is not null
        when fct_tickets.is_resolved then fct_tickets.is_mature
        else fct_tickets.outcome not in ('pending', 'reopened', 'unknown')
    end as has_final_outcome,
    completed_at,
    value_usd,
    workflows_costed.requests,
    workflows_costed.attempts,
    workflows_costed.retries,
    input_tokens,
    output_tokens,
    workflows_costed.cost_usd,
    waste_cost_usd,
    workflows_costed.unpriced_attempts,
    workflows_costed.first_prompt_version
from workflows_costed
left join fct_tickets on workflows_costed.workflow_id = fct_tickets.ticket_id
left join outcomes on workflows_costed.workflow_id = outcomes.workflow_id
"""


def _case_periods() -> str:
    periods = "\nunion all\n".join(
        f"""
select
    '{grain}' as period_grain,
    cast(date_trunc('{grain}', event_date) as date) as period_start,
    ticket_id,
    sum(attempts) as attempts,
    sum(unpriced_attempts) as unpriced_attempts,
    cast(sum(cost_usd) as {USD_SUM}) as cost_usd,
    max(is_resolution) as is_resolution,
    max(is_opening) as is_opening
from events
group by cast(date_trunc('{grain}', event_date) as date), ticket_id
"""
        for grain in GRAINS
    )
    nothing = f"0 as attempts, 0 as unpriced_attempts, cast(null as {USD_SUM}) as cost_usd"
    return f"""
with spend as (
    select
        workflow_id as ticket_id,
        request_date as event_date,
        count(*) as attempts,
        count(*) - count(cost_usd) as unpriced_attempts,
        cast(sum(cost_usd) as {USD_SUM}) as cost_usd
    from fct_attempts
    where is_reportable and workflow_id is not null
    group by workflow_id, request_date
), events as (
    select spend.*, 0 as is_resolution, 0 as is_opening
    from spend
    semi join fct_tickets on spend.ticket_id = fct_tickets.ticket_id

    union all

    select ticket_id, cast(resolved_at as date) as event_date, {nothing}, 1, 0
    from fct_tickets
    where is_handled and is_resolved and resolved_at is not null

    union all

    select ticket_id, cast(opened_at as date) as event_date, {nothing}, 0, 1
    from fct_tickets
    where opened_at is not null and attempts > 0
)
{periods}
"""


def _unit_economics() -> str:
    segment_type = " ".join(
        f"when grouping({segment}) = 0 then '{segment}'" for segment in SEGMENTS
    )
    segment_value = " ".join(f"when grouping({name}) = 0 then {name}" for name in SEGMENTS)
    sets = ", ".join(f"(period_grain, period_start, {segment})" for segment in SEGMENTS)
    unattributed = "\nunion all\n".join(
        f"""
select
    '{grain}', cast(date_trunc('{grain}', request_date) as date),
    coalesce(tenant_id, 'unknown'), coalesce(intent, 'unknown'), coalesce(queue, 'unknown'),
    'unknown', 'unknown', 'unknown',
    0, 0, null, false, false, false, false, false, null, null, 0, null, null, null, false,
    1, cost_usd
from fct_attempts
where is_reportable and workflow_id is null and use_case = 'support'
"""
        for grain in GRAINS
    )
    return f"""
with measured as (
    select
        period_grain,
        period_start,
        coalesce(fct_tickets.tenant_id, 'unknown') as tenant,
        coalesce(fct_tickets.intent, 'unknown') as intent,
        coalesce(queue, 'unknown') as queue,
        coalesce(channel, 'unknown') as channel,
        coalesce(automation_class, 'unknown') as automation_class,
        coalesce(project, 'unknown') as project,
        case_periods.attempts,
        case_periods.unpriced_attempts,
        case_periods.cost_usd,
        is_handled and case_periods.attempts > 0 as is_handled_in_period,
        is_resolution = 1 as is_resolved_in_period,
        is_opening = 1 as is_opened_in_period,
        is_handled,
        is_resolved,
        is_deflected,
        fct_tickets.cost_usd as lifetime_cost_usd,
        fct_tickets.attempts as lifetime_attempts,
        is_escalated,
        case when is_escalated is not null then baseline_escalation_rate end as baseline_rate,
        case
            when automation_class = 'fully_automated' then human_handle_minutes
            when automation_class = 'partially_automated'
                then greatest(human_handle_minutes - handle_minutes, 0)
        end as minutes_saved,
        automation_class = 'partially_automated'
            and handle_minutes is null as is_minutes_saved_unknown,
        0 as unattributed_attempts,
        cast(null as decimal(18, 12)) as unattributed_cost_usd
    from case_periods
    inner join fct_tickets on case_periods.ticket_id = fct_tickets.ticket_id
    left join intents on fct_tickets.intent = intents.intent

    union all
    {unattributed}
)
select
    period_grain,
    period_start,
    case {segment_type} else 'all' end as segment_type,
    case {segment_value} else 'all' end as segment_value,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    count(*) filter (where is_handled_in_period) as handled_tickets,
    count(*) filter (where is_resolved_in_period) as resolved_tickets,
    count(*) filter (where is_resolved_in_period and is_deflected) as deflected_tickets,
    count(*) filter (where is_resolved_in_period and is_deflected is null) as unknown_deflections,
    count(*) filter (where is_handled_in_period and baseline_rate is not null)
        as tickets_with_baseline,
    count(*) filter (where is_handled_in_period and baseline_rate is not null and is_escalated)
        as observed_escalations,
    count(*) filter (where is_handled_in_period and is_resolved and is_minutes_saved_unknown)
        as unknown_minutes_tickets,
    count(*) filter (where is_opened_in_period and is_handled) as cohort_tickets,
    count(*) filter (where is_opened_in_period and is_handled and is_resolved)
        as cohort_resolved_tickets,
    cast(sum(unattributed_attempts) as bigint) as unattributed_attempts,
    cast(sum(case when is_opened_in_period then lifetime_attempts end) as bigint)
        as cohort_attempts,
    cast(sum(cost_usd) as {USD_SUM}) as cost_usd,
    cast(sum(case when is_resolved_in_period then lifetime_cost_usd end) as {USD_SUM})
        as cost_to_resolve_usd,
    cast(sum(case when is_opened_in_period then lifetime_cost_usd end) as {USD_SUM})
        as cohort_cost_usd,
    cast(sum(unattributed_cost_usd) as {USD_SUM}) as unattributed_cost_usd,
    cast(sum(case when is_handled_in_period then baseline_rate end) as decimal(28, 6))
        as expected_escalations,
    cast(sum(
        case when is_handled_in_period and is_resolved then minutes_saved end
    ) as decimal(28, 6))
        as minutes_saved
from measured
group by grouping sets ((period_grain, period_start), {sets})
"""


def _known(cost: str, attempts: str) -> str:
    return f"case when coalesce({attempts}, 0) = 0 then cast(0 as {USD_SUM}) else {cost} end"


def _per_resolved(dialect: Dialect, rule: Definition) -> str:
    def per(cost: str, units: str) -> str:
        return dialect.usd_per.format(cost=cost, units=units)

    maturity = hours(rule.maturity_hours)
    return f"""
with measured as (
    select
        *,
        {_known("cost_usd", "attempts")} as ticket_usd,
        {_known("unattributed_cost_usd", "unattributed_attempts")} as unattributed_usd,
        {_known("cohort_cost_usd", "cohort_attempts")} as cohort_usd,
        {_known("cost_to_resolve_usd", "resolved_tickets")} as resolve_usd,
        coalesce(as_of >= cast(case period_grain
            when 'day' then period_start + interval '1' day
            when 'week' then period_start + interval '7' day
            else period_start + interval '1' month
        end as timestamp) + {maturity}, false) as cohort_is_mature
    from unit_economics
    cross join (select max(occurred_at) as as_of from fct_attempts) as clock
)
select
    period_grain, period_start, segment_type, segment_value,
    '{rule.name}' as outcome_definition,
    ticket_usd as ticket_cost_usd,
    unattributed_usd as unattributed_cost_usd,
    handled_tickets,
    resolved_tickets,
    {per("ticket_usd", "handled_tickets")} as cost_per_handled_usd,
    {per("ticket_usd", "resolved_tickets")} as cost_per_resolved_usd,
    {per("(ticket_usd + coalesce(unattributed_usd, 0))", "resolved_tickets")}
        as cost_per_resolved_fully_loaded_usd,
    resolve_usd as cost_to_resolve_usd,
    {per("resolve_usd", "resolved_tickets")} as cost_to_resolve_per_resolved_usd,
    cohort_tickets,
    cohort_usd as cohort_cost_usd,
    cohort_resolved_tickets,
    cohort_is_mature,
    case when cohort_is_mature then {per("cohort_usd", "cohort_resolved_tickets")} end
        as cohort_cost_per_resolved_usd,
    unpriced_attempts
from measured
"""


def _per_deflection(dialect: Dialect) -> str:
    cost = _known("cost_usd", "attempts")
    return f"""
with measured as (
    select
        *,
        {cost} as ticket_cost,
        case when expected_escalations > observed_escalations
            then expected_escalations - observed_escalations end as escalations_avoided
    from unit_economics
)
select
    period_grain, period_start, segment_type, segment_value,
    ticket_cost as ticket_cost_usd,
    handled_tickets,
    resolved_tickets,
    deflected_tickets,
    unknown_deflections,
    {dialect.usd_per.format(cost="ticket_cost", units="deflected_tickets")}
        as cost_per_deflection_usd,
    tickets_with_baseline,
    coalesce(expected_escalations, 0) as expected_escalations,
    observed_escalations,
    cast(escalations_avoided as decimal(28, 6)) as escalations_avoided,
    cast(cast(ticket_cost as double) / cast(escalations_avoided as double) as decimal(28, 12))
        as cost_per_escalation_avoided_usd,
    coalesce(minutes_saved, 0) as minutes_saved,
    unknown_minutes_tickets,
    unpriced_attempts
from measured
"""


def _tenant_periods() -> str:
    return (
        "with days as ("
        + f"""
    select
        request_date,
        coalesce(tenant_id, 'unknown') as tenant_id,
        count(*) as attempts,
        count(*) - count(cost_usd) as unpriced_attempts,
        cast(sum(cost_usd) as {USD_SUM}) as cost_usd
    from fct_attempts
    where is_reportable
    group by request_date, coalesce(tenant_id, 'unknown')
), periods as (
"""
        + "\nunion all\n".join(
            f"""
select
    '{grain}' as period_grain,
    cast(date_trunc('{grain}', request_date) as date) as period_start,
    tenant_id,
    cast(sum(attempts) as bigint) as attempts,
    cast(sum(unpriced_attempts) as bigint) as unpriced_attempts,
    cast(sum(cost_usd) as {USD_SUM}) as cost_usd
from days
group by cast(date_trunc('{grain}', request_date) as date), tenant_id
"""
            for grain in GRAINS
        )
        + f""")
select
    *,
    row_number() over by_spend as spend_rank,
    row_number() over (
        partition by period_grain, period_start order by cost_usd asc nulls last, tenant_id desc
    ) as rank_from_smallest,
    cast(sum(cost_usd) over (partition by period_grain, period_start) as {USD_SUM})
        as total_cost_usd,
    cast(sum(cost_usd) over by_spend as {USD_SUM}) as cumulative_cost_usd
from periods
window by_spend as (
    partition by period_grain, period_start order by coalesce(cost_usd, 0) desc, tenant_id
    rows between unbounded preceding and current row
)
"""
    )


def _tenant_share() -> str:
    return """
select
    period_grain, period_start, tenant_periods.tenant_id, tenant_name, cost_usd,
    cast(cost_usd as double) / nullif(cast(total_cost_usd as double), 0) as spend_share,
    spend_rank,
    cast(cumulative_cost_usd as double) / nullif(cast(total_cost_usd as double), 0)
        as cumulative_share,
    attempts,
    unpriced_attempts
from tenant_periods
left join tenants on tenant_periods.tenant_id = tenants.tenant_id
"""


def _tenant_concentration() -> str:
    return """
with summed as (
    select
        period_grain,
        period_start,
        count(*) as tenants,
        count(cost_usd) as costed,
        max(total_cost_usd) as cost_usd,
        cast(max(total_cost_usd) as double) as total,
        sum(case when spend_rank = 1 then cast(cost_usd as double) end) as top_1,
        sum(case when spend_rank <= 5 then cast(cost_usd as double) end) as top_5,
        sum(cast(cost_usd as double) * cast(cost_usd as double)) as squared,
        sum(rank_from_smallest * cast(cost_usd as double)) as ranked
    from tenant_periods
    group by period_grain, period_start
)
select
    period_grain, period_start, tenants, cost_usd,
    top_1 / nullif(total, 0) as top_1_share,
    top_5 / nullif(total, 0) as top_5_share,
    squared / nullif(total * total, 0) as hhi,
    total * total / nullif(squared, 0) as effective_tenants,
    2 * ranked / nullif(costed * total, 0) - (costed + 1) / nullif(cast(costed as double), 0)
        as gini
from summed
"""


def _prompt_units(dialect: Dialect, rule: Definition) -> str:
    ended, matured = hours(rule.inactivity_hours), hours(rule.maturity_hours)
    return f"""
with units as (
    select
        workflow_id,
        endpoint_tag,
        {first("prompt_version", dialect)} as prompt_version,
        min(case when prompt_version is not null then occurred_at end) as first_met_at,
        coalesce(min(prompt_version) <> max(prompt_version), false) as met_several,
        count(*) filter (where not is_retry) as requests,
        cast(sum(case when coalesce(input_tokens, output_tokens) is not null
            then coalesce(input_tokens, 0) + coalesce(output_tokens, 0) end) as bigint) as tokens,
        case when count(*) = count(cost_usd) then cast(sum(cost_usd) as {USD_SUM}) end as cost_usd
    from fct_attempts
    where is_reportable and workflow_id is not null and endpoint_tag is not null
    group by workflow_id, endpoint_tag
)
select
    units.*,
    coalesce(intent, 'unknown') as intent,
    case when is_success then 1 else 0 end as resolved,
    -- A unit too young to have ended well says nothing yet: what ends early mostly ends badly.
    first_met_at + {ended} < as_of as has_had_time_to_end,
    has_final_outcome and first_met_at + {matured} < as_of as is_settled
from units
cross join (select max(occurred_at) as as_of from fct_attempts) as clock
inner join fct_workflows on units.workflow_id = fct_workflows.workflow_id
where prompt_version is not null
"""


# Metric, numerator, denominator (None: the units), and the flag of units that count (None: all of
# them). A unit of unknown numerator never counts.
METRICS = (
    ("cost_per_request", "cost_usd", "requests", None),
    ("tokens_per_request", "tokens", "requests", None),
    ("cost_per_case", "cost_usd", None, "has_had_time_to_end"),
    ("cost_per_resolved", "cost_usd", "resolved", "is_settled"),
)


def _prompt_ratios() -> str:
    metrics = "\nunion all\n".join(
        f"""
select
    endpoint_tag, prompt_version, '{name}' as metric, arm,
    count(*) as units,
    cast(sum({top}) as double) / nullif(cast(sum({bottom or 1}) as double), 0) as ratio
from arms
where {top} is not null and {flag or "true"}
group by endpoint_tag, prompt_version, arm
"""
        for name, top, bottom, flag in METRICS
    )
    return f"""
with seen as (
    select endpoint_tag, prompt_version, min(occurred_at) as first_seen_at
    from fct_attempts
    where is_reportable and endpoint_tag is not null and prompt_version is not null
    group by endpoint_tag, prompt_version
), dated as (
    select
        coalesce(prompt_releases.endpoint_tag, seen.endpoint_tag) as endpoint_tag,
        coalesce(prompt_releases.prompt_version, seen.prompt_version) as prompt_version,
        coalesce(released_at, first_seen_at) as released_at,
        baseline_version as declared_baseline
    from prompt_releases
    full outer join seen
        on prompt_releases.endpoint_tag = seen.endpoint_tag
        and prompt_releases.prompt_version = seen.prompt_version
), releases as (
    select *, coalesce(declared_baseline, lag(prompt_version) over (
        partition by endpoint_tag order by released_at, prompt_version
    )) as baseline_version
    from dated
), arms as (
    select
        releases.endpoint_tag,
        releases.prompt_version,
        case when units.prompt_version = releases.prompt_version then 'candidate'
            else 'baseline' end as arm,
        requests, tokens, cost_usd, resolved, has_had_time_to_end, is_settled
    from releases
    inner join prompt_version_units as units
        on releases.endpoint_tag = units.endpoint_tag
        and (
            (
                releases.prompt_version = units.prompt_version
                and released_at <= first_met_at
                and released_at + interval '28' day > first_met_at
            ) or (
                releases.baseline_version = units.prompt_version
                and released_at - interval '28' day <= first_met_at
                and released_at > first_met_at
            )
        )
)
{metrics}
"""
