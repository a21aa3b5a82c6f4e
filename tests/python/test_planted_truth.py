"""What the demo company's generator planted is what the marts find."""

from __future__ import annotations

import csv
import math
from pathlib import Path

import pytest
from conftest import PROJECT, query

EXPECTED = PROJECT / "tests" / "expected"
VERDICTS = {
    "prompt_regression": {"regression"},
    "prompt_improvement": {"improved"},
    "harmless_release": {"no_material_change", "inconclusive", "insufficient_data"},
}


def planted_releases() -> list[dict[str, str]]:
    with (EXPECTED / "planted_incidents.csv").open(encoding="utf-8") as file:
        return [row for row in csv.DictReader(file) if row["kind"] in VERDICTS]


@pytest.mark.parametrize("release", planted_releases(), ids=lambda row: row["incident_id"])
def test_planted_releases_get_their_verdict(demo_warehouse: Path, release: dict[str, str]) -> None:
    found = query(
        demo_warehouse,
        f"""
        select metric, verdict, gate from prompt_version_regression
        where endpoint_tag = '{release["endpoint_tag"]}'
        and prompt_version = '{release["prompt_version"]}'
        """,
    )
    by_metric = {metric: (verdict, gate) for metric, verdict, gate in found}
    verdict, gate = by_metric["cost_per_request"]
    assert verdict in VERDICTS[release["kind"]], by_metric
    assert gate == ("hold" if release["kind"] == "prompt_regression" else "pass")


def test_only_the_planted_regression_is_held(demo_warehouse: Path) -> None:
    held = query(
        demo_warehouse,
        """
        select distinct endpoint_tag, prompt_version from prompt_version_regression
        where gate = 'hold'
        """,
    )
    assert held == [
        (row["endpoint_tag"], row["prompt_version"])
        for row in planted_releases()
        if row["kind"] == "prompt_regression"
    ]


def test_the_planted_regression_is_a_matter_of_longer_prompts(demo_warehouse: Path) -> None:
    (release,) = (row for row in planted_releases() if row["kind"] == "prompt_regression")
    found = query(
        demo_warehouse,
        f"""
        select metric, main_driver, verdict, tokens_per_request_effect
        from prompt_version_regression
        where endpoint_tag = '{release["endpoint_tag"]}'
        and prompt_version = '{release["prompt_version"]}'
        order by metric
        """,
    )
    assert [driver for _, driver, _, _ in found] == ["tokens_per_request"] * 4, found
    by_metric = {metric: (verdict, effect) for metric, _, verdict, effect in found}
    verdict, effect = by_metric["cost_per_request"]
    assert verdict == "regression"
    assert effect == pytest.approx(math.log1p(float(release["magnitude"])), abs=0.1)


@pytest.mark.parametrize(
    "release",
    [row for row in planted_releases() if row["kind"] == "prompt_improvement"],
    ids=lambda row: row["incident_id"],
)
def test_planted_improvements_are_a_matter_of_shorter_prompts(
    demo_warehouse: Path, release: dict[str, str]
) -> None:
    ((driver, effect),) = query(
        demo_warehouse,
        f"""
        select main_driver, tokens_per_request_effect from prompt_version_regression
        where endpoint_tag = '{release["endpoint_tag"]}' and metric = 'cost_per_request'
        and prompt_version = '{release["prompt_version"]}'
        """,
    )
    assert driver == "tokens_per_request"
    assert effect == pytest.approx(math.log1p(float(release["magnitude"])), abs=0.1)


def planted(raw_table: str, kind: str) -> int:
    with (EXPECTED / "planted_rows.csv").open(encoding="utf-8") as file:
        return next(
            int(row["rows"])
            for row in csv.DictReader(file)
            if (row["raw_table"], row["kind"]) == (raw_table, kind)
        )


def test_planted_rejects_are_rejected_for_their_reason(demo_warehouse: Path) -> None:
    found = dict(
        query(
            demo_warehouse,
            "select raw_table || ': ' || reason, count(*) from rejected_rows group by all",
        )
    )
    counts = ("negative_token_count", "fractional_token_count", "text_token_count")
    assert found == {
        "llm_requests: unparsable_line": planted("llm_requests", "unparsable_line"),
        "llm_requests: no_usable_time": planted("llm_requests", "no_usable_time"),
        "llm_requests: invalid_token_count": sum(planted("llm_requests", kind) for kind in counts),
        "tickets: unparsable_line": planted("tickets", "unparsable_line"),
        "tickets: missing_key": planted("tickets", "missing_key"),
        "workflow_outcomes: missing_key": planted("workflow_outcomes", "missing_key"),
        "provider_invoices: missing_key": planted("provider_invoices", "missing_key"),
    }


def test_planted_redeliveries_are_recorded_with_their_conflicts(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse, "select count(*), count(*) filter (where has_conflict) from redeliveries"
    )
    assert found == [
        (
            planted("llm_requests", "redelivery"),
            planted("llm_requests", "redelivery_with_conflict"),
        )
    ]


@pytest.mark.parametrize(
    ("dimension", "status", "kind"),
    [
        ("user_identifier", "raw_email", "raw_email_user_id"),
        ("user_identifier", "raw_phone", "raw_phone_user_id"),
        ("user_identifier", "raw_name", "raw_name_user_id"),
        ("endpoint_tag", "not_in_taxonomy", "unknown_tag"),
        ("prompt_version", "missing", "missing_prompt_version"),
        ("token_counts", "cached_over_input", "cached_above_input"),
        ("usage", "unobserved", "no_usage"),
        ("usage", "estimated", "estimated_usage"),
        ("workflow", "unattributed", "no_workflow_id"),
        ("request_id", "missing", "no_external_request_id"),
        ("cost", "cache_hit", "cache_hit"),
        ("reported_cost", "reported_zero", "reported_zero"),
        ("reported_cost", "unreadable", "unreadable_reported_cost"),
        ("reported_cost", "no_exchange_rate", "reported_without_rate"),
        ("optional_values", "latency_ms", "unreadable_latency"),
    ],
)
def test_planted_flaws_are_counted(
    demo_warehouse: Path, dimension: str, status: str, kind: str
) -> None:
    ((found,),) = query(
        demo_warehouse,
        f"""
        select sum(attempts) from attribution_coverage
        where period_grain = 'month' and dimension = '{dimension}' and status = '{status}'
        """,
    )
    # Some flawed rows sit on test traffic, which reports leave out; none is counted twice.
    assert 0 < found <= planted("llm_requests", kind)


def test_planted_spellings_of_models_have_a_price(demo_warehouse: Path) -> None:
    found = query(
        demo_warehouse,
        """
        select provider, count(*), count(*) filter (where priced_provider = 'openai')
        from fct_attempts where provider in ('openrouter', 'openai.responses')
        group by provider order by provider
        """,
    )
    spelled = planted("llm_requests", "provider_spelled_otherwise")
    gateway = planted("llm_requests", "gateway_model_name")
    assert found == [
        ("openai.responses", spelled, spelled),
        ("openrouter", gateway, gateway),
    ]


def test_planted_ids_are_no_ids_and_near_misses_are_seen(demo_warehouse: Path) -> None:
    words = "user_id in ('undefined', 'null') or tenant_id in ('undefined', 'null')"
    assert query(demo_warehouse, f"select count(*) from fct_attempts where {words}") == [(0,)]
    near = "select difference, near_misses from near_miss_ids where id_kind = 'ticket'"
    ((difference, found),) = query(demo_warehouse, near)
    assert difference == "case"
    assert 0 < found <= planted("llm_requests", "near_miss_ticket_id")


def test_planted_values_of_tickets_that_cannot_be_read_are_counted(demo_warehouse: Path) -> None:
    sql = "select field, unreadable_values from unreadable_values where raw_table = 'tickets'"
    assert dict(query(demo_warehouse, sql)) == {
        "csat": planted("tickets", "unreadable_csat"),
        "last_resolved_at": planted("tickets", "unreadable_ticket_time"),
        "status": planted("tickets", "unknown_ticket_status"),
    }
    unfavoured = """
        select count(*) from fct_tickets
        where outcome = 'unknown'
            and (status = 'erledigt' or unreadable_fields = 'last_resolved_at')
    """
    flawed = planted("tickets", "unknown_ticket_status")
    flawed += planted("tickets", "unreadable_ticket_time")
    assert query(demo_warehouse, unfavoured) == [(flawed,)]


@pytest.mark.parametrize(
    ("item", "kinds"),
    [
        ("endpoint_tag", ("unknown_tag",)),
        ("data_mode", ("unlabelled_scope",)),
        ("request_id", ("no_external_request_id",)),
        ("price", ("unpriced_model", "no_usage")),
        ("usage_source", ("estimated_usage", "no_usage")),
    ],
)
def test_planted_gaps_are_gaps_of_the_checklist(
    demo_warehouse: Path, item: str, kinds: tuple[str, ...]
) -> None:
    ((attempts,),) = query(
        demo_warehouse, f"select sum(gap_attempts) from template_checklist where item = '{item}'"
    )
    assert attempts == sum(planted("llm_requests", kind) for kind in kinds)


def test_planted_delays_are_seen_where_they_occurred_and_where_they_came(
    demo_warehouse: Path,
) -> None:
    found = query(
        demo_warehouse,
        """
        select
            sum(calls_later_than_a_day), sum(arrived_later_than_a_day),
            sum(deliveries_without_ingested_at), sum(estimated_attempts)
        from telemetry_health
        """,
    )
    late = planted("llm_requests", "late")
    undated = planted("llm_requests", "no_ingested_at")
    assert found == [(late, late, undated, planted("llm_requests", "estimated_usage"))]
