"""All results from raw tables, reference CSVs and settings, with no warehouse."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pandas as pd

from .attempts import (
    Attempt,
    TextTieBreaker,
    TieBreaker,
    attempt_record,
    build_attempts,
    known_versions,
)
from .budgets import budget_records
from .cases import (
    build_workflows,
    current_tickets,
    current_workflow_outcomes,
    ticket_record,
    workflow_record,
)
from .coverage import checklist_records
from .fields import parse_time
from .health import health_records
from .raw import RawRow, RawTables, split_rejected
from .reference import load_reference
from .regression import regression_records
from .settings import Settings
from .tenants import tenant_records
from .unit_economics import bridge_records, build_cells, deflection_record, resolved_record


def _names(words: str) -> tuple[str, ...]:
    return tuple(words.split())


_PERIOD_KEYS = ("period_grain", "period_start")
_SEGMENT_KEYS = (*_PERIOD_KEYS, "segment_type", "segment_value")
COLUMNS: Final[dict[str, tuple[str, ...]]] = {
    "attempts": _names(
        """request_id attempt_index is_retry is_fallback is_final occurred_at request_date provider
        model model_tier service_tier endpoint_tag use_case stage prompt_version user_id
        tenant_id workflow_id ticket_id queue intent input_tokens cached_input_tokens
        cache_write_tokens output_tokens reasoning_tokens usage_source latency_ms status
        error_code data_mode environment is_reportable priced_cost_usd reported_cost_usd
        cost_usd cost_source waste_cost_usd"""
    ),
    "redeliveries": (
        "request_id",
        "occurred_at",
        "ingested_at",
        "has_conflict",
        "source_file",
        "source_line",
    ),
    "rejected_rows": ("raw_table", "source_file", "source_line", "reason", "detail"),
    "tickets": _names(
        """ticket_id tenant_id channel queue intent project opened_at resolved_at outcome
        outcome_definition is_handled is_resolved is_deflected is_escalated is_mature
        automation_class csat waiting_on returned_at return_outcome return_resolved_at cost_usd
        requests attempts retries first_prompt_version"""
    ),
    "workflows": _names(
        """workflow_id workflow_kind use_case tenant_id started_at outcome is_success flow
        outcome_definition primary_outcome requests attempts retries input_tokens output_tokens
        cost_usd unpriced_attempts"""
    ),
    "cost_per_resolved_ticket": (
        *_SEGMENT_KEYS,
        *_names(
            """ticket_cost_usd unattributed_cost_usd handled_tickets resolved_tickets
        cost_per_handled_usd cost_per_resolved_usd cost_per_resolved_fully_loaded_usd
        cost_to_resolve_usd cost_to_resolve_per_resolved_usd cohort_tickets
        cohort_cost_usd cohort_resolved_tickets cohort_is_mature
        cohort_cost_per_resolved_usd unpriced_attempts unattributed_unpriced_attempts"""
        ),
    ),
    "cost_per_deflection": (
        *_SEGMENT_KEYS,
        *_names(
            """deflected_tickets unknown_deflections cost_per_deflection_usd expected_escalations
        escalations_avoided cost_per_escalation_avoided_usd minutes_saved
        minutes_saved_per_handled minutes_at_stake unknown_minutes_tickets"""
        ),
    ),
    "tenant_share": (
        *_PERIOD_KEYS,
        *_names("tenant_id cost_usd spend_share spend_rank cumulative_share"),
    ),
    "tenant_concentration": (
        *_PERIOD_KEYS,
        *_names("tenants top_1_share top_5_share hhi effective_tenants gini"),
    ),
    # is_noise is the oracle's own: the standard error is so small that only rounding is left of it.
    "prompt_version_regression": _names(
        """endpoint_tag prompt_version baseline_version metric baseline_value value units
        baseline_units lift ci_low ci_high p_value q_value adjusted_lift adjusted_ci_low
        adjusted_ci_high adjusted_p_value mix_effect compared_share requests_per_case_effect
        tokens_per_request_effect price_per_token_effect resolved_share_effect main_driver
        units_without_tokens extra_usd verdict gate times_at_most is_noise"""
    ),
    "spend_bridge": (*_PERIOD_KEYS, "category", "cost_usd"),
    "budget_status": _names(
        """budget_id status_date period_start period_end state_now reason decided_by is_lower_bound
        attempts amount_usd actual_usd unpriced_attempts burn_1d burn_3d burn_7d forecast_method
        forecast_usd forecast_low_usd forecast_high_usd crossing_on crossing_earliest
        crossing_latest amount_tokens actual_tokens uncounted_attempts token_burn_1d
        token_burn_3d token_burn_7d forecast_tokens forecast_low_tokens forecast_high_tokens
        token_crossing_on token_crossing_earliest token_crossing_latest owner is_day_over
        state_as_known reason_as_known decided_by_as_known is_lower_bound_as_known
        actual_as_known_usd forecast_as_known_usd actual_as_known_tokens
        forecast_as_known_tokens"""
    ),
    "template_checklist": _names(
        """week_start is_complete use_case use_case_owner item attempts unpriced_attempts tokens
        cost_usd gap_attempts gap_unpriced_attempts gap_tokens gap_cost_usd gap_cost_at_mean_usd
        main_gap follows_from gap_rank gap_rank_in_use_case whole_attempt_share whole_cost_share
        whole_token_share whole_share whole_share_change_1w whole_share_change_4w"""
    ),
    "template_scores": _names(
        """week_start is_complete use_case use_case_owner attempts unpriced_attempts cost_usd
        judged_items whole_items score score_change_1w score_change_4w weakest_item weakest_share
        gap_1 gap_1_cost_usd gap_1_unpriced_attempts gap_2 gap_2_cost_usd gap_2_unpriced_attempts
        gap_3 gap_3_cost_usd gap_3_unpriced_attempts"""
    ),
    "telemetry_health": _names(
        """request_date source_system is_day_over attempts deliveries deliveries_without_ingested_at
        without_ingested_at_share timed_calls median_delay_seconds p95_delay_seconds
        max_delay_seconds calls_later_than_a_day later_than_a_day_share calls_before_their_time
        estimated_attempts tokens estimated_tokens estimated_token_share arrived_for_earlier_dates
        arrived_later_than_a_day oldest_date_arrived_for newest_event_at silence_hours
        longest_silence_hours usual_silence_hours hours_behind_others is_behind_own_rhythm
        is_behind_others source_state sources_behind"""
    ),
}


@dataclass
class Results:
    """Every result as a frame of object columns (Decimal, int, bool, str, datetime, date,
    float, None).
    """

    attempts: pd.DataFrame
    redeliveries: pd.DataFrame
    rejected_rows: pd.DataFrame
    tickets: pd.DataFrame
    workflows: pd.DataFrame
    cost_per_resolved_ticket: pd.DataFrame
    cost_per_deflection: pd.DataFrame
    tenant_share: pd.DataFrame
    tenant_concentration: pd.DataFrame
    prompt_version_regression: pd.DataFrame
    spend_bridge: pd.DataFrame
    budget_status: pd.DataFrame
    template_checklist: pd.DataFrame
    template_scores: pd.DataFrame
    telemetry_health: pd.DataFrame
    # What the frames were made with.
    as_of: datetime | None
    settings: Settings
    raw_kind: str

    def records(self, name: str) -> list[dict[str, Any]]:
        """A frame's rows as plain dicts, NULL as None."""
        frame: pd.DataFrame = getattr(self, name)
        columns = [str(column) for column in frame.columns]
        return [
            dict(zip(columns, row, strict=True)) for row in frame.itertuples(index=False, name=None)
        ]


def _frame(name: str, records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    columns = COLUMNS[name]
    rows = [tuple(record[column] for column in columns) for record in records]
    return pd.DataFrame(rows, columns=list(columns), dtype=object)


def _newest_event(attempts: Sequence[Attempt], tickets: Sequence[RawRow]) -> datetime | None:
    """The newest attempt of any scope, else the newest ticket update."""
    times = [attempt.occurred_at for attempt in attempts]
    if not times:
        times = [
            moment for row in tickets if (moment := parse_time(row.get("updated_at"))) is not None
        ]
    return max(times, default=None)


def recompute(
    raw: RawTables,
    reference_dir: str | Path,
    settings: Settings | Mapping[str, Any] | None = None,
    ties: TieBreaker | None = None,
) -> Results:
    """Recompute everything. `settings` may be the variables of a dbt run.

    `ties` settles opaque hashes.
    """
    chosen = settings if isinstance(settings, Settings) else Settings.from_vars(settings or {})
    order = ties or TextTieBreaker()
    reference = load_reference(reference_dir)
    definition = reference.outcome_definition(chosen.outcome_definition)
    accepted, rejected = split_rejected(raw)
    attempts, redeliveries = build_attempts(accepted.llm_requests, reference, chosen, order)
    as_of = chosen.as_of or _newest_event(attempts, accepted.tickets)
    tickets = current_tickets(accepted.tickets, order, reference.ticket_statuses)
    outcomes = current_workflow_outcomes(accepted.workflow_outcomes)
    flows = reference.flow_outcomes
    workflows, cases = build_workflows(attempts, tickets, outcomes, definition, as_of, flows)
    cells = sorted(build_cells(attempts, cases).items())
    shares, concentrations = tenant_records(attempts)
    checklist, scores = checklist_records(
        attempts, redeliveries, workflows, reference, Path(reference_dir), as_of
    )
    return Results(
        attempts=_frame("attempts", (attempt_record(attempt, reference) for attempt in attempts)),
        redeliveries=_frame(
            "redeliveries",
            (
                {
                    "request_id": redelivery.delivery.request_id,
                    "occurred_at": redelivery.delivery.occurred_at,
                    "ingested_at": redelivery.delivery.ingested_at,
                    "has_conflict": redelivery.has_conflict,
                    "source_file": redelivery.delivery.row.source_file,
                    "source_line": redelivery.delivery.row.source_line,
                }
                for redelivery in redeliveries
            ),
        ),
        rejected_rows=_frame("rejected_rows", (vars(row) for row in rejected)),
        tickets=_frame(
            "tickets", (ticket_record(case, definition) for _, case in sorted(cases.items()))
        ),
        workflows=_frame(
            "workflows", (workflow_record(flow) for _, flow in sorted(workflows.items()))
        ),
        cost_per_resolved_ticket=_frame(
            "cost_per_resolved_ticket",
            (resolved_record(key, cell, definition, as_of) for key, cell in cells),
        ),
        cost_per_deflection=_frame(
            "cost_per_deflection",
            (deflection_record(key, cell, reference.intents) for key, cell in cells),
        ),
        tenant_share=_frame("tenant_share", shares),
        tenant_concentration=_frame("tenant_concentration", concentrations),
        prompt_version_regression=_frame(
            "prompt_version_regression",
            regression_records(attempts, workflows, reference.releases, chosen, definition, as_of),
        ),
        spend_bridge=_frame("spend_bridge", bridge_records(attempts, cases)),
        budget_status=_frame(
            "budget_status",
            budget_records(
                attempts,
                known_versions(attempts, redeliveries, reference, chosen, order),
                reference,
                as_of,
            ),
        ),
        template_checklist=_frame("template_checklist", checklist),
        template_scores=_frame("template_scores", scores),
        telemetry_health=_frame("telemetry_health", health_records(attempts, redeliveries, as_of)),
        as_of=as_of,
        settings=chosen,
        raw_kind=raw.kind,
    )
