"""Why spend changed and what spiked, against an independent recomputation and the planted truth."""

from __future__ import annotations

import csv
import json
import random
from collections import defaultdict
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest
from conftest import PROJECT, connect, query
from oracle.spend_change import (
    EFFECTS,
    LENGTHS,
    NO_USER,
    UNKNOWN_USERS,
    Call,
    Rules,
    Window,
    World,
    effects,
    grouped,
    spike,
    total,
    windows,
)
from worlds import sample_worlds, write_landing

BuildWarehouse = Callable[..., Path]
REFERENCE = PROJECT / "seeds" / "reference"
EXPECTED = PROJECT / "tests" / "expected" / "planted_incidents.csv"
ONLY = (
    "--select",
    "+spend_change",
    "+spend_change_drivers",
    "+spend_spikes",
    "+dim_prompt_releases",
)


def first(*prices: Decimal | None) -> Decimal:
    """The first price that there is."""
    return next((price for price in prices if price is not None), Decimal(0))


def read_world(connection: duckdb.DuckDBPyConnection) -> World:
    """The attempts and what else the marts are made from, as other tests prove them."""

    def rows(sql: str) -> list[tuple[Any, ...]]:
        return connection.execute(sql).fetchall()

    calls = [
        Call(
            occurred_at=at,
            endpoint_tag=endpoint or "unknown",
            tenant_id=tenant or "unknown",
            prompt_version=version or "unknown",
            model=priced_model or model or "unknown",
            price_id=None if price_id is None else str(price_id),
            user=UNKNOWN_USERS if tenant is None else user or NO_USER,
            workflow_id=workflow,
            is_first=index == 1,
            tokens={
                "input": max((given or 0) - (cached or 0) - (written or 0), 0),
                "cached_input": cached or 0,
                "cache_write": max((written or 0) - (an_hour or 0), 0),
                "cache_write_1h": an_hour or 0,
                "output": output or 0,
            },
            cost_usd=cost,
        )
        for at, endpoint, tenant, version, model, priced_model, price_id, user, workflow, index,
        given, cached, written, an_hour, output, cost in rows(
            """
            select occurred_at, endpoint_tag, tenant_id, prompt_version, model, priced_model,
                price_id, user_id, workflow_id, attempt_index, input_tokens, cached_input_tokens,
                cache_write_tokens, cache_write_1h_tokens, output_tokens, cost_usd
            from fct_attempts where is_reportable
            """
        )
    ]  # fmt: skip
    prices = {
        str(price_id): {
            "input": first(given),
            "cached_input": first(cached, given),
            "cache_write": first(written, given),
            "cache_write_1h": first(an_hour, written, given),
            "output": first(output),
        }
        for price_id, given, cached, written, an_hour, output in rows(
            """
            select price_id, input_usd_per_million, cached_input_usd_per_million,
                cache_write_usd_per_million, cache_write_1h_usd_per_million, output_usd_per_million
            from dim_model_prices
            """
        )
    }
    return World(
        calls=calls,
        prices=prices,
        successes=frozenset(
            workflow
            for (workflow,) in rows("select workflow_id from fct_workflows where is_success")
        ),
        first_seen={
            (endpoint, version): at
            for endpoint, version, at in rows(
                "select endpoint_tag, prompt_version, first_seen_at from dim_prompt_releases"
            )
            if at is not None
        },
        rules={
            grain: Rules(
                float(growth), Decimal(rise), float(errors), days, float(share), own, hours
            )
            for grain, growth, rise, errors, days, share, own, hours in rows(
                """
                select period_grain, min_growth, min_rise_usd, min_standard_errors, history_days,
                    dominant_share, min_own_growth, new_version_hours
                from stg_reference__spend_spike_rules
                """
            )
        },
        as_of=rows("select as_of from int_as_of")[0][0],
    )


def sides(world: World, window: Window) -> dict[str, tuple[list[Call], list[Call]]]:
    """Calls by endpoint, of the window and of its baseline."""
    now, before = (
        grouped(world.between(*side), lambda call: call.endpoint_tag) for side in window.sides
    )
    return {tag: (now.get(tag, []), before.get(tag, [])) for tag in sorted({*now, *before})}


def differences(connection: duckdb.DuckDBPyConnection) -> list[str]:
    """Where the marts say anything else than the recomputation; empty where they agree."""
    world = read_world(connection)
    columns = [f"{effect}_effect_usd" for effect in EFFECTS]
    changes = {
        (grain, start, tag): (change, dict(zip(EFFECTS, values, strict=True)))
        for grain, start, tag, change, *values in connection.execute(
            f"""
            select period_grain, period_start, segment_value, change_usd, {", ".join(columns)}
            from spend_change where segment_type = 'endpoint'
            """
        ).fetchall()
    }
    spikes = {
        (grain, start, tag): {"spike_class": name, "onset_at": onset, "suspect_user_id": suspect}
        for grain, start, tag, name, onset, suspect in connection.execute(
            """
            select period_grain, period_start, endpoint_tag, spike_class, onset_at, suspect_user_id
            from spend_spikes
            """
        ).fetchall()
    }
    found: list[str] = []
    expected = set()
    for window in windows(world):
        for tag, (now, before) in sides(world, window).items():
            key = (window.grain, window.start, tag)
            expected.add(key)
            if key not in changes or key not in spikes:
                found.append(f"{key} is missing")
                continue
            change, split = changes[key]
            if change != total(now) - total(before):
                found.append(f"{key} changed by {total(now) - total(before)}, not {change}")
            if sum(split.values(), Decimal(0)) != change:
                found.append(f"{key} has a residual of {change - sum(split.values())}")
            scale = float(total(now) + total(before))
            for effect, amount in effects(world, now, before).items():
                if abs(float(split[effect]) - amount) > 4e-9 + 1e-9 * scale:
                    found.append(f"{key} {effect}: {amount} by the rules, {split[effect]}")
            judged = spike(world, window, tag, now, before)
            if judged != spikes[key]:
                found.append(f"{key} is {judged} by the rules, {spikes[key]}")
    found += [f"{key} should not be there" for key in {*changes, *spikes} - expected]
    return found


def test_the_demo_company_changed_as_the_rules_say(demo_warehouse: Path) -> None:
    with connect(demo_warehouse) as connection:
        found = differences(connection)
    assert not found, "\n".join(found[:20])


@pytest.mark.parametrize(
    "number", [1, *(pytest.param(number, marks=pytest.mark.long) for number in range(2, 12))]
)
def test_small_worlds_changed_as_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, number: int
) -> None:
    world = sample_worlds(REFERENCE, 1, number)[0]
    landing = write_landing(world, tmp_path / "landing", seed=number)
    with connect(build_warehouse(landing, arguments=ONLY, **world.variables)) as connection:
        found = differences(connection)
    assert not found, "\n".join(found[:20])


def traffic(seed: int) -> Iterator[dict[str, Any]]:
    """Five weeks of calls in which anything may double, vanish, or lose its price."""
    rng = random.Random(seed)  # noqa: S311 - repeatable on purpose
    start = datetime(2026, 8, 3, tzinfo=UTC)
    models = [
        ("openai", "gpt-5.6-luna"),
        ("anthropic", "claude-opus-4-8"),
        ("openai", "nobody-knows"),
    ]
    number = 0
    for day in range(35):
        for tag in ("support.reply", "docs.summarize", None):
            boost = rng.choice((1, 1, 1, 1, 4))
            size = rng.choice((1, 1, 1, 5))
            tries = rng.choice((1, 1, 1, 6))
            model_weights = rng.choice(((8, 1, 1), (8, 1, 1), (1, 8, 1), (1, 1, 8), (1, 0, 0)))
            for case in range(rng.randint(0, 4) * boost):
                for _ in range(rng.choice((1, 2, rng.choice((3, 20))))):
                    number += 1
                    provider, model = rng.choices(models, model_weights)[0]
                    at = start + timedelta(days=day, seconds=rng.randrange(86_400))
                    for attempt in range(rng.randint(1, tries)):
                        yield {
                            "external_request_id": f"r{number}",
                            "attempt_number": attempt + 1,
                            "occurred_at": (at + timedelta(seconds=attempt)).isoformat(),
                            "provider": provider,
                            "model": model,
                            "endpoint_tag": tag,
                            "prompt_version": f"v{day // rng.choice((9, 35))}",
                            "user_id": rng.choice((f"u{case}", f"u{case}", "x", None)),
                            "tenant_id": rng.choice(("t1", "t2", None)),
                            "conversation_id": rng.choice((f"C{day}.{case}", f"C{case}", None)),
                            "input_tokens": rng.choice((0, None, 9_000 * size, 90_000 * size)),
                            "cached_input_tokens": rng.choice((None, 2_000, 10_000)),
                            "cache_write_tokens": rng.choice((None, 3_000, 3_000)),
                            "cache_write_1h_tokens": rng.choice((None, 1_000, 3_000)),
                            "output_tokens": rng.choice((None, 0, 700, 8_000)),
                            "status": "success",
                            "data_mode": "real",
                            "environment": "prod",
                            "reported_cost_usd": rng.choice((None, None, "0.123456789012", "0")),
                        }


def write_calls(folder: Path, calls: list[dict[str, Any]]) -> Path:
    """A landing folder with these calls."""
    (folder / "llm_requests").mkdir(parents=True)
    lines = "".join(f"{json.dumps(call)}\n" for call in calls)
    (folder / "llm_requests" / "calls.jsonl").write_text(lines, encoding="utf-8")
    return folder


@pytest.mark.parametrize(
    "seed", [1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 12))]
)
def test_wild_traffic_changed_as_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, seed: int
) -> None:
    landing = write_calls(tmp_path / "landing", list(traffic(seed)))
    with connect(build_warehouse(landing, arguments=ONLY)) as connection:
        found = differences(connection)
        classes = connection.execute("select distinct spike_class from spend_spikes").fetchall()
    assert not found, "\n".join(found[:20])
    assert len(classes) >= 4


def calls_on(days: list[int], **given: Any) -> list[dict[str, Any]]:
    """One call on each of some days of August."""
    return [
        {
            "external_request_id": f"r{number}",
            "occurred_at": f"2026-08-{day:02}T10:00:00Z",
            "provider": "openai",
            "model": "gpt-5.6-luna",
            "endpoint_tag": "support.reply",
            "input_tokens": 1_000,
            "output_tokens": 100,
            "data_mode": "real",
            "environment": "prod",
            **given,
        }
        for number, day in enumerate(days)
    ]


@pytest.mark.parametrize(
    ("calls", "rows"),
    [
        pytest.param(calls_on([3]), 0, id="one call"),
        pytest.param(calls_on([3, 3, 3]), 0, id="one day"),
        # Days 10 and 17 with their baselines, and the week of the 10th.
        pytest.param(calls_on([3, 10, 17, 24], model="nobody-knows"), 9, id="all unpriced"),
        pytest.param(calls_on([3, 10, 17, 24], data_mode="test"), 0, id="nothing reportable"),
    ],
)
def test_degenerate_worlds_change_as_the_rules_say(
    build_warehouse: BuildWarehouse, tmp_path: Path, calls: list[dict[str, Any]], rows: int
) -> None:
    landing = write_calls(tmp_path / "landing", calls)
    with connect(build_warehouse(landing, arguments=ONLY)) as connection:
        found = differences(connection)
        changes = connection.execute("select change_usd, cost_usd from spend_change").fetchall()
    assert not found, "\n".join(found[:20])
    assert len(changes) == rows * 4 // 3 if rows else not changes


def planted() -> list[dict[str, str]]:
    with EXPECTED.open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def day_of(text: str) -> date:
    return moment(text).date()


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


@pytest.mark.parametrize(
    "incident",
    [row for row in planted() if row["expected_spike_class"] != "none"],
    ids=lambda row: row["incident_id"],
)
def test_planted_incidents_are_spikes_of_their_class(
    demo_warehouse: Path, incident: dict[str, str]
) -> None:
    tag = incident["endpoint_tag"]
    found = query(
        demo_warehouse,
        f"""
        select spike_class, period_grain, period_start, suspect_user_id, dominant_tenant_id,
            dominant_prompt_version, dominant_model
        from spend_spikes
        where endpoint_tag = '{tag}' and spike_class <> 'no_spike'
        """,
    )
    overlapping = [
        row
        for row in found
        if midnight(row[2]) < moment(incident["ends_at"])
        and midnight(row[2] + LENGTHS[row[1]]) > moment(incident["starts_at"])
    ]
    right = [row for row in overlapping if row[0] == incident["expected_spike_class"]]
    assert right, overlapping
    for row in right:
        _, _, _, suspect, tenant, version, model = row
        assert not incident["user_scope"] or suspect == UNKNOWN_USERS
        assert incident["tenant_id"] in ("", tenant)
        assert incident["prompt_version"] in ("", version)
        assert incident["model"] in ("", model)


def test_planted_endpoints_drive_the_change_of_all_spend(demo_warehouse: Path) -> None:
    first: dict[tuple[str, date], str] = {
        (grain, start): driver
        for grain, start, driver in query(
            demo_warehouse,
            """
            select period_grain, period_start, driver from spend_change_drivers
            where segment_type = 'all' and dimension = 'endpoint_tag' and driver_rank = 1
            """,
        )
    }
    for incident in planted():
        if incident["expected_spike_class"] != "none":
            start = day_of(incident["starts_at"])
            week = ("week", start - timedelta(days=start.weekday()))
            day = ("day", day_of(incident["ends_at"]))
            assert incident["endpoint_tag"] in (first[week], first[day]), incident["incident_id"]


def test_every_spike_is_a_planted_one(demo_warehouse: Path) -> None:
    """Neither quiet weeks nor harmless releases look like a spike."""
    covered: dict[str, list[tuple[date, date]]] = defaultdict(list)
    for row in planted():
        if row["expected_spike_class"] != "none":
            covered[row["endpoint_tag"]].append((day_of(row["starts_at"]), day_of(row["ends_at"])))
    for tag, grain, start, name, version in query(
        demo_warehouse,
        """
        select endpoint_tag, period_grain, period_start, spike_class, new_prompt_version
        from spend_spikes where spike_class <> 'no_spike'
        """,
    ):
        is_quiet = start < date(2026, 7, 20) or start >= date(2026, 10, 19)
        assert not is_quiet, (tag, grain, start, name)
        assert version not in ("summary_v8", "docsum_v6"), (tag, grain, start, name)
        end = start + LENGTHS[grain]
        assert any(start <= to and since < end for since, to in covered[tag]), (tag, start, name)
