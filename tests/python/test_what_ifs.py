"""The what-if analyses, compiled and run on the demo, against a recomputation without SQL."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, connect, run_dbt
from oracle import operations as again
from oracle import remedies
from oracle.attempts import Attempt
from oracle.money import CostSum
from oracle.pricing import price_row, priced_cost
from oracle.reference import Reference
from oracle.unit_economics import period_start
from test_operations import Told, compare, read_raw
from test_threads_and_tools import project_variables

Row = dict[str, Any]
# As the analyses state them.
LATE_FROM_TURN, INPUT_TOKEN_CAP, MAX_RETRIES = 3, 6000, 2


@pytest.fixture(scope="module")
def told(demo_warehouse: Path) -> Told:
    with connect(demo_warehouse) as connection:
        return read_raw(PROJECT / "seeds" / "raw", connection, {})


@pytest.fixture(scope="module")
def compiled(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("compiled")
    run_dbt(["compile", "--select", "path:analyses"], demo_warehouse, target, None)
    return target / "compiled" / "llm_costs" / "analyses"


def differences(
    compiled: Path, warehouse: Path, name: str, keys: Sequence[str], expected: Sequence[Row]
) -> list[str]:
    with connect(warehouse) as connection:
        result = connection.execute((compiled / f"{name}.sql").read_text(encoding="utf-8"))
        columns = [column[0] for column in result.description or []]
        return compare(name, keys, expected, columns, result.fetchall())


def total(costs: Iterable[Decimal | None]) -> Decimal | None:
    """Known costs; NULL where there is none at all, as SQL sums."""
    known = [cost for cost in costs if cost is not None]
    return sum(known, Decimal(0)) if known else None


def price(attempt: Attempt, reference: Reference, model: str | None, size: int) -> Any:
    return price_row(
        reference, attempt.provider, model, attempt.service_tier, attempt.request_date, size
    )


def counts(attempt: Attempt) -> list[int | None]:
    names = (
        *("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens"),
        "cache_write_1h_tokens",
    )
    return [attempt.tokens[name] for name in names]


def test_allowed_tier(compiled: Path, demo_warehouse: Path, told: Told) -> None:
    reference, limits = told.reference, told.limits
    written = remedies.written_by_month(told.attempts, reference)
    groups: defaultdict[tuple[Any, ...], list[tuple[Decimal | None, Decimal | None]]]
    groups = defaultdict(list)
    for attempt in told.attempts:
        if not again.over_tier(attempt, reference, limits):
            continue
        _, _, allowed = again.allowed_tier(attempt, limits)
        assert allowed is not None
        seller, name = again.price_book_names(attempt, reference)
        chosen = remedies.replacement(written, attempt, reference, allowed)
        cheaper = priced_cost(
            price_row(
                reference,
                seller,
                chosen,
                attempt.service_tier,
                attempt.request_date,
                attempt.tokens["input_tokens"] or 0,
            ),
            *counts(attempt),
        )
        key = (
            period_start("month", attempt.request_date),
            attempt.endpoint_tag,
            attempt.intent,
            seller,
            name,
            allowed,
            chosen,
        )
        groups[key].append((attempt.priced_cost_usd, cheaper))
    keys = (
        "month_start", "endpoint_tag", "intent", "provider", "model", "max_model_tier",
        "replacement_model",
    )  # fmt: skip
    expected = []
    for key, pairs in groups.items():
        known = [(one, other) for one, other in pairs if one is not None and other is not None]
        expected.append(
            {
                **dict(zip(keys, key, strict=True)),
                "attempts": len(pairs),
                "repriced_attempts": len(known),
                "list_cost_usd": total(one for one, _ in known),
                "what_if_cost_usd": total(other for _, other in known),
                "saving_usd": total(one - other for one, other in known),
            }
        )
    found = differences(compiled, demo_warehouse, "what_if_allowed_tier", keys, expected)
    assert not found, "\n".join(found[:20])
    assert (
        total(one - other for pairs in groups.values() for one, other in pairs if one and other)
        or 0
    ) > 1


def by_month_and_endpoint(attempts: Iterable[Attempt]) -> dict[tuple[Any, ...], list[Attempt]]:
    groups: defaultdict[tuple[Any, ...], list[Attempt]] = defaultdict(list)
    for attempt in attempts:
        month = period_start("month", attempt.request_date)
        groups[(month, attempt.endpoint_tag or "unknown")].append(attempt)
    return dict(groups)


def test_output_cap(compiled: Path, demo_warehouse: Path, told: Told) -> None:
    expected = []
    for (month, tag), members in by_month_and_endpoint(told.attempts).items():
        cap = told.limits.output_caps.get(tag)
        if cap is None:
            continue
        savings: list[Decimal | None] = []
        over = []
        for attempt in members:
            beyond = max(0, (attempt.tokens["output_tokens"] or 0) - cap)
            over.append(beyond)
            paid = price(
                attempt, told.reference, attempt.model, attempt.tokens["input_tokens"] or 0
            )
            if attempt.priced_cost_usd is None:
                savings.append(None)
            else:
                savings.append(beyond * (paid.output_price or 0) / Decimal(1_000_000))
        expected.append(
            {
                "month_start": month,
                "endpoint_tag": tag,
                "output_token_cap": cap,
                "attempts": len(members),
                "attempts_over_cap": sum(beyond > 0 for beyond in over),
                "unpriced_attempts_over_cap": sum(
                    beyond > 0 and saving is None
                    for beyond, saving in zip(over, savings, strict=True)
                ),
                "tokens_over_cap": sum(over),
                "list_cost_usd": total(attempt.priced_cost_usd for attempt in members),
                "saving_usd": total(savings),
            }
        )
    keys = ("month_start", "endpoint_tag")
    found = differences(compiled, demo_warehouse, "what_if_output_cap", keys, expected)
    assert not found, "\n".join(found[:20])
    best = max(expected, key=lambda row: row["saving_usd"] or 0)
    assert (best["endpoint_tag"], best["month_start"].month) == ("docs.summarize", 9)


def test_history_cap(compiled: Path, demo_warehouse: Path, told: Told) -> None:
    late = [
        attempt
        for attempt in told.attempts
        if int(attempt.row.get("turn_index") or 0) >= LATE_FROM_TURN
    ]
    expected = []
    for (month, tag), members in by_month_and_endpoint(late).items():
        cuts = [max(0, (a.tokens["input_tokens"] or 0) - INPUT_TOKEN_CAP) for a in members]
        costs: list[Decimal | None] = []
        for attempt, cut in zip(members, cuts, strict=True):
            if not cut or attempt.priced_cost_usd is None:
                costs.append(attempt.priced_cost_usd)
                continue
            _, cached, cache_write, output, an_hour = counts(attempt)
            paid = price(attempt, told.reference, attempt.model, INPUT_TOKEN_CAP)
            costs.append(
                priced_cost(
                    paid,
                    INPUT_TOKEN_CAP,
                    max(0, (cached or 0) - cut),
                    cache_write,
                    output,
                    an_hour,
                )
            )
        expected.append(
            {
                "month_start": month,
                "endpoint_tag": tag,
                "late_turns": len(members),
                "turns_over_cap": sum(cut > 0 for cut in cuts),
                "unpriced_turns_over_cap": sum(
                    cut > 0 and a.priced_cost_usd is None
                    for a, cut in zip(members, cuts, strict=True)
                ),
                "tokens_cut": sum(cuts),
                "list_cost_usd": total(attempt.priced_cost_usd for attempt in members),
                "what_if_cost_usd": total(costs),
                "saving_usd": total(
                    None if a.priced_cost_usd is None or less is None else a.priced_cost_usd - less
                    for a, less in zip(members, costs, strict=True)
                ),
            }
        )
    keys = ("month_start", "endpoint_tag")
    found = differences(compiled, demo_warehouse, "what_if_history_cap", keys, expected)
    assert not found, "\n".join(found[:20])
    best = max(expected, key=lambda row: row["saving_usd"] or 0)
    assert (best["endpoint_tag"], best["month_start"].month) == ("support.reply", 8)


def test_fewer_retries(compiled: Path, demo_warehouse: Path, told: Told) -> None:
    def spent(attempts: Iterable[Attempt]) -> Decimal | None:
        costs = CostSum()
        for attempt in attempts:
            costs.add(attempt.cost_usd)
        return costs.value

    expected = []
    for (month, tag), members in by_month_and_endpoint(told.attempts).items():
        beyond = [attempt for attempt in members if attempt.attempt_index > MAX_RETRIES + 1]
        expected.append(
            {
                "month_start": month,
                "endpoint_tag": tag,
                "requests": sum(attempt.attempt_index == 1 for attempt in members),
                "attempts": len(members),
                "attempts_beyond_limit": len(beyond),
                "unpriced_attempts_beyond_limit": sum(a.cost_usd is None for a in beyond),
                "lost_successes": sum(again.is_end(attempt) for attempt in beyond),
                "cost_usd": spent(members),
                "saving_usd": spent(beyond),
                "failed_cost_usd": spent(a for a in members if a.status == "error"),
                "waste_cost_usd": total(attempt.waste_cost_usd for attempt in members),
            }
        )
    keys = ("month_start", "endpoint_tag")
    found = differences(compiled, demo_warehouse, "what_if_fewer_retries", keys, expected)
    assert not found, "\n".join(found[:20])
    best = max(expected, key=lambda row: row["saving_usd"] or 0)
    assert (best["endpoint_tag"], best["month_start"].month) == ("support.reply", 8)


def test_remedies(demo_warehouse: Path, told: Told) -> None:
    """Every column but the assumption, which is text."""
    options = project_variables()
    expected = remedies.remedies(
        told.attempts, told.workflows, told.reference, told.limits, options
    )
    with connect(demo_warehouse) as connection:
        result = connection.execute("select * exclude (assumption) from remedies")
        columns = [column[0] for column in result.description or []]
        found = compare("remedies", remedies.KEYS, expected, columns, result.fetchall())
    assert not found, "\n".join(found[:20])


def test_savings_in_order_are_no_dollar_twice(demo_warehouse: Path) -> None:
    """Alone they are what other marts say, together never more than what was spent."""
    with connect(demo_warehouse) as connection:
        alone = dict(
            connection.execute(
                "select remedy, sum(saving_usd) from remedies group by remedy"
            ).fetchall()
        )
        for remedy, mart, column in (
            ("history_cap", "thread_growth", "cap_saving_usd"),
            ("repeated_tool_calls", "tool_calls", "repeated_cost_usd"),
        ):
            there = connection.execute(
                f"select sum({column}) from {mart} where period_grain = 'month'"
            ).fetchone()
            assert there == (alone[remedy],)
        assert alone.keys() == set(remedies.ORDER)
        over = connection.execute(
            "select period_start, endpoint_tag from remedies group by all"
            " having sum(saving_in_order_usd) > max(endpoint_cost_usd)"
        ).fetchall()
        assert over == []
        # What overlaps in the demo: long histories of unknown users, and on too dear a model.
        less = connection.execute(
            "select remedy from remedies group by remedy"
            " having sum(saving_in_order_usd) < sum(saving_usd) order by remedy"
        ).fetchall()
        assert less == [("allowed_tier",), ("history_cap",)]
