"""Raw identifiers are found, and stand in no mart: as their keyed hash, or as their kind."""

from __future__ import annotations

import csv
import hashlib
import itertools
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest
from conftest import PROJECT, WITHOUT_OPERATIONS, DbtError, connect, invoke_dbt, query
from test_incremental import event, telemetry, ticket
from warehouses import contents, different_tables, public_tables

BuildWarehouse = Callable[..., Path]
# What the planner compares with is read by no mart.
MODELS = (*WITHOUT_OPERATIONS, "+path:models/run")
VARIABLE = "LLM_COSTS_IDENTIFIER_KEY"
KEY = "a-key-of-the-tests-alone-1"


@pytest.fixture(autouse=True)
def no_key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)


class Written(NamedTuple):
    """An id of the written set: what sort it is of, and the kind that it should be given."""

    sort: str
    id: str
    expected: str


@pytest.fixture(scope="module")
def written() -> list[Written]:
    with (PROJECT / "tests" / "expected" / "identifiers.csv").open(encoding="utf-8") as file:
        return [Written(*row) for row in itertools.islice(csv.reader(file), 1, None)]


@pytest.fixture(scope="module")
def sql_of(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The SQL of the macros, over a column `id` and a column `tenant`."""
    folder = tmp_path_factory.mktemp("privacy")
    templates = {
        "kind": "{{ identifier_kind('id') }}",
        "kind_of_a_user": "{{ identifier_kind('id', is_person=true) }}",
        "shown": "{{ shown_id('id', is_person=true) }}",
        "shown_of_a_case": "{{ shown_id('id', kept_apart_by='tenant') }}",
        "hash": "{{ keyed_hash('id') }}",
    }
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
    options += ["--target-path", str(folder), "--log-path", str(folder)]
    inline = "\n=====\n".join(templates.values())
    compiled = invoke_dbt(["compile", "--inline", inline, *options, "--log-level-file", "none"])
    texts = compiled.results[0].node.compiled_code.split("=====")
    return dict(zip(templates, (text.strip() for text in texts), strict=True))


def evaluate(
    expression: str, ids: Sequence[str | None], key: str | None = None, tenant: str | None = None
) -> list[Any]:
    """What the expression makes of each id, in a session with or without a key."""
    with duckdb.connect() as connection:
        if key is not None:
            connection.execute("set variable llm_costs_identifier_key = $1", [key])
        sql = f"select {expression} from (select $1::varchar as id, $2::varchar as tenant)"
        return [connection.execute(sql, [id_, tenant]).fetchall()[0][0] for id_ in ids]


def test_the_written_set_is_large_enough(written: list[Written]) -> None:
    sorts = Counter(each.sort for each in written)
    assert len(sorts) == 12
    assert sum(sorts.values()) >= 300
    assert min(sorts.values()) >= 15
    assert len({each.id for each in written}) == len(written)


def test_raw_identifiers_of_the_written_set_are_found(
    written: list[Written], sql_of: dict[str, str]
) -> None:
    found = evaluate(sql_of["kind"], [each.id for each in written])
    right: Counter[str] = Counter()
    for each, kind in zip(written, found, strict=True):
        right[each.expected] += kind == each.expected
        # Never, whatever else is allowed to be wrong.
        assert each.sort != "bare_digits" or kind == "hashed", each
    expected = Counter(each.expected for each in written)
    assert right["raw_email"] >= 0.95 * expected["raw_email"]
    assert right["raw_phone"] >= 0.95 * expected["raw_phone"]
    assert right["hashed"] >= 0.98 * expected["hashed"]


KINDS: dict[str | None, str] = {
    "jane%40acme.com": "raw_email",
    "user@localhost": "raw_email",
    "tel:+4930123": "raw_phone",
    "10023456": "hashed",
    "20260911": "hashed",
    "192.168.10.25": "hashed",
    "u_1": "hashed",
    "": "hashed",
    None: "missing",
}


def test_what_was_mistaken_before_is_what_it_is(sql_of: dict[str, str]) -> None:
    assert evaluate(sql_of["kind"], list(KINDS)) == list(KINDS.values())


def test_names_are_raw_where_the_id_is_a_user(sql_of: dict[str, str]) -> None:
    names = ["Jane Doe", "Jane van der Doe", "Doe, Jane", "J. Doe", "Jérôme Müller-Lüdenscheidt"]
    assert evaluate(sql_of["kind_of_a_user"], names) == ["raw_name"] * len(names)
    assert evaluate(sql_of["kind"], names) == ["hashed"] * len(names)
    none = ["jane.doe", "room 12", "user 10023456", "jane", "a+b c", "u_1"]
    assert evaluate(sql_of["kind_of_a_user"], none) == ["hashed"] * len(none)


def stated_hash(text: str, key: str = KEY) -> str:
    """The construction that docs state, in plain Python."""
    inner = hashlib.sha256(f"{key}:{text}".encode()).hexdigest()
    return hashlib.sha256(f"{key}:{inner}".encode()).hexdigest()


def test_the_hash_is_the_one_that_is_stated(sql_of: dict[str, str]) -> None:
    ids = ["jane@example.com", "+49 30 23125 000", "müller@example.de", "a'b@example.com"]
    assert evaluate(sql_of["hash"], ids, KEY) == [stated_hash(each) for each in ids]


def test_ids_are_shown_as_sent_and_raw_ones_by_kind_or_hash(sql_of: dict[str, str]) -> None:
    as_sent = ["u_1", "10023456", "T-1001", "", "raw", "raw_file_1", "room 12"]
    for key in (None, KEY):
        assert evaluate(sql_of["shown"], [None, *as_sent], key) == [None, *as_sent]
    raw = ["jane@example.com", "Jane Doe", "tel:+4930123"]
    kinds = ["raw_email", "raw_name", "raw_phone"]
    hashed = [f"{kind}:{stated_hash(each)[:32]}" for kind, each in zip(kinds, raw, strict=True)]
    assert evaluate(sql_of["shown"], raw) == kinds
    assert evaluate(sql_of["shown"], raw, KEY) == hashed
    case = sql_of["shown_of_a_case"]
    assert evaluate(case, raw, tenant="acme") == ["raw_email:acme", "Jane Doe", "raw_phone:acme"]
    assert evaluate(case, raw[:1]) == ["raw_email"]
    assert evaluate(case, raw[:1], KEY, "acme") == hashed[:1]
    # What was sent like a name of ours passes for none.
    ours = ["raw_email", "raw_phone:x", "~raw_name", "raw_email:acme"]
    assert evaluate(sql_of["shown"], ours, KEY) == [f"~{each}" for each in ours]


AT = "2026-03-0{}T10:00:00Z"
JANE, JOHN = "jane.roe@example.com", "John%40example.com"
PHONE, NAME = "+49 30 23125 000", "Jane Roe"
TENANT = "billing@customer.example"
PLANTED = ("example.com", "23125", "Jane Roe", "customer.example")
CASE_FIELDS = ("ticketId", "conversationId", "workflowId")


def plant(landing: Path, shown: Callable[[str], str] = str) -> None:
    """A world with a raw identifier in every id; `shown` is what stands in their place."""
    rows = []
    number = itertools.count()

    def call(day: int, **ids: str) -> None:
        at = AT.format(day)
        sent = {field: shown(value) for field, value in ids.items()}
        rows.append(event(f"r{next(number)}", at, at, **sent))

    for day in (1, 2):
        for user in (JANE, JOHN, PHONE, NAME, "u_1"):
            call(day, userId=user, tenantId="acme", ticketId="T-1")
        for field in CASE_FIELDS:
            for id_ in (JANE, PHONE, JOHN, f"{field}-1"):
                for tenant in ("acme", "globex", TENANT):
                    call(day, tenantId=tenant, **{field: id_})
    # A call that names its user alone belongs to the tenant of that user.
    call(1, userId="u-of-" + JANE)
    telemetry(landing, "calls.jsonl", rows)
    rejected = event("no-time", "no time", "no time", userId=shown(JANE))
    named_by_a_person = event(shown(JOHN), "no time", "no time")
    telemetry(landing, "rejected.jsonl", [rejected, named_by_a_person])
    closed = {"status": "closed", "openedAt": AT.format(1), "lastResolvedAt": AT.format(3)}
    closed |= {"updatedAt": AT.format(3)}
    replies = {"botPublicReplies": 1, "humanPublicReplies": 0}
    for place, id_ in enumerate((JANE, PHONE, "T-1", "T-2")):
        merged = {"mergedIntoTicketId": shown(PHONE)} if id_ == "T-2" else {}
        ids = {"ticketId": shown(id_), "tenantId": shown("acme" if place else TENANT)}
        ticket(landing, f"{place}.jsonl", **closed, **replies, **ids, **merged)
    outcomes = landing / "workflow_outcomes" / "outcomes.csv"
    outcomes.parent.mkdir(parents=True)
    outcomes.write_text(
        f"workflow_id,use_case,outcome,is_success,tenant_id\n{shown(JOHN)},sales,sent,true,acme\n"
    )


def texts(warehouse: Path) -> Iterator[tuple[str, str]]:
    """Every value of every mart as text, with where it stands."""
    for mart in public_tables(warehouse):
        with connect(warehouse) as connection:
            columns = [row[0] for row in connection.execute(f"describe {mart}").fetchall()]
        for row in contents(warehouse, mart):
            for column, value in zip(columns, row, strict=True):
                # Where a file lies, the operator has said.
                if value is not None and column != "source_file":
                    yield f"{mart}.{column}", value


def spent(warehouse: Path) -> Any:
    return query(warehouse, "select count(*), sum(cost_usd) from fct_attempts")


@pytest.fixture(scope="module")
def without_key(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    os.environ.pop(VARIABLE, None)
    landing = tmp_path_factory.mktemp("planted")
    plant(landing)
    return build_warehouse(landing, data_tests=True)


@pytest.fixture(scope="module")
def with_key(
    build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Path, Path]]:
    """A warehouse with a key, and its landing folder."""
    landing = tmp_path_factory.mktemp("planted")
    plant(landing)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(VARIABLE, KEY)
        yield build_warehouse(landing, arguments=MODELS), landing


def test_no_raw_identifier_stands_in_a_mart(without_key: Path, with_key: tuple[Path, Path]) -> None:
    for warehouse in (without_key, with_key[0]):
        found = list(texts(warehouse))
        assert len(found) > 1000
        assert [place for place, value in found if any(raw in value for raw in PLANTED)] == []
        assert KEY not in "".join(value for _, value in found)


def test_without_a_key_a_kind_and_tenant_is_one_case_of_unknown_outcome(without_key: Path) -> None:
    assert query(
        without_key,
        """select ticket_id, tenant_id, outcome, is_in_helpdesk, attempts
        from fct_tickets where ticket_id like 'raw%' order by all""",
    ) == [
        # three sorts of id, on two days; of e-mail addresses there are two
        ("raw_email:acme", "acme", "unknown", False, 12),
        ("raw_email:globex", "globex", "unknown", False, 12),
        ("raw_email:raw_email", "raw_email", "unknown", False, 12),
        ("raw_phone:acme", "acme", "unknown", False, 6),
        ("raw_phone:globex", "globex", "unknown", False, 6),
        ("raw_phone:raw_email", "raw_email", "unknown", False, 6),
    ]
    assert query(
        without_key,
        "select raw_table, detail from rejected_rows where reason = 'raw_identifier' order by all",
    ) == [
        ("tickets", "ticket_id: raw_email, and no key to hash it by"),
        ("tickets", "ticket_id: raw_phone, and no key to hash it by"),
        ("workflow_outcomes", "workflow_id: raw_email, and no key to hash it by"),
    ]
    assert query(without_key, "select count(*) from rejected_rows where row_id = 'raw_email'") == [
        (1,)
    ]


def test_coverage_shows_the_kinds_of_every_id(without_key: Path) -> None:
    found = query(
        without_key,
        """select dimension, status, attempts from attribution_coverage
        where period_grain = 'month' and dimension like '%identifier' and status like 'raw%'""",
    )
    assert sorted(found) == [
        ("conversation_identifier", "raw_email", 12),
        ("conversation_identifier", "raw_phone", 6),
        ("tenant_identifier", "raw_email", 24),
        ("ticket_identifier", "raw_email", 12),
        ("ticket_identifier", "raw_phone", 6),
        # of u-of-... too
        ("user_identifier", "raw_email", 5),
        ("user_identifier", "raw_name", 2),
        ("user_identifier", "raw_phone", 2),
        # what the attempt is attributed to, whichever id names it
        ("workflow_identifier", "raw_email", 36),
        ("workflow_identifier", "raw_phone", 18),
    ]


def test_with_a_key_cases_are_what_they_are_under_other_ids(
    with_key: tuple[Path, Path],
    without_key: Path,
    build_warehouse: BuildWarehouse,
    tmp_path: Path,
) -> None:
    """Nothing but the names differs from a world whose senders hash as they should."""
    warehouse, _ = with_key
    plant(tmp_path / "other", lambda text: f"{hash_of(text)}")
    other = build_warehouse(tmp_path / "other", arguments=MODELS)
    cases = """select outcome, is_deflected, tenant_id is null, is_in_helpdesk, workflow_kind,
        attempts, cost_usd, merged_into_ticket_id is null, count(*)
        from fct_tickets group by all order by all"""
    assert query(warehouse, cases) == query(other, cases)
    shares = """select period_grain, period_start, cost_usd, spend_rank, attempts from tenant_share
        order by all"""
    assert query(warehouse, shares) == query(other, shares)
    assert spent(warehouse) == spent(without_key) == spent(other)


def hash_of(text: str) -> str:
    """What a sender that hashes as it should would send of a raw identifier."""
    is_raw = any(raw in text for raw in ("@", "%40", "+", " "))
    return f"h_{hashlib.sha256(text.encode()).hexdigest()[:12]}" if is_raw else text


def test_runs_with_a_key_give_what_one_gives_and_another_key_is_refused(
    with_key: tuple[Path, Path],
    build_warehouse: BuildWarehouse,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    warehouse, planted = with_key
    landing = tmp_path / "landing"
    for part in ("llm_requests", "tickets", "workflow_outcomes"):
        (landing / part).mkdir(parents=True)
    # Attempts and some of the help desk's rows first, then the rest.
    parts = (
        "llm_requests/calls.jsonl tickets/2.jsonl",
        "tickets/0.jsonl tickets/1.jsonl tickets/3.jsonl llm_requests/rejected.jsonl"
        " workflow_outcomes/outcomes.csv",
    )
    split: Path | None = None
    for part in parts:
        for file in part.split():
            (landing / file).write_bytes((planted / file).read_bytes())
        split = build_warehouse(landing, warehouse=split, arguments=MODELS)
    assert split is not None
    places = {"fct_attempts", "redeliveries", "rejected_rows"}
    assert set(different_tables(warehouse, split)) <= places
    attempts = "select * exclude (source_file) from fct_attempts order by all"
    assert query(warehouse, attempts) == query(split, attempts)
    for other in ("another-key-of-the-tests-2", None):
        if other is None:
            monkeypatch.delenv(VARIABLE)
        else:
            monkeypatch.setenv(VARIABLE, other)
        with pytest.raises(DbtError, match="raw identifiers: by the key"):
            build_warehouse(landing, warehouse=split, arguments=MODELS)
    monkeypatch.setenv(VARIABLE, "short")
    with pytest.raises(DbtError, match=f"{VARIABLE} needs 16 or more"):
        build_warehouse(landing, warehouse=split, arguments=MODELS)


def test_the_key_is_in_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, KEY)
    plant(tmp_path / "landing")
    monkeypatch.setenv("LLM_COSTS_WAREHOUSE", str(tmp_path / "llm_costs.duckdb"))
    monkeypatch.setenv("LLM_COSTS_LANDING", str(tmp_path / "landing"))
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT)]
    options += ["--target-path", str(tmp_path / "target"), "--log-path", str(tmp_path / "logs")]
    selected = ["--select", "+int_attempts_attributed", "+dim_tenants", "+int_deliveries_rejected"]
    command = ["build", "--exclude-resource-type=test", "--exclude-resource-type=unit_test"]
    invoke_dbt([*command, *selected, *options, "--quiet", "--log-level-file", "debug"])
    found = query(
        tmp_path / "llm_costs.duckdb",
        "select count(*) from int_attempts_attributed where user_id like 'raw_email:%'",
    )
    assert found == [(5,)]
    files = [file for file in tmp_path.rglob("*") if file.is_file()]
    assert {"dbt.log", "manifest.json", "llm_costs.duckdb"} <= {file.name for file in files}
    assert [file for file in files if KEY.encode() in file.read_bytes()] == []
