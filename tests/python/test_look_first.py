"""What stands in the way of a build is said at once by make, and after half a minute by dbt."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest
import warehouse_file
from conftest import PROJECT, DbtError, run_dbt
from look_first import KNOWN, in_the_way


@pytest.fixture
def held(tmp_path: Path) -> Iterator[tuple[Path, int]]:
    """A warehouse that another process reads, and that process."""
    file = tmp_path / "llm_costs.duckdb"
    duckdb.connect(str(file)).close()
    reads = "\n".join(
        [
            "import duckdb",
            f"connection = duckdb.connect({str(file)!r}, read_only=True)",
            "print('reads', flush=True)",
            "input()",
        ]
    )
    with subprocess.Popen(  # noqa: S603
        [sys.executable, "-c", reads], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == "reads\n"
        yield file, reader.pid
        reader.kill()


def test_a_reader_that_holds_the_file_is_named_by_make(held: tuple[Path, int]) -> None:
    file, pid = held
    began = time.monotonic()
    looked = subprocess.run(  # noqa: S603
        [sys.executable, str(PROJECT / "scripts" / "look_first.py")],
        env=dict(os.environ) | {"LLM_COSTS_WAREHOUSE": str(file), "LLM_COSTS_LANDING": ""},
        capture_output=True,
        text=True,
        check=False,
    )
    assert time.monotonic() - began < 5
    assert looked.returncode == 1
    assert f"PID {pid}" in looked.stderr
    assert len(looked.stderr.splitlines()) == 1
    build = (PROJECT / "Makefile").read_text(encoding="utf-8").split("\nbuild: ")[1]
    assert build.index("scripts/look_first.py") < build.index("$(DBT) build")


def test_dbt_waits_and_then_names_it_too(
    held: tuple[Path, int], dbt_target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, pid = held
    assert warehouse_file.WAIT_SECONDS == 30
    monkeypatch.setattr(warehouse_file, "WAIT_SECONDS", 2)
    began = time.monotonic()
    with pytest.raises(DbtError) as failure:
        run_dbt(["seed", "--select", "tenants"], file, dbt_target, None)
    said = str(failure.value)
    assert f"PID {pid}" in said
    assert "Traceback" not in said
    assert time.monotonic() - began > 2


def test_dbt_does_not_wait_for_a_folder_that_is_missing(tmp_path: Path, dbt_target: Path) -> None:
    with pytest.raises(DbtError) as failure:
        run_dbt(
            ["seed", "--select", "tenants"],
            tmp_path / "nowhere" / "llm_costs.duckdb",
            dbt_target,
            None,
        )
    assert "nowhere does not exist. Create it, or correct LLM_COSTS_WAREHOUSE." in str(
        failure.value
    )
    assert "Traceback" not in str(failure.value)


def test_environment_variables_are_looked_at(tmp_path: Path) -> None:
    clean = {"LLM_COSTS_WAREHOUSE": str(tmp_path / "new" / "llm_costs.duckdb")}
    assert in_the_way(clean) == []
    # Made, as `make` does it, and nothing in it.
    assert list((tmp_path / "new").iterdir()) == []
    for name, meant in {
        "LLM_COSTS_LANDNG": "LLM_COSTS_LANDING",
        "LLM_COST_LANDING": "LLM_COSTS_LANDING",
        "LLM_COSTS_MEMORY": "LLM_COSTS_MEMORY_LIMIT",
        "llm_costs_threads": "LLM_COSTS_THREADS",
        "LLM_COSTS_WAREHOSE": "LLM_COSTS_WAREHOUSE",
    }.items():
        said = [f"There is no environment variable {name}; the nearest is {meant}."]
        assert in_the_way(clean | {name: "x"}) == said
    for name, values in {
        "LLM_COSTS_THREADS": ("zwei", "0", "-1", "", "1.5"),
        "LLM_COSTS_MEMORY_LIMIT": ("lots", "", "-1GB", "4 parsecs"),
        "LLM_COSTS_LANDING": (str(tmp_path / "nowhere"), str(Path(__file__))),
        "LLM_COSTS_WAREHOUSE": (str(tmp_path), "/proc/nowhere/x.duckdb", __file__ + "/x.duckdb"),
    }.items():
        for value in values:
            (said_of_it,) = in_the_way(clean | {name: value})
            assert value in said_of_it or str(Path(value).parent) in said_of_it


def test_no_environment_variable_is_unknown_to_the_look() -> None:
    read: set[str] = set()
    for path in ("profiles.yml", "Makefile", "macros", "scripts", "docs"):
        files = [PROJECT / path] if (PROJECT / path).is_file() else (PROJECT / path).rglob("*.*")
        for file in files:
            if file.suffix in ("", ".yml", ".sql", ".py", ".md"):
                read |= set(re.findall(r"\bLLM_COSTS_[A-Z_]+[A-Z]\b", file.read_text("utf-8")))
    assert read == set(KNOWN)
