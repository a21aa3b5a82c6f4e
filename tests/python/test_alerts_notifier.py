"""Alerts are announced once each, to whom they are for, whatever the other side does."""

from __future__ import annotations

import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import ssl
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import alerts
import duckdb
import pytest
from alerting import settings
from alerting.messages import escaped
from alerting.state import NAME
from conftest import PROJECT

AS_OF = datetime.fromisoformat("2026-10-26 09:00:00")  # as the warehouse has it: UTC, no zone
# The contract of the mart, in its order.
COLUMNS = {
    **dict.fromkeys(("alert_id", "episode_id", "change", "alert_kind", "severity"), "varchar"),
    "opened_on": "date",
    "opened_at": "timestamp",
    **dict.fromkeys(("scope_type", "scope_value", "use_case", "endpoint_tag"), "varchar"),
    **dict.fromkeys(("prompt_version", "tenant_id", "model", "spike_class"), "varchar"),
    **dict.fromkeys(("budget_id", "metric"), "varchar"),
    **dict.fromkeys(("value", "baseline", "threshold", "standard_errors"), "double"),
    "window_days": "integer",
    "impact_usd": "decimal(38, 12)",
    **dict.fromkeys(("evidence", "owner", "escalation_path", "runbook"), "varchar"),
    "suppressed_by": "varchar",
}
NIGHT, DAY = datetime(2026, 10, 26, 22, tzinfo=UTC), datetime(2026, 10, 26, 12, tzinfo=UTC)
SECRET = "T0/B0/xoxSecretPath"  # noqa: S105
HOSTILE = "<!channel> & <https://evil.example|free> *x* \u202e\x07\x1b[31m line\nnext \u2028 end"


def alert(number: int, **values: Any) -> dict[str, Any]:
    opened = values.get("opened_on") or AS_OF.date() - timedelta(days=1)
    row: dict[str, Any] = dict.fromkeys(COLUMNS)
    row |= {
        "alert_id": f"{number:032x}",
        "episode_id": f"{number:032x}",
        "change": "opened",
        "alert_kind": "cost_drift",
        "severity": "warning",
        "opened_on": opened,
        "opened_at": datetime.combine(opened, datetime.min.time()),
        "scope_type": "endpoint",
        "scope_value": "chat_reply",
        "metric": "cost_per_request",
        "value": 0.1 + 0.2,
        "baseline": 0.1,
        "window_days": 7,
        "impact_usd": Decimal(number),
        "evidence": "A call costs three times what it did.",
        "owner": "platform",
        "runbook": "docs/runbooks/cost_drift.md",
    }
    return row | values


@pytest.fixture(autouse=True)
def without_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (settings.WEBHOOKS, settings.QUIET, settings.STATE):
        monkeypatch.delenv(name, raising=False)
    # A relay of this machine is reached as it is.
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")


def make(path: Path, rows: Sequence[Mapping[str, Any]], is_complete: bool = True) -> Path:
    """A warehouse with the mart and what says for which day it speaks; a new one each time."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.unlink(missing_ok=True)
    with duckdb.connect(str(path)) as connection:
        connection.execute("create schema marts")
        connection.execute("create schema run")
        connection.execute("create table marts.cost_per_resolved_ticket (period_start date)")
        connection.execute("create table run.last_run (is_finished boolean)")
        if is_complete:
            connection.execute(
                f"create table run.completed_run as select timestamp '{AS_OF}' as_of"
            )
        names = ", ".join(f"{name} {kind}" for name, kind in COLUMNS.items())
        connection.execute(f"create table marts.alerts ({names})")
        places = ", ".join("?" * len(COLUMNS))
        if rows:
            # In one statement: a row each takes longer than what is tested.
            given = [value for row in rows for value in row.values()]
            connection.execute(
                f"insert into marts.alerts values {', '.join([f'({places})'] * len(rows))}", given
            )
    return path


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    return tmp_path / "llm_costs.duckdb"


Behaviour = Callable[["Handler"], None]


def says(code: int, **headers: str) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.take()
        handler.send_response(code)
        for name, value in headers.items():
            handler.send_header(name.replace("_", "-"), value)
        handler.send_header("Content-Length", "2")
        handler.end_headers()
        handler.wfile.write(b"ok")

    return behave


def after(seconds: float) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.take()
        time.sleep(seconds)
        handler.send_response(200)
        handler.end_headers()

    return behave


def raw(text: bytes) -> Behaviour:
    def behave(handler: Handler) -> None:
        handler.take()
        handler.wfile.write(text)

    return behave


def hangs(handler: Handler) -> None:
    handler.take()
    time.sleep(1)


def cuts_off(handler: Handler) -> None:
    handler.rfile.read(5)
    handler.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    handler.connection.close()


def drips(handler: Handler) -> None:
    """A byte before each time-out, for ever; it ends when the other side does."""
    handler.take()
    with suppress(OSError):
        for character in b"HTTP/1.1 100 Continue\r\n\r\n" * 20:
            handler.wfile.write(bytes([character]))
            time.sleep(0.05)


class Handler(BaseHTTPRequestHandler):
    server: Server
    behave: Behaviour

    def take(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.taken.append(Taken(self.path, dict(self.headers), body, self.behave))

    def do_POST(self) -> None:
        with self.server.one_at_a_time:
            self.behave = self.server.behaviours.pop(0) if self.server.behaviours else says(200)
        self.behave(self)
        self.close_connection = True

    def do_GET(self) -> None:
        self.server.got += 1

    def log_message(self, *_: object) -> None:
        """Not on stderr, which the tests read."""


@dataclass
class Taken:
    path: str
    headers: dict[str, str]
    body: dict[str, Any]
    by: Behaviour

    @property
    def alert_ids(self) -> list[str]:
        if self.body["message"] == "alert":
            return [self.alert_id]
        found: list[str] = self.body["summary"]["alert_ids"]
        return found

    @property
    def alert_id(self) -> str:
        found: str = self.body["alert"]["alert_id"]
        return found


class Server(ThreadingHTTPServer):
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.taken: list[Taken] = []
        self.behaviours: list[Behaviour] = []
        self.one_at_a_time = threading.Lock()
        self.got = 0

    def handle_error(self, *_: object) -> None:
        """A client that went away is part of the tests."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/{SECRET}"


def started() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


@pytest.fixture
def server() -> Iterator[Server]:
    yield from started()


@pytest.fixture
def other_server() -> Iterator[Server]:
    yield from started()


@dataclass
class Run:
    code: int
    lines: list[dict[str, Any]]
    said: str


@dataclass
class Runner:
    """Runs the command on a warehouse, in this process, with waits that are noted and not slept."""

    warehouse: Path
    capsys: pytest.CaptureFixture[str]
    slept: list[float] = field(default_factory=list)

    def __call__(self, *arguments: str, clock: datetime = DAY) -> Run:
        # As long as a busy machine may take; who tests a time-out names a short one.
        waits = ("--timeout", "10", "--wait", "5")
        command = ["--warehouse", str(self.warehouse), *waits, *arguments]
        self.capsys.readouterr()
        code = alerts.main(command, lambda: clock)
        out, said = self.capsys.readouterr()
        assert SECRET not in said
        assert "Traceback" not in said
        return Run(code, [json.loads(line) for line in out.splitlines()], said)

    def statuses(self, destination: str = "ops") -> dict[int, str]:
        state = self.warehouse.parent / NAME
        with sqlite3.connect(state) as connection:
            rows = connection.execute(
                "select alert_id, status from announcements where destination = ?", [destination]
            ).fetchall()
        connection.close()
        return {int(of, 16): status for of, status in rows}


@pytest.fixture
def run(
    warehouse: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Runner:
    runner = Runner(warehouse, capsys)
    monkeypatch.setattr(alerts, "sleep", runner.slept.append)
    return runner


def webhook(monkeypatch: pytest.MonkeyPatch, *entries: str) -> None:
    monkeypatch.setenv(settings.WEBHOOKS, " ".join(entries))


def numbers(taken: Sequence[Taken]) -> list[int]:
    return [int(one.alert_id, 16) for one in taken]


# What is printed.


def test_each_new_alert_is_a_line_with_every_column_of_the_mart(
    warehouse: Path, run: Runner
) -> None:
    row = alert(
        1,
        impact_usd=Decimal("12345678901234567890.123456789012"),
        threshold=float("inf"),
        standard_errors=float("nan"),
        evidence=HOSTILE,
    )
    make(warehouse, [row, alert(2, suppressed_by=f"{1:032x}")])
    found = run()
    assert found.code == 0
    (line,) = found.lines
    assert list(line) == list(COLUMNS)
    assert line["impact_usd"] == "12345678901234567890.123456789012"
    assert (line["opened_on"], line["opened_at"]) == ("2026-10-25", "2026-10-25T00:00:00Z")
    assert line["value"] == 0.1 + 0.2
    assert (line["threshold"], line["standard_errors"]) == ("Infinity", "NaN")
    assert line["evidence"] == HOSTILE
    assert line["tenant_id"] is None
    assert line["window_days"] == 7


def test_what_was_printed_is_not_printed_again(warehouse: Path, run: Runner) -> None:
    make(warehouse, [alert(1)])
    assert len(run().lines) == 1
    # A rebuild, and what got worse since, which is an alert of its own.
    make(warehouse, [alert(1), alert(2, change="worsened", episode_id=f"{1:032x}")])
    assert [line["change"] for line in run().lines] == ["worsened"]
    assert run().lines == []
    # Another file beside it has the same alerts.
    run.warehouse = make(warehouse.parent / "mine.duckdb", [alert(1), alert(3)])
    assert [line["alert_id"] for line in run().lines] == [f"{3:032x}"]


def test_the_gravest_and_dearest_come_first(warehouse: Path, run: Runner) -> None:
    given = [
        alert(1, severity="info", impact_usd=Decimal(900)),
        alert(2, impact_usd=None),
        alert(3, impact_usd=Decimal(5)),
        alert(4, impact_usd=Decimal(50)),
        alert(5, severity="critical", impact_usd=Decimal(1)),
        # Nobody here knows it: it is not made little of.
        alert(6, severity="apocalyptic", impact_usd=Decimal(2)),
    ]
    make(warehouse, given)
    assert [int(line["alert_id"], 16) for line in run().lines] == [6, 5, 4, 3, 2, 1]


def test_a_reader_that_went_away_is_an_error(
    warehouse: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(warehouse, [alert(1)])

    def write(_: str) -> None:
        raise BrokenPipeError(32, "Broken pipe")

    monkeypatch.setattr(alerts, "write", write)
    found = run()
    assert found.code == 1
    assert "stdout: 1 lines may not all have been written, and are not" in found.said
    assert run.statuses("stdout") == {1: "unknown"}


# The first run, and days without one.


def test_a_first_run_leaves_what_is_old_alone(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    old = [alert(one, opened_on=date(2026, 7, 1) + timedelta(days=one)) for one in range(1, 91)]
    make(warehouse, [*old, alert(100), alert(101, opened_on=date(2026, 10, 19))])
    found = run()
    assert found.code == 0
    assert sorted(numbers(server.taken)) == [100, 101]
    assert "ops: 2 announced, 90 skipped" in found.said
    assert run().lines == []
    # They are there for who asks.
    assert len(run("--since", "2026-09-20").lines) == 10
    assert numbers(server.taken[2:]) == list(range(90, 80, -1))
    assert run("--since", "2026-09-20").lines == []


def test_after_days_without_a_run_nothing_is_passed_over(warehouse: Path, run: Runner) -> None:
    make(warehouse, [])
    run()
    later = [alert(1, opened_on=date(2026, 10, 27)), alert(2, opened_on=date(2026, 10, 20))]
    make(warehouse, later)
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update run.completed_run set as_of = timestamp '2026-11-20 09:00:00'")
    # What a new kind of alert finds in days of before is old.
    assert [int(line["alert_id"], 16) for line in run().lines] == [1]


def test_a_run_that_broke_off_is_named_and_what_is_there_announced(
    warehouse: Path, run: Runner
) -> None:
    make(warehouse, [alert(1), alert(2, opened_on=date(2026, 8, 1))], is_complete=False)
    found = run()
    assert [int(line["alert_id"], 16) for line in found.lines] == [1]
    assert "The last run did not rebuild all" in found.said


# Webhooks.


def test_json_holds_the_row(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url.replace('//', '//me:pass%20word@')}")
    make(warehouse, [alert(1, impact_usd=Decimal("0.000000000001"))])
    found = run()
    assert found.code == 0
    (taken,) = server.taken
    assert taken.path == f"/{SECRET}"
    assert taken.body == {"message": "alert", "alert": found.lines[0]}
    assert taken.body["alert"]["impact_usd"] == "0.000000000001"
    assert taken.headers["Content-Type"] == "application/json"
    assert taken.headers["Idempotency-Key"] == f"{1:032x}"
    assert taken.headers["Authorization"] == "Basic bWU6cGFzcyB3b3Jk"
    assert run.statuses() == {1: "sent"}
    run()
    assert len(server.taken) == 1


def test_each_webhook_has_its_format_and_its_severity(
    warehouse: Path,
    run: Runner,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook(
        monkeypatch, f"ops=json,warning,{server.url}", f"oncall=slack,critical,{other_server.url}"
    )
    make(warehouse, [alert(1, severity="critical"), alert(2), alert(3, severity="info")])
    assert len(run().lines) == 3
    assert numbers(server.taken) == [1, 2]
    (taken,) = other_server.taken
    assert taken.body["text"].startswith("CRITICAL: cost drift, endpoint chat_reply. A call costs")
    # What was not for it is not caught up with when it wants more: that would be old.
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    run()
    assert numbers(server.taken) == [1, 2]
    assert run.statuses() == {1: "sent", 2: "sent", 3: "skipped"}


def texts(found: Any) -> Iterator[tuple[str, str]]:
    if isinstance(found, dict):
        for name, value in found.items():
            if name == "text" and isinstance(value, str):
                yield found.get("type", "fallback"), value
            else:
                yield from texts(value)
    elif isinstance(found, list):
        for value in found:
            yield from texts(value)


def test_slack_is_given_no_more_than_it_takes_and_nothing_that_it_obeys(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=slack,info,{server.url}")
    long = {name: HOSTILE + "&" * 20_000 for name, kind in COLUMNS.items() if kind == "varchar"} | {
        "alert_id": f"{1:032x}",
        "severity": "warning",
        "suppressed_by": None,
    }
    empty = {name: None for name in COLUMNS if name not in ("alert_id", "severity", "opened_on")}
    emoji = {"evidence": "\U0001f525" * 5_000, "scope_value": ""}
    given = [alert(1, **long), alert(2, **{**empty, "opened_on": AS_OF.date()}), alert(3, **emoji)]
    make(warehouse, given)
    assert run().code == 0
    assert len(server.taken) == 3
    for taken in server.taken:
        blocks = taken.body["blocks"]
        assert len(json.dumps(blocks)) < 13_000 * 6
        assert sum(len(text) for _, text in texts(blocks)) < 13_000
        assert len(taken.body["text"]) <= 3_000
        for block in blocks:
            fields = block.get("fields", [])
            assert len(fields) <= 10
            assert all(1 <= len(one["text"]) <= 2_000 for one in fields)
        for kind, text in texts(taken.body):
            assert kind in ("fallback", "mrkdwn")
            assert 1 <= len(text.encode("utf-16-le")) // 2 <= 3_000
            assert "<" not in text
            assert ">" not in text
            assert "&" not in text.replace("&amp;", "").replace("&lt;", "").replace("&gt;", "")
            assert not set("\u202e\x07\x1b\u2028") & set(text)
    said = json.dumps([one.body for one in server.taken])
    assert "&lt;!channel&gt; &amp; &lt;https://evil.example|free&gt;" in said
    assert "not known" in said
    assert not any(one.body["unfurl_links"] for one in server.taken)


def test_a_shortened_text_ends_between_characters() -> None:
    for length in range(4, 40):
        text = escaped("a&<>&\U0001f525<b", length)
        assert len(text) <= length
        rest = text.removesuffix("...")
        for entity in ("&amp;", "&lt;", "&gt;"):
            rest = rest.replace(entity, "")
        assert not set(rest) & set("&<>;")


def test_what_is_too_much_is_one_message(
    warehouse: Path,
    run: Runner,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}", f"chat=slack,info,{other_server.url}")
    make(
        warehouse,
        [
            *(alert(one) for one in range(1, 10)),
            *(alert(one, severity="info", alert_kind="late_source") for one in range(10, 14)),
            alert(20, severity="critical", impact_usd=None),
        ],
    )
    found = run("--most", "3")
    assert found.code == 0
    assert len(found.lines) == 14
    assert numbers(server.taken[:2]) == [20, 9]
    (rest,) = server.taken[2:]
    assert rest.body["message"] == "summary"
    assert rest.body["summary"] | {"alert_ids": []} == {
        "alerts": 12,
        "by_severity": {"warning": 8, "info": 4},
        "by_kind": {"cost_drift": 8, "late_source": 4},
        "opened_from": "2026-10-25",
        "opened_to": "2026-10-25",
        "where": "marts.alerts",
        "alert_ids": [],
    }
    assert len(rest.body["summary"]["alert_ids"]) == 12
    said = other_server.taken[2].body
    assert said["text"].startswith("12 more alerts: 8 warning, 4 info")
    assert "marts.alerts" in said["blocks"][1]["text"]["text"]
    assert "ops: 2 announced, 12 in a summary" in found.said
    # Those of the summary are announced.
    assert set(run.statuses().values()) == {"sent"}
    run("--most", "3")
    assert (len(server.taken), len(other_server.taken)) == (3, 3)
    # As many as may be sent need no summary.
    make(warehouse, [alert(one) for one in range(30, 33)])
    run("--most", "3")
    assert numbers(server.taken[3:]) == [32, 31, 30]


# Quiet hours.


def test_at_night_only_what_is_critical_is_posted_and_the_rest_in_the_morning(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    monkeypatch.setenv(settings.QUIET, "20:00-07:00 Europe/Berlin")
    make(warehouse, [alert(1, severity="critical"), alert(2), alert(3, severity="info")])
    found = run(clock=NIGHT)
    assert found.code == 0
    assert len(found.lines) == 3
    assert numbers(server.taken) == [1]
    assert "ops: 1 announced, 2 wait (quiet hours)" in found.said
    run(clock=NIGHT + timedelta(hours=3))
    assert numbers(server.taken) == [1]
    # Days later they are older than what is announced, and still not lost.
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute("update run.completed_run set as_of = timestamp '2026-12-24 09:00:00'")
    run(clock=DAY)
    assert numbers(server.taken) == [1, 2, 3]
    run(clock=DAY)
    assert len(server.taken) == 3


def test_what_waits_and_is_not_in_the_warehouse_is_named(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    monkeypatch.setenv(settings.QUIET, "20:00-07:00")
    make(warehouse, [alert(1)])
    run(clock=NIGHT)
    make(warehouse, [])
    found = run(clock=DAY)
    assert "ops: 0 announced, 1 wait (this warehouse does not hold them)" in found.said


@pytest.mark.parametrize(
    ("text", "moment", "is_quiet"),
    [
        # Over midnight, by the clock of the place: one hour off UTC in winter, two in summer.
        ("20:00-07:00 Europe/Berlin", "2026-01-10 18:59", False),
        ("20:00-07:00 Europe/Berlin", "2026-01-10 19:00", True),
        ("20:00-07:00 Europe/Berlin", "2026-01-10 23:30", True),
        ("20:00-07:00 Europe/Berlin", "2026-01-11 05:59", True),
        ("20:00-07:00 Europe/Berlin", "2026-01-11 06:00", False),
        ("20:00-07:00 Europe/Berlin", "2026-07-10 18:00", True),
        ("20:00-07:00 Europe/Berlin", "2026-07-11 05:00", False),
        # In spring the clock goes from 02:00 to 03:00: an end at 02:30 is there at 03:00.
        ("22:00-02:30 Europe/Berlin", "2026-03-29 00:59", True),
        ("22:00-02:30 Europe/Berlin", "2026-03-29 01:00", False),
        ("02:15-04:00 Europe/Berlin", "2026-03-29 00:59", False),
        ("02:15-04:00 Europe/Berlin", "2026-03-29 01:00", True),
        # In autumn from 03:00 to 02:00: 02:30 comes twice.
        ("22:00-02:30 Europe/Berlin", "2026-10-25 00:29", True),
        ("22:00-02:30 Europe/Berlin", "2026-10-25 00:30", False),
        ("22:00-02:30 Europe/Berlin", "2026-10-25 01:10", True),
        ("22:00-02:30 Europe/Berlin", "2026-10-25 01:30", False),
        # Within a day, and without a zone.
        ("12:00-13:00", "2026-01-10 12:30", True),
        ("12:00-13:00", "2026-01-10 13:00", False),
        ("00:00-00:01 America/New_York", "2026-07-10 04:00", True),
    ],
)
def test_quiet_hours_are_those_of_the_clock_of_a_place(
    text: str, moment: str, is_quiet: bool
) -> None:
    hours = settings.quiet({settings.QUIET: text})
    assert hours is not None
    assert hours.holds(datetime.fromisoformat(moment).replace(tzinfo=UTC)) is is_quiet


# What the other side may do.


def test_a_server_that_fails_and_works_again_gets_each_alert_once(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(2), alert(1)])
    server.behaviours = [says(503), says(500)]
    found = run("--backoff", "2")
    assert found.code == 0
    assert numbers(server.taken) == [2, 2, 2, 1]
    assert run.slept == [2, 4]
    assert run.statuses() == {1: "sent", 2: "sent"}


def test_a_server_that_goes_on_failing_is_tried_again_by_the_next_run(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(2), alert(1)])
    server.behaviours = [says(503)] * 3
    found = run()
    assert found.code == 1
    # The second alert is spared, and is not lost.
    assert numbers(server.taken) == [2, 2, 2]
    assert f"ops: alert {2:032x} has not arrived, and the next run tries again" in found.said
    assert "(HTTP 503, 3 tries)" in found.said
    assert run.statuses() == {1: "waiting", 2: "waiting"}
    assert len(run("--undelivered").lines) == 2
    assert run().code == 0
    assert numbers(server.taken[3:]) == [2, 1]
    assert run("--undelivered").lines == []


def test_a_try_that_was_given_up_sends_nothing_later(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A name that is looked up for minutes: what has not left then stays here."""
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    found_out, asked = threading.Event(), socket.getaddrinfo

    def slow(*arguments: Any, **options: Any) -> Any:
        found_out.wait(20)
        return asked(*arguments, **options)

    with monkeypatch.context() as patched:
        patched.setattr(socket, "getaddrinfo", slow)
        before = set(threading.enumerate())
        found = run("--timeout", "0.05")
        assert (found.code, run.statuses()) == (1, {1: "waiting"})
        (left,) = set(threading.enumerate()) - before
        found_out.set()
        left.join(20)
    assert server.taken == []
    assert run().code == 0
    assert numbers(server.taken) == [1]


def test_a_server_may_say_how_long_to_wait(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    server.behaviours = [says(429, Retry_After="7"), says(429, Retry_After="soon")]
    assert run().code == 0
    assert run.slept == [7, 2]
    # What is longer than a run may last is left to the next one.
    make(warehouse, [alert(2)])
    for asked in ("3600", "9" * 40, "Fri, 31 Dec 9999 23:59:59 GMT"):
        server.behaviours = [says(429, Retry_After=asked)]
        assert run().code == 1
        assert run.statuses()[2] == "waiting"
    assert run.slept == [7, 2]
    assert run().code == 0


def test_nobody_listens_is_tried_again(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    webhook(monkeypatch, f"ops=json,info,http://127.0.0.1:{port}/{SECRET}")
    make(warehouse, [alert(1)])
    found = run()
    assert found.code == 1
    assert "there is no connection, or it broke off, 3 tries" in found.said
    assert run.slept == [1, 2]
    # The name is kept, the address mended.
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    assert run().code == 0
    assert numbers(server.taken) == [1]


@pytest.mark.parametrize(
    ("behaviour", "reason"),
    [
        (hangs, "it did not answer in time"),
        (drips, "it did not answer in time"),
        (cuts_off, "there is no connection, or it broke off"),
        (raw(b""), "there is no connection, or it broke off"),
        (raw(b"\x00\xff<html>hello\r\n\r\n"), "there is no connection, or it broke off"),
        (raw(b"HTTP/1.1 20"), "there is no connection, or it broke off"),
        (raw(b"HTTP/1.1 101 Switching Protocols\r\n\r\n"), "HTTP 101"),
        (says(502), "HTTP 502"),
        (says(504), "HTTP 504"),
    ],
    ids=["hangs", "drips", "cuts off", "silent", "garbage", "half", "101", "502", "504"],
)
def test_what_may_have_arrived_is_never_sent_again(
    warehouse: Path,
    run: Runner,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    behaviour: Behaviour,
    reason: str,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(2), alert(1)])
    server.behaviours = [behaviour]
    found = run("--timeout", "0.3") if behaviour in (hangs, drips) else run()
    assert found.code == 1
    assert f"ops: alert {2:032x} may have arrived, and is not sent again" in found.said
    assert f"({reason})" in found.said
    assert run.statuses() == {2: "unknown", 1: "waiting"}
    assert [line["status"] for line in run("--undelivered").lines] == ["waiting", "unknown"]
    server.taken.clear()
    assert run("--retry-refused", "--since", "2026-01-01").code == 0
    assert numbers(server.taken) == [1]


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 900000000\r\n\r\nhalf",
        b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nokHTTP/1.1 500 No\r\n\r\nHTTP/1.1 200 OK",
        b"HTTP/1.1 204 \xff\xfe\r\nX: \x00\r\nbroken header\r\nContent-Encoding: gzip\r\n\r\n{{{",
    ],
    ids=["half a body", "twice", "garbage after the code"],
)
def test_what_is_said_beside_the_code_is_not_looked_at(
    warehouse: Path,
    run: Runner,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    answer: bytes,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    server.behaviours = [raw(answer)]
    assert run().code == 0
    assert run.statuses() == {1: "sent"}


@pytest.mark.parametrize("code", [401, 403, 404, 410])
def test_an_address_that_refuses_is_reported_and_left_alone(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(2), alert(1)])
    server.behaviours = [says(code)]
    found = run()
    assert found.code == 1
    assert f"ops: alert {2:032x} was refused" in found.said
    assert f"(HTTP {code})" in found.said
    # The others are not thrown after it.
    assert run.statuses() == {2: "refused", 1: "waiting"}
    assert run.slept == []
    assert run().code == 0
    assert numbers(server.taken) == [2, 1]
    assert run("--retry-refused").code == 0
    assert numbers(server.taken) == [2, 1, 2]


def test_a_message_that_is_refused_does_not_hold_up_the_others(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(2), alert(1)])
    server.behaviours = [says(400)]
    assert run().code == 1
    assert run.statuses() == {2: "refused", 1: "sent"}


@pytest.mark.parametrize("code", [301, 302, 303, 307, 308])
def test_a_redirect_is_not_followed(
    warehouse: Path,
    run: Runner,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
    code: int,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    server.behaviours = [says(code, Location=other_server.url)]
    found = run()
    assert found.code == 1
    assert f"(HTTP {code}, a redirect, not followed)" in found.said
    assert (other_server.taken, other_server.got, len(server.taken)) == ([], 0, 1)


def test_a_webhook_that_fails_does_not_keep_another_from_its_alerts(
    warehouse: Path,
    run: Runner,
    server: Server,
    other_server: Server,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}", f"too=json,info,{other_server.url}")
    make(warehouse, [alert(1)])
    server.behaviours = [says(404)]
    assert run().code == 1
    assert numbers(other_server.taken) == [1]


def test_a_certificate_that_nobody_vouches_for_gets_nothing(
    tmp_path: Path, warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("makes its certificate with openssl")
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(  # noqa: S603
        [
            *(openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256"),
            *("-nodes", "-keyout", str(key), "-out", str(certificate), "-days", "2"),
            *("-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"),
        ],
        check=True,
        capture_output=True,
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    monkeypatch.delenv("HTTP_PROXY")
    webhook(
        monkeypatch, f"ops=json,info,{server.url.replace('http://127.0.0.1', 'https://localhost')}"
    )
    make(warehouse, [alert(1)])
    found = run("--tries", "1")
    assert found.code == 1
    assert "its certificate or its encryption does not hold" in found.said
    assert server.taken == []
    # Nothing has left, so nothing is lost.
    assert run.statuses() == {1: "waiting"}
    # A company's own authority may vouch for it.
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    assert run("--tries", "1").code == 0
    assert numbers(server.taken) == [1]


def test_whatever_the_other_side_does_an_alert_arrives_at_most_once_and_none_is_lost(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,warning,{server.url}")
    monkeypatch.setenv(settings.QUIET, "20:00-07:00")
    rng = random.Random(4)  # noqa: S311
    takes = [says(200), says(502), raw(b""), raw(b"HTTP/1.1 ?")]
    leaves = [says(503), says(429), says(404), says(400), says(307)]
    given: list[dict[str, Any]] = []
    for behaviour in [*takes, *leaves]:
        for severity in ["critical", *rng.choices(["critical", "warning"], k=rng.randrange(5))]:
            given.append(alert(len(given) + 1, severity=severity))
        make(warehouse, given)
        server.behaviours = [behaviour, *rng.choices([*takes, *leaves], k=2)]
        again = ["--retry-refused"] * rng.randrange(2)
        run("--most", "3", *again, clock=rng.choice([DAY, NIGHT]))
    server.behaviours = []
    assert run("--retry-refused").code == 0
    arrived = Counter(
        one for taken in server.taken if taken.by not in leaves for one in taken.alert_ids
    )
    assert arrived == Counter(row["alert_id"] for row in given)
    assert {taken.by for taken in server.taken} >= {*takes, *leaves}
    statuses = Counter(run.statuses().values())
    assert statuses["sent"] + statuses["unknown"] == len(given)


# Crashes, and two at once.


def started_run(warehouse: Path, url: str, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(  # noqa: S603
        [
            *(sys.executable, str(PROJECT / "scripts" / "alerts.py")),
            *("--warehouse", str(warehouse), *arguments),
        ],
        env=dict(os.environ) | {settings.WEBHOOKS: f"ops=json,info,{url}"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_what_a_killed_run_was_sending_is_reported_and_not_sent_again(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    make(warehouse, [alert(2), alert(1)])
    arrived = threading.Event()

    def holds(handler: Handler) -> None:
        handler.take()
        arrived.set()
        with suppress(OSError):
            handler.connection.recv(1)

    server.behaviours = [holds]
    process = started_run(warehouse, server.url, "--timeout", "20")
    assert arrived.wait(20)
    process.send_signal(signal.SIGKILL)
    out, _ = process.communicate(timeout=20)
    assert len(out.splitlines()) == 2
    assert run.statuses() == {2: "sending"}
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    # A dry run says so as well, and leaves it to the next one.
    for arguments in (["--dry-run"], []):
        found = run(*arguments)
        assert found.code == 1
        assert f"ops: alert {2:032x} may have arrived, and is not sent again" in found.said
        assert "the run that sent it was cut off" in found.said
    assert numbers(server.taken) == [2, 1]
    found = run("--retry-refused", "--since", "2026-01-01")
    assert (found.code, numbers(server.taken)) == (0, [2, 1])
    assert run.statuses() == {2: "unknown", 1: "sent"}


def test_two_runs_at_once_send_each_alert_once(warehouse: Path, server: Server) -> None:
    make(warehouse, [alert(one) for one in range(1, 7)])
    server.behaviours = [after(0.1)] * 6
    processes = [started_run(warehouse, server.url) for _ in range(2)]
    said = [process.communicate(timeout=60) for process in processes]
    assert [process.returncode for process in processes] == [0, 0]
    assert sorted(numbers(server.taken)) == [1, 2, 3, 4, 5, 6]
    assert sorted(len(out.splitlines()) for out, _ in said) == [0, 6]


def test_a_run_that_waits_in_vain_says_for_what(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    other = sqlite3.connect(warehouse.parent / NAME, isolation_level=None)
    other.execute("begin exclusive")
    for arguments in ([], ["--dry-run"], ["--undelivered"]):
        found = run("--wait", "0.05", *arguments)
        assert (found.code, found.lines, server.taken) == (1, [], [])
        assert "Another run of `make alerts` has" in found.said or arguments
    other.close()
    assert run("--wait", "0.05").code == 0


# Dry runs, and what is not there.


def test_a_dry_run_sends_nothing_and_keeps_nothing(
    warehouse: Path, run: Runner, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(one) for one in range(1, 15)])
    for _ in range(2):
        found = run("--dry-run")
        assert (found.code, len(found.lines), server.taken) == (0, 14, [])
        assert "ops: 9 announced, 5 in a summary" in found.said
        assert "A dry run: nothing was sent, and nothing is kept." in found.said
    assert [path.name for path in warehouse.parent.iterdir()] == [warehouse.name]
    run()
    kept = (warehouse.parent / NAME).read_bytes()
    make(warehouse, [alert(20)])
    assert len(run("--dry-run").lines) == 1
    assert (warehouse.parent / NAME).read_bytes() == kept


def test_without_a_warehouse_or_its_mart_one_sentence_says_so(warehouse: Path, run: Runner) -> None:
    found = run()
    assert (found.code, found.lines) == (1, [])
    assert found.said.count("\n") == 1
    assert f"There is no warehouse at {warehouse}. Run `make build` first." in found.said
    for statement, said in (
        ("alter table marts.alerts drop column evidence", "The mart alerts lacks evidence"),
        ("drop table marts.alerts", "has no mart alerts"),
    ):
        make(warehouse, [])
        with duckdb.connect(str(warehouse)) as connection:
            connection.execute(statement)
        found = run()
        assert (found.code, found.said.count("\n")) == (1, 1)
        assert said in found.said
    for rows in ([alert(1), alert(1)], [alert(1, alert_id=None)], [alert(1, opened_on=None)]):
        make(warehouse, rows)
        found = run()
        assert (found.code, found.said.count("\n")) == (1, 1)
        assert "have no alert_id of their own" in found.said
    warehouse.write_bytes(b"no database at all" * 1000)
    found = run()
    assert (found.code, found.said.count("\n")) == (1, 1)


@pytest.mark.parametrize("what", ["garbage", "another application", "folder"])
def test_a_state_that_cannot_be_read_stops_all(
    warehouse: Path,
    run: Runner,
    server: Server,
    monkeypatch: pytest.MonkeyPatch,
    what: str,
) -> None:
    webhook(monkeypatch, f"ops=json,info,{server.url}")
    make(warehouse, [alert(1)])
    state = warehouse.parent / NAME
    if what == "garbage":
        state.write_bytes(b"not a database" * 500)
    elif what == "folder":
        state.mkdir()
    else:
        with sqlite3.connect(state) as connection:
            connection.execute("create table theirs (name text)")
        connection.close()
    for arguments in ((), ("--undelivered",)) if what != "folder" else ((),):
        found = run(*arguments)
        assert (found.code, found.lines, server.taken) == (1, [], [])
        assert str(state) in found.said
        assert "LLM_COSTS_ALERTS_STATE" in found.said
        assert found.said.count("\n") == 1


def test_a_state_elsewhere_is_shared(
    tmp_path: Path, warehouse: Path, run: Runner, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(settings.STATE, str(tmp_path / "kept.sqlite"))
    make(warehouse, [alert(1)])
    assert len(run().lines) == 1
    run.warehouse = make(tmp_path / "elsewhere" / "llm_costs.duckdb", [alert(1)])
    assert run().lines == []
    monkeypatch.setenv(settings.STATE, "")
    assert len(run().lines) == 1


HOST = "https://hooks.example.com"


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (f"{HOST}/{SECRET}", "it has not all of its parts"),
        (f"ops=slack,{HOST}/{SECRET}", "it has not all of its parts"),
        (f"ops=slack,{SECRET}", "it has not all of its parts"),
        (f"{SECRET}=slack,info,{HOST}", "a name is small letters"),
        (f"stdout=slack,info,{HOST}/{SECRET}", "a name is small letters"),
        (f"ops=teams,info,{HOST}/{SECRET}", "'ops=teams,info,https://hooks.example.com/...'"),
        (f"ops=slack,loud,{HOST}/{SECRET}", "there is no such severity"),
        (f"ops={SECRET},info,{HOST}/{SECRET}", "'ops=...,info,https://hooks.example.com/...'"),
        (f"ops=slack,info,hooks.example.com/{SECRET}", "its URL cannot be read"),
        (f"ops=slack,info,ftp://hooks.example.com/{SECRET}", "does not begin with https://"),
        (f"ops=slack,info,https:///{SECRET}", "its URL"),
        (f"ops=slack,info,https://u:{SECRET.replace('/', '')}@h:99999/", "its URL cannot be read"),
        (f"ops=slack,info,https://[::1/{SECRET}", "its URL cannot be read"),
        (f"ops=slack,info,https://*.{'a' * 80}.com/{SECRET}", "its URL"),
        (f"ops=slack,info,http://hooks.example.com/{SECRET}", "a URL needs https"),
        (f"ops=slack,info,http://127.0.0.1.evil.com/{SECRET}", "a URL needs https"),
        (f"a=slack,info,{HOST}/{SECRET} a=json,info,{HOST}/2", "two entries with the same name"),
        (f"a=slack,info,{HOST}/{SECRET} b=json,info,{HOST}/{SECRET}", "the same URL"),
    ],
)
def test_a_wrong_webhook_is_named_without_its_secret(
    warehouse: Path, run: Runner, monkeypatch: pytest.MonkeyPatch, value: str, said: str
) -> None:
    webhook(monkeypatch, value)
    found = run()
    assert (found.code, found.lines) == (2, [])
    assert said in found.said
    assert settings.WEBHOOKS in found.said
    assert found.said.count("\n") == 1
    assert SECRET.replace("/", "") not in found.said
    assert not (warehouse.parent / NAME).exists()


@pytest.mark.parametrize(
    "value",
    [
        "22-7",
        "24:00-07:00",
        "20:00-20:00",
        "20:00-07:00 Europe",
        "20:00-07:00 Mars/Olympus",
        "20:00-07:00 ../../etc/passwd",
        "20:00-07:00 Europe/Berlin please",
        "\u0662\u0660:00-07:00",
    ],
)
def test_wrong_quiet_hours_are_named(
    run: Runner, monkeypatch: pytest.MonkeyPatch, value: str
) -> None:
    monkeypatch.setenv(settings.QUIET, value)
    found = run()
    assert (found.code, found.lines) == (2, [])
    assert f"{settings.QUIET} is {value!r}. Expected HH:MM-HH:MM" in found.said


def test_make_passes_on_what_it_is_given_and_clean_leaves_what_was_announced(
    tmp_path: Path,
) -> None:
    shutil.copy(PROJECT / "Makefile", tmp_path)
    (tmp_path / "warehouse").mkdir()
    for name in (NAME, f"{NAME}-journal", ".gitkeep", "llm_costs.duckdb", "mine.duckdb"):
        (tmp_path / "warehouse" / name).touch()

    def made(*arguments: str) -> str:
        return subprocess.run(  # noqa: S603
            ["make", *arguments],  # noqa: S607
            cwd=tmp_path,
            check=True,
            capture_output=True,
            text=True,
        ).stdout

    made("clean")
    left = sorted(path.name for path in (tmp_path / "warehouse").iterdir())
    assert left == [".gitkeep", NAME, f"{NAME}-journal"]
    (tmp_path / "requirements.txt").touch()
    said = made("--dry-run", "alerts", "SINCE=2026-10-01", "DRY_RUN=1")
    assert 'scripts/alerts.py --since="$SINCE" --dry-run' in said
    assert "--retry-refused" not in said


def test_wrong_arguments_are_refused(run: Runner) -> None:
    for arguments in (
        ("--since", "yesterday"),
        ("--most", "0"),
        ("--timeout", "0"),
        ("--timeout", "nan"),
        ("--tries", "many"),
    ):
        with pytest.raises(SystemExit) as left:
            run(*arguments)
        assert left.value.code == 2
