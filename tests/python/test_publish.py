"""Publishing: checks first, then whole or not at all, and readers of before go on reading."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import psycopg
import publish
import pyarrow.parquet as pq
import pytest
from borders import Finding
from conftest import PROJECT
from publishing.content import Content, of_everybody
from publishing.contracts import contracts
from publishing.versions import folder_of_tenant, remove_old
from publishing.warehouse import ReaderError, Warehouse

# Marts whose rows have no key that a test could hold unique.
WITHOUT_KEY = {"near_miss_ids"}
TENANT = "northwind"


def published(warehouse: Path, to: Path, *arguments: str) -> int:
    return publish.main(["--warehouse", str(warehouse), "--to", str(to), *arguments])


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def tree(folder: Path) -> list[str]:
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*"))


@pytest.fixture(autouse=True)
def without_a_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """And, but for the publication that all tests read, without the seconds of the borders."""
    monkeypatch.delenv(publish.DSN, raising=False)
    monkeypatch.setattr(publish, "breaches", lambda _: [])


@pytest.fixture(scope="module")
def publication(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a publication; tests that publish again have their own."""
    folder = tmp_path_factory.mktemp("published")
    assert published(demo_warehouse, folder) == 0
    return folder


@pytest.fixture
def changed(demo_warehouse: Path, tmp_path: Path) -> Callable[..., Path]:
    """A copy of the demo's warehouse on which statements were run."""

    def change(*statements: str) -> Path:
        copy = Path(shutil.copy(demo_warehouse, tmp_path / "llm_costs.duckdb"))
        with duckdb.connect(str(copy)) as connection:
            for statement in statements:
                connection.execute(statement)
        return copy

    return change


def test_what_is_published_is_every_public_mart_and_no_other(publication: Path) -> None:
    models = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    assert set(contracts()) == models
    with duckdb.connect(str(publication / "current" / "llm_costs.duckdb"), read_only=True) as copy:
        tables = copy.execute(
            "select schema_name, table_name from duckdb_tables() union all"
            " select schema_name, view_name from duckdb_views() where not internal"
        ).fetchall()
    assert {schema for schema, _ in tables} == {"marts"}
    assert {table for _, table in tables} == models
    assert {path.stem for path in (publication / "current" / "parquet").iterdir()} == models
    told = manifest_of(publication / "current")
    assert {mart["name"] for mart in told["marts"]} == models
    assert told["left_out"] == told["columns_left_out"] == []
    assert told["tenant"] is None


def test_every_row_is_in_both_copies(publication: Path, demo_warehouse: Path) -> None:
    rows = {mart["name"]: mart["rows"] for mart in manifest_of(publication / "current")["marts"]}
    current = publication / "current"
    with duckdb.connect() as connection:
        connection.execute(f"attach '{demo_warehouse}' as ours (read_only)")
        connection.execute(f"attach '{current}/llm_costs.duckdb' as theirs (read_only)")
        for name, counted in rows.items():
            for copy in (f"theirs.marts.{name}", f"'{current}/parquet/{name}.parquet'"):
                for one, other in ((f"ours.marts.{name}", copy), (copy, f"ours.marts.{name}")):
                    assert connection.execute(
                        f"select count(*) from (from {one} except all from {other})"
                    ).fetchall() == [(0,)], (name, one)
            assert connection.execute(f"select count(*) from ours.marts.{name}").fetchall() == [
                (counted,)
            ]


def test_comments_and_keys_are_kept(publication: Path, demo_warehouse: Path) -> None:
    comments = (
        "select table_name, column_name, comment from duckdb_columns() where schema_name = 'marts'"
    )
    with duckdb.connect(str(demo_warehouse), read_only=True) as ours:
        expected = {
            (table, column): " ".join(comment.split())
            for table, column, comment in ours.execute(comments).fetchall()
        }
    with duckdb.connect(str(publication / "current" / "llm_costs.duckdb"), read_only=True) as copy:
        kept = {(table, column): text for table, column, text in copy.execute(comments).fetchall()}
        described = dict(copy.execute("select table_name, comment from duckdb_tables()").fetchall())
        keys = dict(
            copy.execute(
                "select table_name, constraint_column_names from duckdb_constraints()"
                " where constraint_type = 'PRIMARY KEY'"
            ).fetchall()
        )
        ((version,),) = copy.execute(
            "select tags['storage_version'] from duckdb_databases() where not internal"
        ).fetchall()
    assert kept == expected
    assert all(described.values())
    assert set(keys) == set(contracts()) - WITHOUT_KEY
    assert {name: tuple(key) for name, key in keys.items()} == {
        name: contract.key for name, contract in contracts().items() if contract.key
    }
    assert version.startswith("v1.0.0"), "DuckDB 1.x clients cannot read it"
    parquet = pq.read_schema(publication / "current" / "parquet" / "tenant_share.parquet")
    assert json.loads(parquet.metadata[b"key"]) == ["period_grain", "period_start", "tenant_id"]


def test_files_are_read_only_and_as_the_manifest_says(publication: Path) -> None:
    current = publication / "current"
    told = manifest_of(current)
    for entry in (told["duckdb"], *(mart["parquet"] for mart in told["marts"])):
        file = current / entry["path"]
        assert file.stat().st_size == entry["bytes"]
        assert file.stat().st_mode & 0o222 == 0


def test_a_reader_of_before_goes_on_reading_while_a_new_version_takes_its_place(
    demo_warehouse: Path, tmp_path: Path
) -> None:
    assert published(demo_warehouse, tmp_path, "--keep", "1") == 0
    first = os.path.realpath(tmp_path / "current")
    with duckdb.connect(str(tmp_path / "current" / "llm_costs.duckdb"), read_only=True) as reader:
        sums = "select count(*), sum(cost_usd) from marts.fct_attempts"
        before = reader.execute(sums).fetchall()
        assert published(demo_warehouse, tmp_path, "--keep", "1") == 0
        second = os.path.realpath(tmp_path / "current")
        assert first != second
        assert not Path(first).exists()
        assert reader.execute(sums).fetchall() == before
    assert [path.name for path in (tmp_path / "versions").iterdir()] == [Path(second).name]


@dataclass(frozen=True)
class Fault:
    """Something about a warehouse that forbids to publish it, and what is said of it."""

    name: str
    statement: str
    said: str


FAULTS = (
    Fault("broke off", "update run.last_run set is_finished = false", "broke off"),
    Fault("never completed", "drop table run.completed_run", "Run `make build`"),
    Fault(
        "failed test",
        "insert into run.failed_tests values ('test.llm_costs.spend_bridge_key.a1b2')",
        "spend_bridge_key failed",
    ),
    Fault("missing mart", "drop table marts.tool_calls", "The mart tool_calls is not"),
    Fault("missing column", "alter table marts.tool_calls drop calls", "differ in calls"),
    Fault(
        "other column",
        "alter table marts.tool_calls add column mine bigint",
        "differ in mine",
    ),
    Fault(
        "lost dollars",
        "update marts.cost_per_resolved_ticket"
        " set ticket_cost_usd = ticket_cost_usd + 0.000000000001"
        " where (period_grain, segment_type) = ('week', 'all') and period_start = '2026-10-12'",
        "spend on cases differ",
    ),
    Fault(
        "lost cases",
        "delete from marts.support_scorecard where segment_value = 'web_app'",
        "resolved cases differ",
    ),
    Fault("other rows", "delete from marts.endpoint_economics", "reportable spend differ"),
)


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_a_failed_check_publishes_nothing_and_says_why(
    changed: Callable[..., Path],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    fault: Fault,
) -> None:
    to = tmp_path / "published"
    to.mkdir()
    assert published(changed(fault.statement), to) == 1
    assert fault.said in capsys.readouterr().err
    assert tree(to) == []


def test_a_breach_at_the_borders_publishes_nothing_and_names_rule_and_owner(
    demo_warehouse: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    finding = Finding(
        rule="volume_of_a_day",
        border="arrived",
        what="litellm",
        expected="At least a third of such a weekday.",
        found="rows 3",
        owner="Platform",
        stops=True,
        accepted=None,
    )
    monkeypatch.setattr(publish, "breaches", lambda _: [finding])
    assert published(demo_warehouse, tmp_path / "to") == 1
    said = capsys.readouterr().err
    assert "volume_of_a_day: litellm" in said
    assert "Owner: Platform" in said
    assert not (tmp_path / "to").exists()


def test_a_copy_that_cannot_be_written_changes_nothing(
    publication: Path,
    demo_warehouse: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    before, leads_to = tree(publication), (publication / "current").readlink()
    for step in ("write_duckdb", "write_parquet_files", "write_manifest", "make_current"):
        with monkeypatch.context() as patched:
            if step != "write_duckdb":
                patched.setattr(publish, "write_duckdb", lambda *_: {})
            if step in ("write_manifest", "make_current"):
                patched.setattr(publish, "write_parquet_files", lambda *_: None)
                patched.setattr(publish, "manifest_of", lambda *_: {"as_of": None, "marts": []})
            patched.setattr(publish, step, fail)
            assert published(demo_warehouse, publication) == 1
        assert "No space left" in capsys.readouterr().err
        assert (publication / "current").readlink() == leads_to
        assert tree(publication) == before


def test_a_folder_of_somebody_else_is_left_alone(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "current").mkdir()
    (tmp_path / "current" / "mine.txt").touch()
    assert published(demo_warehouse, tmp_path) == 1
    assert "Name another folder" in capsys.readouterr().err
    assert tree(tmp_path) == ["current", "current/mine.txt"]
    # Nor a link that leads to something else: an application's own releases.
    linked = tmp_path / "application"
    (linked / "releases" / "3").mkdir(parents=True)
    (linked / "current").symlink_to("releases/3")
    assert published(demo_warehouse, linked) == 1
    assert "Name another folder" in capsys.readouterr().err
    assert (linked / "current").readlink() == Path("releases/3")
    assert published(tmp_path / "nowhere.duckdb", tmp_path) == 1
    assert "make build" in capsys.readouterr().err


def test_what_a_killed_publication_left_is_removed_a_day_later(tmp_path: Path) -> None:
    versions = tmp_path / "versions"
    left, at_work = versions / ".20261025T000000Z-01.abc", versions / ".20261026T000000Z-01.def"
    for folder in (left, at_work):
        folder.mkdir(parents=True)
    days_ago = time.time() - 2 * 24 * 60 * 60
    os.utime(left, (days_ago, days_ago))
    remove_old(tmp_path)
    assert tree(versions) == [at_work.name]


def test_a_tenant_gets_its_own_rows_and_nothing_of_others(
    demo_warehouse: Path, tmp_path: Path
) -> None:
    assert published(demo_warehouse, tmp_path, "--tenant", TENANT) == 0
    # Nothing lies where everybody reads.
    assert [path.name for path in tmp_path.iterdir()] == ["tenants"]
    current = tmp_path / "tenants" / TENANT / "current"
    told = manifest_of(current)
    marts = {mart["name"] for mart in told["marts"]}
    assert {"fct_attempts", "fct_tickets", "tenant_share", "cost_per_resolved_ticket"} <= marts
    assert marts | set(told["left_out"]) == set(contracts())
    assert {"spend_bridge", "dim_model_prices", "tenant_concentration"} <= set(told["left_out"])
    assert {
        *("tenant_share.spend_share", "fct_tickets.attempt_tenant_id"),
        *("longest_threads.token_rank", "fct_attempts.source_file"),
    } <= set(told["columns_left_out"])
    with duckdb.connect(str(demo_warehouse), read_only=True) as ours:
        others = [
            name
            for row in ours.execute(
                "select tenant_id, tenant_name from marts.dim_tenants where tenant_id <> $1",
                [TENANT],
            ).fetchall()
            for name in row
        ]
        ((attempts, cost),) = ours.execute(
            "select count(*), sum(cost_usd) from marts.fct_attempts where tenant_id = $1", [TENANT]
        ).fetchall()
    with duckdb.connect(str(current / "llm_costs.duckdb"), read_only=True) as copy:
        assert copy.execute(
            "select count(*), sum(cost_usd) from marts.fct_attempts"
        ).fetchall() == [(attempts, cost)]
        texts = copy.execute(
            "select table_name, column_name from duckdb_columns() where data_type = 'VARCHAR'"
            " and schema_name = 'marts'"
        ).fetchall()
        assert texts
        for table, column in texts:
            found = copy.execute(
                f"select count(*) from marts.{table} where list_contains($1, {column})", [others]
            ).fetchall()
            assert found == [(0,)], (table, column)
        segments = copy.execute(
            "select distinct segment_type, segment_value from marts.cost_per_resolved_ticket"
        ).fetchall()
    assert segments == [("tenant", TENANT)]


@pytest.mark.parametrize("tenant", ["nortwind", "unknown", "", "' or true --", "../other"])
def test_who_is_no_tenant_gets_nothing(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], tenant: str
) -> None:
    assert published(demo_warehouse, tmp_path, "--tenant", tenant) == 1
    said = capsys.readouterr().err
    assert "no tenant" in said
    assert tenant != "nortwind" or "The nearest: northwind" in said
    assert tree(tmp_path) == []


@pytest.mark.parametrize("tenant", ["..", ".", "a/b", "/etc", "~", "a b", "שלום", "x\ny", "%2F"])
def test_no_tenant_leads_out_of_its_folder(tmp_path: Path, tenant: str) -> None:
    folder = folder_of_tenant(tmp_path, tenant)
    assert folder.parent == tmp_path / "tenants"
    assert folder.resolve() == folder
    with pytest.raises(ReaderError):
        folder_of_tenant(tmp_path, "x" * 300)


def test_every_mart_but_known_ones_has_a_key() -> None:
    found = contracts()
    assert {name for name, contract in found.items() if not contract.key} == WITHOUT_KEY
    for contract in found.values():
        assert not contract.columns or set(contract.key) <= set(contract.columns), contract.name


# PostgreSQL: a real server, on a socket in a folder of its own.


def server_programs() -> Path | None:
    """The newest installed server, wherever the system puts it."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[4])
    )
    on_path = shutil.which("initdb")
    return found[-1].parent if found else Path(on_path).parent if on_path else None


@pytest.fixture(scope="module")
def database() -> Iterator[str]:
    """The connection string of a new server, which ends with the tests."""
    programs = server_programs()
    if programs is None:
        pytest.skip("PostgreSQL is not installed (Debian: apt-get install postgresql)")
    # Sockets have short names, and the server refuses to run as root.
    folder = Path(tempfile.mkdtemp(prefix="pg."))
    runs_as: dict[str, Any] = {}
    if os.geteuid() == 0:
        shutil.chown(folder, "postgres")
        runs_as = {"user": "postgres", "cwd": "/"}

    def run(program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603
            [str(programs / program), *arguments],
            check=True,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            **runs_as,
        )

    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-A", "trust", "-U", "owner", "-E", "UTF8", "--no-sync")
        options = f"-k {folder} -c listen_addresses='' -c fsync=off"
        run("pg_ctl", "-D", data, "-o", options, "-w", "-l", str(folder / "log"), "start")
        yield f"host={folder} user=owner dbname=postgres"
    finally:
        if (folder / "data" / "postmaster.pid").exists():
            run("pg_ctl", "-D", data, "-m", "immediate", "stop")
        shutil.rmtree(folder, ignore_errors=True)


def asked(dsn: str, sql: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(dsn) as connection:
        return connection.execute(sql.encode()).fetchall()


@pytest.fixture
def reached(database: str, monkeypatch: pytest.MonkeyPatch) -> str:
    """The database without what the test before it has left."""
    with psycopg.connect(database) as connection:
        for schema in ("marts", "marts_before", "marts_next"):
            connection.execute(f"drop schema if exists {schema} cascade".encode())
    monkeypatch.setenv(publish.DSN, database)
    return database


@pytest.fixture
def without_files(monkeypatch: pytest.MonkeyPatch) -> None:
    """Publishes a few marts to PostgreSQL alone, for tests of that."""

    def few(*arguments: Any) -> Content:
        content = of_everybody(*arguments)
        marts = [mart for mart in content.marts if mart.name in ("fct_tickets", "tenant_share")]
        return replace(content, marts=tuple(marts))

    monkeypatch.setattr(publish, "of_everybody", few)
    monkeypatch.setattr(publish, "write_duckdb", lambda *_: {})
    monkeypatch.setattr(publish, "write_parquet_files", lambda *_: None)
    stub: dict[str, Any] = {"as_of": None, "marts": [], "left_out": []}
    monkeypatch.setattr(publish, "manifest_of", lambda *_: stub)


HOSTILE = (
    "\\",
    "\\.",
    "a\n\\.\nb",
    "tab\there",
    "\\N",
    "",
    "'; drop schema marts; --",
    "שלום",
    "\r\n",
)


def test_postgres_holds_the_same_with_types_keys_and_comments(
    changed: Callable[..., Path], tmp_path: Path, reached: str
) -> None:
    values = ", ".join(
        f"({number}, '{text.replace(chr(39), chr(39) * 2)}')" for number, text in enumerate(HOSTILE)
    )
    warehouse = changed(
        "insert into marts.rejected_rows by name"
        " select uuid() as rejected_row_key, text as detail, number || '' as reason"
        f" from (values {values}, (90, chr(0)), (91, null)) as hostile (number, text)",
        f"insert into marts.unread_files by name select '{'long' * 2000}' as source_file",
    )
    assert published(warehouse, tmp_path / "published") == 0
    with duckdb.connect(str(warehouse), read_only=True) as ours:
        for name in contracts():
            decimals = [
                column
                for (column,) in ours.execute(
                    "select column_name from duckdb_columns() where schema_name = 'marts'"
                    " and table_name = $1 and data_type like 'DECIMAL%' order by 1",
                    [name],
                ).fetchall()
            ]
            sums = "".join(f", sum({column})" for column in decimals)
            sql = f"select count(*){sums} from marts.{name}"
            assert asked(reached, sql) == ours.execute(sql).fetchall(), name
    details = dict(
        asked(
            reached,
            "select reason, detail from marts.rejected_rows where detail is not null",
        )
    )
    assert [details[f"{number}"] for number in range(len(HOSTILE))] == list(HOSTILE)
    assert details["90"] == "\ufffd"
    assert "91" not in details

    keys = asked(
        reached,
        "select conrelid::regclass::text from pg_constraint"
        " where contype = 'p' and connamespace = 'marts'::regnamespace",
    )
    # A file's name of 8,000 characters fits no index.
    expected = set(contracts()) - WITHOUT_KEY - {"unread_files"}
    assert {name.removeprefix("marts.") for (name,) in keys} == expected
    ((column_type, comment),) = asked(
        reached,
        "select format_type(atttypid, atttypmod), col_description(attrelid, attnum)"
        " from pg_attribute where attrelid = 'marts.tenant_share'::regclass"
        " and attname = 'cost_usd'",
    )
    assert column_type == "numeric(28,12)"
    assert comment.startswith("Sum of the known costs")
    assert asked(reached, "select count(*) from pg_namespace where nspname like 'marts%'") == [(1,)]


@pytest.mark.usefixtures("without_files")
def test_a_postgres_reader_goes_on_and_grants_are_kept(
    demo_warehouse: Path, tmp_path: Path, reached: str
) -> None:
    assert published(demo_warehouse, tmp_path) == 0
    with psycopg.connect(reached, autocommit=True) as owner:
        owner.execute("drop role if exists analyst")
        owner.execute("create role analyst login")
        owner.execute("grant usage on schema marts to analyst")
        owner.execute("grant select on all tables in schema marts to analyst")
    as_analyst = reached.replace("user=owner", "user=analyst")
    sums = "select sum(cost_usd) from marts.fct_tickets"
    with psycopg.connect(as_analyst) as reader:
        cursor = reader.cursor("open", withhold=False)
        cursor.execute("select cost_usd from marts.fct_tickets where cost_usd is not null")
        first = cursor.fetchmany(10)
        assert published(demo_warehouse, tmp_path) == 0
        total = sum((cost for (cost,) in [*first, *cursor.fetchall()]), Decimal(0))
    assert asked(as_analyst, sums) == [(total,)]
    assert asked(as_analyst, "select count(*) > 0 from marts.tenant_share") == [(True,)]
    assert published(demo_warehouse, tmp_path) == 0
    assert asked(as_analyst, sums) == [(total,)]
    with psycopg.connect(reached, autocommit=True) as owner:
        owner.execute("drop schema marts, marts_before cascade")
        owner.execute("drop role analyst")


@pytest.mark.usefixtures("without_files")
def test_where_postgres_refuses_nothing_is_published_anywhere(
    demo_warehouse: Path,
    tmp_path: Path,
    reached: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    with psycopg.connect(reached) as owner:
        owner.execute("create schema marts")
        owner.execute("create table marts.mine (id int)")
    for dsn, said in {
        reached: "not a publication of ours",
        "host=/nowhere password=hunter2 user=owner": "No such file",
        "hunter2": "none that PostgreSQL understands",
        reached.replace("user=owner", "user=nobody"): "does not exist",
    }.items():
        monkeypatch.setenv(publish.DSN, dsn)
        assert published(demo_warehouse, tmp_path) == 1
        err = capsys.readouterr().err
        assert said in err
        assert "hunter2" not in err
        assert not (tmp_path / "current").exists()
        assert list((tmp_path / "versions").iterdir()) == []
    assert asked(reached, "select count(*) from marts.mine") == [(0,)]


def test_a_warehouse_that_is_written_now_is_not_published(
    changed: Callable[..., Path],
) -> None:
    file = changed()
    with duckdb.connect(str(file)), pytest.raises((ReaderError, duckdb.Error)):
        Warehouse(file)
