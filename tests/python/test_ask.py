"""The ready questions in analyses/: each asks in its first line, runs, and has one order."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import ask
import duckdb
import pytest
from conftest import PROJECT

QUESTIONS = list(ask.questions())


def test_finance_has_twenty_and_comes_first() -> None:
    rooms = [question.room for question in QUESTIONS]
    assert rooms.count("finance") >= 20
    assert list(dict.fromkeys(rooms)) == ["finance", "support", "engineering"]
    names = [question.name for question in QUESTIONS]
    # They are the names of analyses of dbt too.
    assert len(set(names)) == len(names)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_is_answered_by_the_demo_in_one_order(
    demo_warehouse: Path, question: ask.Question
) -> None:
    assert question.text.endswith("?"), "its first line asks"
    assert question.sql.splitlines()[1].startswith("-- grain: one row a")
    answered = ask.answer(question, demo_warehouse)
    rows = answered.fetchall()
    assert rows
    # What it is ordered by tells all rows apart.
    order = re.sub(r"(?s).*\norder by", "", question.sql)
    keys = [
        re.sub(r" (asc|desc)( nulls last)?$", "", key.strip()).split(".")[-1]
        for key in re.sub(r"\nlimit \d+", "", order).split(",\n")
    ]
    columns = [key for key in keys if key in answered.columns]
    assert columns, keys
    if len(columns) == len(keys):
        at = [answered.columns.index(key) for key in columns]
        assert len({tuple(row[place] for place in at) for row in rows}) == len(rows)


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question.name)
def test_a_question_reads_public_marts_alone(question: ask.Question) -> None:
    """So it can be asked of a published copy, and of dbt: no macro and no other model."""
    marts = {path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql")}
    read = set(ask.REFERENCE.findall(question.sql))
    assert read
    assert read <= marts
    assert "{" not in ask.REFERENCE.sub("", question.sql)


def test_a_question_of_nothing_is_answered_by_nothing(tmp_path: Path, demo_warehouse: Path) -> None:
    file = tmp_path / "llm_costs.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{demo_warehouse}' as demo (read_only)")
        connection.execute("create schema marts")
        for mart in {mart for one in QUESTIONS for mart in ask.REFERENCE.findall(one.sql)}:
            connection.execute(f"create table marts.{mart} as from demo.marts.{mart} limit 0")
    for question in QUESTIONS:
        assert ask.answer(question, file).fetchall() == [], question.name


def test_ask_lists_answers_and_says_what_is_wrong(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert ask.main([]) == 0
    shown = capsys.readouterr().out
    assert all(question.name in shown for question in QUESTIONS)
    assert ask.main(["top_customers", "--file", str(demo_warehouse), "--csv"]) == 0
    assert capsys.readouterr().out.startswith('"period_start","spend_rank"')
    assert ask.main(["top_customers", "--sql"]) == 0
    assert "from marts.tenant_share" in capsys.readouterr().out
    assert ask.main(["top_costumers"]) == 1
    assert "top_customers" in capsys.readouterr().err
    assert ask.main(["top_customers", "--file", str(tmp_path / "nowhere.duckdb")]) == 1
    assert "make build" in capsys.readouterr().err


def test_make_lists_its_targets_by_task() -> None:
    listed = subprocess.run(
        ["make", "--no-print-directory"],  # noqa: S607
        cwd=PROJECT,
        capture_output=True,
        text=True,
        check=True,
    ).stdout
    tasks = [part.splitlines()[0] for part in listed.strip().split("\n\n")]
    assert tasks == ["build:", "look:", "test:", "maintain:"]
    makefile = (PROJECT / "Makefile").read_text(encoding="utf-8")
    targets = re.findall(r"^([a-z-]+):.*## (\w+): ", makefile, re.MULTILINE)
    assert len(targets) == len(re.findall(r"^[a-z-]+:.*## ", makefile, re.MULTILINE))
    for target, task in targets:
        part = listed.split(f"{task}:\n")[1].split("\n\n")[0]
        assert f"  make {target} " in part
    # A target that people call is listed; what only other targets call is not.
    called = {"test-dbt", "test-python"}
    phony = re.findall(r"^\.PHONY: ([a-z-]+)", makefile, re.MULTILINE)
    assert set(phony) - called == {target for target, _ in targets}


SCRIPTS = sorted(path for path in (PROJECT / "scripts").glob("*.py"))


@pytest.mark.parametrize("script", SCRIPTS, ids=lambda path: path.name)
def test_every_script_has_help_that_names_its_exit_codes(script: Path) -> None:
    if script.name == "spark_build.py":
        pytest.importorskip("pyspark", reason="needs requirements-spark.txt")
    said = subprocess.run(  # noqa: S603
        [sys.executable, str(script), "--help"], capture_output=True, text=True, check=True
    ).stdout
    assert "Exit codes: 0" in said
