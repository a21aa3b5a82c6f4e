"""The weekly export: exact, the same bytes, safe in a spreadsheet, whole or not at all."""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import export
import openpyxl
import pyarrow.parquet as pq
import pytest
import yaml
from conftest import PROJECT
from exporting.cells import csv_cell, neutral, original
from exporting.tables import TABLES
from publishing import folders
from publishing.contracts import contracts

WEEK = date(2026, 10, 12)
# Texts that some spreadsheet runs, or that break a file that is not careful.
RUN = (
    "=1+1",
    "=cmd|'/C calc'!A0",
    "+1",
    "-1+2",
    "@SUM(A1)",
    "\t=1",
    "\r=1",
    "\n=1",
    "\ttext",
    " =1",
    "\u00a0=1",
    "\ufeff=1",
    "\u200b@x",
    "\u202e=1",
    "\uff1d1",
    "'=1",
    "'",
)
HARMLESS = (
    "",
    "text",
    "a=1",
    "1-2",
    '"=1"',
    "a\nb",
    "a;=1",
    'quote " and, comma',
    "שלום עולם",
    "مرحبا",
    "日本語",
    "x" * 40_000,
    "<script>alert(1)</script>",
    "\ufffe",
    "https://example.org/" + "y" * 3_000,
)


def exported(warehouse: Path, out: Path, *arguments: str) -> Path:
    """The folder of the week."""
    assert export.main(["--warehouse", str(warehouse), "--out", str(out), *arguments]) == 0
    (folder,) = [path for path in out.iterdir() if not path.name.startswith(".")]
    return folder


def manifest_of(folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    return found


def contents(folder: Path) -> dict[str, bytes]:
    return {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    }


@pytest.fixture(scope="module")
def week(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return exported(demo_warehouse, tmp_path_factory.mktemp("export"))


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


@pytest.mark.parametrize("text", RUN)
def test_what_a_spreadsheet_would_run_is_text(text: str) -> None:
    assert neutral(text) == "'" + text
    assert original(neutral(text)) == text


@pytest.mark.parametrize("text", HARMLESS)
def test_other_text_stays_as_it_is(text: str) -> None:
    assert neutral(text) == text
    assert original(text) == text


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        ("", '""'),
        ("-1", '"\'-1"'),
        ('a "b"', '"a ""b"""'),
        (Decimal("-0.000000000001"), "-0.000000000001"),
        (Decimal("0E-12"), "0.000000000000"),
        (Decimal("12345678901234567890.123456789012"), "12345678901234567890.123456789012"),
        (-7, "-7"),
        (0.1, "0.1"),
        (-1e-9, "-1e-09"),
        (True, "true"),
        (date(2026, 10, 12), "2026-10-12"),
        (datetime(2026, 10, 12, 8, 0, 0), "2026-10-12 08:00:00"),  # noqa: DTZ001
    ],
)
def test_a_cell_is_exact_and_a_negative_number_stays_one(value: Any, cell: str) -> None:
    assert csv_cell(value) == cell


def test_the_last_complete_week_is_exported(week: Path) -> None:
    assert week.name == str(WEEK)
    told = manifest_of(week)
    assert told["week"] == {
        "first_day": "2026-10-12",
        "last_day": "2026-10-18",
        "is_complete": True,
    }
    assert told["outcome_definition"] == "closed_without_escalation_v2"
    assert told["as_of"] == "2026-10-25 22:00:30"
    # Nothing of the machine is in it.
    assert "landing" not in told["settings"]


def test_the_manifest_says_what_is_there(week: Path) -> None:
    told = manifest_of(week)
    assert [table["name"] for table in told["tables"]] == [table.name for table in TABLES]
    entries = [told["workbook"]] + [file for table in told["tables"] for file in table["files"]]
    for entry in entries:
        content = (week / entry["path"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == entry["sha256"]
        assert len(content) == entry["bytes"]
    there = {path for path in contents(week) if path != "manifest.json"}
    assert there == {entry["path"] for entry in entries}


def table_ids(table: Any) -> str:
    return str(table.name)


@pytest.mark.parametrize("table", TABLES, ids=table_ids)
def test_all_three_forms_hold_the_rows_of_the_mart(
    week: Path, demo_warehouse: Path, table: Any
) -> None:
    (told,) = [one for one in manifest_of(week)["tables"] if one["name"] == table.name]
    with duckdb.connect(str(demo_warehouse), read_only=True) as connection:
        rows = connection.execute(
            f"select * from marts.{table.mart} where {told['filter']}"
        ).fetchall()
        names = [column[0] for column in connection.description]
    assert [column["name"] for column in told["columns"]] == names
    assert all(column["description"] for column in told["columns"])
    assert told["rows"] == len(rows)

    parquet = pq.read_table(week / "parquet" / f"{table.name}.parquet")
    assert parquet.column_names == names
    in_parquet = [tuple(row.values()) for row in parquet.to_pylist()]
    assert sorted(map(repr, in_parquet)) == sorted(map(repr, rows))
    for field, column in zip(parquet.schema, told["columns"], strict=True):
        if column["type"].startswith("DECIMAL"):
            assert str(field.type).replace(" ", "") == column["type"].lower().replace(
                "decimal", "decimal128"
            )

    with duckdb.connect() as connection:
        types = {column["name"]: column["type"] for column in told["columns"]}
        in_csv = connection.execute(
            f"select * from read_csv('{week}/csv/{table.name}.csv', header = true, columns = $1)",
            [types],
        ).fetchall()
    assert [tuple(row) for row in in_csv] == in_parquet

    sheet = openpyxl.load_workbook(week / f"llm_costs_{WEEK}.xlsx")[table.name]
    header, *in_excel = sheet.iter_rows(values_only=True)
    assert list(header) == names
    assert len(in_excel) == len(rows)
    for shown, row in zip(in_excel, in_parquet, strict=True):
        for value, exact in zip(shown, row, strict=True):
            if isinstance(exact, Decimal | float):
                assert value == pytest.approx(float(exact), rel=1e-14)
            elif isinstance(exact, date) and not isinstance(exact, datetime):
                assert value.date() == exact
            elif exact == "":
                assert value is None
            else:
                assert value == exact

    for name, total in told["totals"].items():
        known = [row[names.index(name)] for row in rows if row[names.index(name)] is not None]
        assert Decimal(total) == sum(map(Decimal, known), Decimal(0))


def test_the_workbook_says_what_it_is_and_leads_to_its_sheets(week: Path) -> None:
    book = openpyxl.load_workbook(week / f"llm_costs_{WEEK}.xlsx")
    assert book.sheetnames == ["about", *(table.name for table in TABLES), "columns"]
    about = {row[0]: row[1] for row in book["about"].iter_rows(max_col=2, values_only=True)}
    assert about["Outcome definition"] == "closed_without_escalation_v2"
    assert about["Complete"] == "yes"
    links = [cell.hyperlink.location for cell in book["about"]["A"] if cell.hyperlink]
    assert links == [f"'{table.name}'!A1" for table in TABLES]
    assert book["columns"].max_row == 1 + sum(
        len(table["columns"]) for table in manifest_of(week)["tables"]
    )


def test_the_same_data_gives_the_same_bytes_anywhere_and_at_any_time(
    week: Path, demo_warehouse: Path, tmp_path: Path
) -> None:
    elsewhere = dict(os.environ) | {"TZ": "Asia/Tokyo", "LC_ALL": "C", "PYTHONHASHSEED": "7"}
    subprocess.run(  # noqa: S603
        [
            *(sys.executable, str(PROJECT / "scripts" / "export.py")),
            *("--warehouse", str(demo_warehouse), "--out", str(tmp_path / "other")),
        ],
        env=elsewhere,
        cwd=tmp_path,
        check=True,
        capture_output=True,
    )
    assert contents(tmp_path / "other" / str(WEEK)) == contents(week)


def test_hostile_text_is_text_in_csv_and_excel_and_untouched_in_parquet(
    changed: Callable[..., Path], tmp_path: Path
) -> None:
    texts = [text for text in (*RUN, *HARMLESS) if text]
    values = ", ".join(
        f"('project', {hostile})"
        for hostile in ("'" + text.replace("'", "''") + "'" for text in texts)
    )
    warehouse = changed(
        "delete from marts.cost_per_deflection",
        "insert into marts.cost_per_deflection by name"
        f" select date '{WEEK}' as period_start, 'week' as period_grain, segment_type,"
        f" segment_value from (values {values}) as hostile (segment_type, segment_value)",
    )
    folder = exported(warehouse, tmp_path / "out")
    name = "cost_per_deflection"
    parquet = pq.read_table(folder / "parquet" / f"{name}.parquet").to_pylist()
    assert {row["segment_value"] for row in parquet} == set(texts)

    with duckdb.connect() as connection:
        cells = connection.execute(
            f"select segment_value from read_csv('{folder}/csv/{name}.csv', all_varchar = true,"
            " header = true, max_line_size = 1000000)"
        ).fetchall()
    assert {original(cell) for (cell,) in cells} == set(texts)
    assert not [cell for (cell,) in cells if cell.lstrip("\u00a0\ufeff\u200b\u202e ")[0] in "=+-@"]

    sheet = openpyxl.load_workbook(folder / f"llm_costs_{WEEK}.xlsx")[name]
    column = [cell.value for cell in sheet[1]].index("segment_value")
    in_excel = [row[column] for row in sheet.iter_rows(min_row=2)]
    assert {cell.data_type for cell in in_excel} == {"s"}
    assert {len(cell.value) for cell in in_excel if cell.value.startswith("xxx")} == {32_767}
    assert sum(cell.value.startswith("'") for cell in in_excel) == len(RUN)
    assert all(cell.hyperlink is None for cell in in_excel)


@pytest.mark.parametrize("at", ["write_manifest", "write_workbook", "put_in_place"])
def test_a_week_appears_whole_or_not_at_all(
    demo_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, at: str
) -> None:
    folder = exported(demo_warehouse, tmp_path)
    (folder / "mine.txt").write_text("of the time before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(export, at, fail)
    arguments = ["--warehouse", str(demo_warehouse), "--out", str(tmp_path)]
    assert export.main(arguments) == 1
    assert export.main([*arguments, "--week", "2026-10-05"]) == 1
    assert [path.name for path in tmp_path.iterdir()] == [str(WEEK)]
    assert (folder / "mine.txt").is_file()


@pytest.mark.parametrize("can_exchange", [True, False])
def test_a_week_that_stands_there_is_replaced(
    demo_warehouse: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, can_exchange: bool
) -> None:
    if not can_exchange:
        monkeypatch.setattr(folders, "exchanged", lambda *_: False)
    folder = exported(demo_warehouse, tmp_path)
    (folder / "stale.txt").write_text("of the time before")
    assert exported(demo_warehouse, tmp_path) == folder
    assert not (folder / "stale.txt").exists()
    assert [path.name for path in tmp_path.iterdir()] == [str(WEEK)]


def test_any_day_names_its_week_and_an_open_one_says_so(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    folder = exported(demo_warehouse, tmp_path, "--week", "2026-10-25")
    assert folder.name == "2026-10-19"
    assert "not complete" in capsys.readouterr().out
    assert manifest_of(folder)["week"]["is_complete"] is False


def test_a_week_without_data_is_refused(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    arguments = ["--warehouse", str(demo_warehouse), "--out", str(tmp_path), "--week", "2020-01-01"]
    assert export.main(arguments) == 1
    assert "its weeks are 2026-07-06 to 2026-10-19" in capsys.readouterr().err
    assert export.main(["--warehouse", str(tmp_path / "nowhere.duckdb")]) == 1
    assert "make build" in capsys.readouterr().err
    with pytest.raises(SystemExit) as wrong:
        export.main(["--week", "last"])
    assert wrong.value.code == 2


def test_a_warehouse_without_data_says_so_and_can_be_exported_by_week(
    changed: Callable[..., Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    marts = sorted({"dim_periods", *(table.mart for table in TABLES)})
    warehouse = changed(
        *(
            f"create or replace table marts.empty as from marts.{mart} limit 0;"
            f" drop {kind} marts.{mart}; alter table marts.empty rename to {mart}"
            for mart in marts
            for kind in ("view" if mart in ("attribution_coverage", "tenant_share") else "table",)
        ),
        "update run.completed_run set as_of = null",
    )
    out = tmp_path / "out"
    assert export.main(["--warehouse", str(warehouse), "--out", str(out)]) == 1
    assert "no complete week yet" in capsys.readouterr().err
    folder = exported(warehouse, out, "--week", str(WEEK))
    told = manifest_of(folder)
    assert {table["rows"] for table in told["tables"]} == {0}
    assert told["as_of"] is None
    book = openpyxl.load_workbook(folder / f"llm_costs_{WEEK}.xlsx")
    assert {book[table.name].max_row for table in TABLES} == {1}


def test_every_entry_of_the_list_is_a_public_mart_and_a_sheet() -> None:
    public = contracts()
    names = [table.name for table in TABLES]
    assert len(set(names)) == len(names)
    for table in TABLES:
        assert table.mart in public
        assert len(table.name) <= 31
        assert table.question.endswith("?")


def test_the_exposure_names_what_is_exported() -> None:
    file = PROJECT / "models" / "_exposures.yml"
    exposures = {
        one["name"]: one["depends_on"]
        for one in yaml.safe_load(file.read_text(encoding="utf-8"))["exposures"]
    }
    assert sorted(exposures["weekly_export"]) == sorted(
        {"ref('dim_periods')", *(f"ref('{table.mart}')" for table in TABLES)}
    )
