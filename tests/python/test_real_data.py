"""The project against public traces of real traffic, with totals that are known from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from decimal import ROUND_HALF_UP, Decimal
from pathlib import Path

import pytest
from conftest import WITHOUT_OPERATIONS, query
from real_data import azure, ragpulse, tau2

BuildWarehouse = Callable[..., Path]

REAL_DATA_DIR = os.environ.get("REAL_DATA_DIR", "")
pytestmark = pytest.mark.skipif(
    not REAL_DATA_DIR, reason="REAL_DATA_DIR names no folder with the public traces"
)

TAU2 = Path(REAL_DATA_DIR) / "tau2"
RAGPULSE = Path(REAL_DATA_DIR) / "ragpulse"
AZURE = Path(REAL_DATA_DIR) / "azure-llm-2023"

# OpenAI's list price of gpt-4.1 in 2025, in dollars a token.
INPUT_PRICE = Decimal("0.000002")
OUTPUT_PRICE = Decimal("0.000008")


def one_row(warehouse: Path, sql: str) -> tuple[object, ...]:
    (row,) = query(warehouse, sql)
    return tuple(row)


def accounted_rows(warehouse: Path) -> tuple[object, ...]:
    """Attempts, redeliveries, rejected rows: a raw row ends as exactly one of them."""
    return one_row(
        warehouse,
        """
        select
            (select count(*) from fct_attempts),
            (select count(*) from redeliveries),
            (select count(*) from rejected_rows where raw_table = 'llm_requests')
        """,
    )


@pytest.fixture(scope="module")
def tau2_warehouse(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    landing = tmp_path_factory.mktemp("tau2")
    tau2.write_landing(TAU2, landing)
    return build_warehouse(landing, arguments=WITHOUT_OPERATIONS)


@pytest.fixture(scope="module")
def ragpulse_warehouse(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    landing = tmp_path_factory.mktemp("ragpulse")
    ragpulse.write_landing(RAGPULSE, landing)
    return build_warehouse(landing, arguments=WITHOUT_OPERATIONS)


@pytest.fixture(scope="module")
def azure_warehouse(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Path:
    landing = tmp_path_factory.mktemp("azure")
    azure.write_landing(AZURE, landing)
    return build_warehouse(landing, arguments=WITHOUT_OPERATIONS)


def test_tau2_every_call_is_an_attempt_and_the_second_delivery_is_recorded(
    tau2_warehouse: Path,
) -> None:
    assert accounted_rows(tau2_warehouse) == (1332, 342, 0)
    assert one_row(tau2_warehouse, "select count(*) from redeliveries where has_conflict") == (0,)


def test_tau2_cost_and_outcome_of_every_run_are_the_reported_ones(tau2_warehouse: Path) -> None:
    rows = query(
        tau2_warehouse,
        """
        select project, count(*), count(*) filter (where is_resolved), sum(requests), sum(cost_usd)
        from fct_tickets
        group by project
        order by project
        """,
    )
    agent_calls = {"f18": 212, "f19": 12, "f25": 206, "f26": 476}
    assert [tuple(row) for row in rows] == [
        (run, golden.tickets, golden.resolved, agent_calls[run], golden.agent_cost_usd)
        for run, golden in sorted(tau2.golden_totals(TAU2).items())
    ]


@pytest.mark.parametrize("period_grain", ["day", "week", "month"])
@pytest.mark.parametrize(
    ("run", "handled", "resolved", "cost", "cost_per_resolved"),
    [
        ("f18", 20, 16, "0.942952", "0.0589345"),
        ("f19", 1, 1, "0.113434", "0.113434"),
        ("f25", 20, 10, "0.783268", "0.0783268"),
        ("f26", 40, 34, "1.888618", "0.055547588235"),
    ],
)
def test_tau2_cost_per_resolved_ticket_of_every_run(
    tau2_warehouse: Path,
    period_grain: str,
    run: str,
    handled: int,
    resolved: int,
    cost: str,
    cost_per_resolved: str,
) -> None:
    row = one_row(
        tau2_warehouse,
        f"""
        select handled_tickets, resolved_tickets, ticket_cost_usd, cost_per_resolved_usd,
            cost_to_resolve_usd < ticket_cost_usd or handled_tickets = resolved_tickets,
            unattributed_cost_usd, unpriced_attempts
        from cost_per_resolved_ticket
        where period_grain = '{period_grain}'
            and segment_type = 'project'
            and segment_value = '{run}'
        """,
    )
    assert row == (handled, resolved, Decimal(cost), Decimal(cost_per_resolved), True, 0, 0)


def test_tau2_cost_per_resolved_ticket_of_all_runs_of_a_month(tau2_warehouse: Path) -> None:
    august = [tau2.golden_totals(TAU2)[run] for run in ("f25", "f26")]
    cost = sum((run.agent_cost_usd for run in august), Decimal(0))
    resolved = sum(run.resolved for run in august)
    assert one_row(
        tau2_warehouse,
        """
        select ticket_cost_usd, resolved_tickets, cost_per_resolved_usd
        from cost_per_resolved_ticket
        where period_grain = 'month' and period_start = date '2025-08-01' and segment_type = 'all'
        """,
    ) == (cost, resolved, (cost / resolved).quantize(Decimal("1e-12"), ROUND_HALF_UP))


def test_tau2_outcomes_follow_from_the_help_desk_fields(tau2_warehouse: Path) -> None:
    rows = query(
        tau2_warehouse,
        """
        select project, outcome, count(*) from fct_tickets group by all order by project, outcome
        """,
    )
    assert [tuple(row) for row in rows] == [
        ("f18", "negative", 4),
        ("f18", "resolved_assumed", 16),
        ("f19", "resolved_assumed", 1),
        ("f25", "escalated", 2),
        ("f25", "negative", 8),
        ("f25", "resolved_assumed", 10),
        ("f26", "negative", 6),
        ("f26", "resolved_assumed", 34),
    ]


def test_tau2_the_simulated_customer_is_counted_but_never_reported(tau2_warehouse: Path) -> None:
    rows = query(
        tau2_warehouse,
        """
        select attempts.queue, count(*), sum(attempts.cost_usd)
        from fct_attempts as attempts
        where not attempts.is_reportable
        group by attempts.queue
        order by attempts.queue
        """,
    )
    golden = tau2.golden_totals(TAU2)
    assert [tuple(row) for row in rows] == [
        ("airline", 136, golden["f25"].user_cost_usd),
        ("retail", 290, golden["f26"].user_cost_usd),
    ]


def test_tau2_both_figures_are_kept_and_the_reported_one_counts(tau2_warehouse: Path) -> None:
    """The gateway's figure has the cache discount that the token counts do not show."""
    rows = query(
        tau2_warehouse,
        """
        select queue, sum(input_tokens), sum(output_tokens), sum(priced_cost_usd), sum(cost_usd),
            count(*) filter (where cost_source = 'reported') = count(*)
        from fct_attempts
        where is_reportable
        group by queue
        """,
    )
    assert len(rows) == 3
    for _, input_tokens, output_tokens, priced, cost, all_reported in rows:
        assert priced == input_tokens * INPUT_PRICE + output_tokens * OUTPUT_PRICE
        assert 2 < priced / cost < 4
        assert all_reported


def test_ragpulse_every_request_and_session_is_there(ragpulse_warehouse: Path) -> None:
    assert accounted_rows(ragpulse_warehouse) == (7106, 0, 0)
    assert one_row(
        ragpulse_warehouse,
        """
        select count(distinct request_id), count(distinct workflow_id),
            sum(input_tokens), sum(output_tokens), min(occurred_at), max(occurred_at)
        from fct_attempts
        """,
    ) == (
        7106,
        3990,
        20_917_099,
        2_012_676,
        datetime(2025, 9, 10, 4),  # noqa: DTZ001 - the warehouse's timestamps are UTC without zone
        datetime(2025, 9, 17, 3, 56, 43),  # noqa: DTZ001
    )


def test_ragpulse_test_traffic_stays_out_of_the_reports(ragpulse_warehouse: Path) -> None:
    assert one_row(
        ragpulse_warehouse,
        "select count(*), count(distinct workflow_id) from fct_attempts where not is_reportable",
    ) == (20, 9)
    assert one_row(
        ragpulse_warehouse,
        "select count(*), sum(requests), min(workflow_kind), min(use_case) from fct_workflows",
    ) == (3981, 7086, "conversation", "rag")


def test_ragpulse_without_a_model_costs_are_unknown_and_never_zero(
    ragpulse_warehouse: Path,
) -> None:
    assert one_row(
        ragpulse_warehouse,
        """
        select count(cost_usd), count(*) filter (where cost_source = 'unpriced')
        from fct_attempts
        """,
    ) == (0, 7106)
    assert one_row(
        ragpulse_warehouse, "select sum(unpriced_attempts), count(cost_usd) from fct_workflows"
    ) == (7086, 0)


def test_azure_every_request_keeps_its_time_below_the_second(azure_warehouse: Path) -> None:
    assert accounted_rows(azure_warehouse) == (8819, 0, 0)
    assert one_row(
        azure_warehouse,
        """
        select count(distinct request_id), count(distinct occurred_at),
            min(occurred_at), max(occurred_at)
        from fct_attempts
        """,
    ) == (
        8819,
        8819,
        datetime(2023, 11, 16, 18, 17, 3, 979960),  # noqa: DTZ001
        datetime(2023, 11, 16, 19, 14, 19, 928016),  # noqa: DTZ001
    )


def test_azure_requests_without_a_workflow_are_kept_as_unattributed(azure_warehouse: Path) -> None:
    assert one_row(
        azure_warehouse,
        """
        select count(*) filter (where workflow_id is null), min(use_case), min(endpoint_tag),
            sum(input_tokens), sum(output_tokens), count(cost_usd)
        from fct_attempts
        where is_reportable
        """,
    ) == (8819, "code", "dev.generate_patch", *azure_tokens(), 0)
    assert one_row(azure_warehouse, "select count(*) from fct_workflows") == (0,)


def azure_tokens() -> tuple[int, int]:
    """Straight from the trace, by other means than the converter's."""
    lines = (AZURE / azure.TRACE).read_text(encoding="utf-8").splitlines()[1:]
    return (
        sum(int(line.split(",")[1]) for line in lines),
        sum(int(line.split(",")[2]) for line in lines),
    )
