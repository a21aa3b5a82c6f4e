"""This project as a measured command, and the landing folders that it reads."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import duckdb

from benchmarks.measure import Usage, run
from benchmarks.results import Stored

PROJECT = Path(__file__).resolve().parent.parent.parent
SCRIPTS = PROJECT / "scripts"
SEEDS = PROJECT / "seeds" / "reference"
RAW_TABLES = ("llm_requests", "tickets", "workflow_outcomes")
SELECTION = (
    "+cost_per_resolved_ticket",
    "+cost_per_deflection",
    "+tenant_share",
    "+tenant_concentration",
    "+prompt_version_regression",
)


def emptied(folder: Path) -> Path:
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def generate(folder: Path, *options: str) -> Path:
    """Raw data, made once; a folder that has its name is complete."""
    if not folder.exists():
        half_made = folder.with_name(f"{folder.name}.part")
        shutil.rmtree(half_made, ignore_errors=True)
        print(f"== writing {folder.name}", flush=True)
        command = [sys.executable, "generate_demo.py", "--format", "parquet", *options]
        subprocess.run([*command, "--out", str(half_made)], cwd=SCRIPTS, check=True)  # noqa: S603
        half_made.rename(folder)
    return folder


# Which data tests a build runs; unit tests test the code, and are in none.
TESTS: dict[str, tuple[str, ...]] = {
    "none": ("--exclude-resource-type", "test", "unit_test"),
    "daily": ("--selector", "daily", "--exclude-resource-type", "unit_test"),
    "all": ("--exclude-resource-type", "unit_test"),
}


def dbt_build(
    landing: Path, out: Path, selection: Sequence[str] = (), tests: str = "none"
) -> Usage:
    """One `dbt build`; in an empty folder it starts cold: it parses, loads seeds and builds."""
    command = [str(Path(sys.executable).with_name("dbt")), "build", "--profiles-dir", "."]
    if selection:
        command += ["--select", *selection]
    command += TESTS[tests]
    environment = {
        **os.environ,
        "LLM_COSTS_LANDING": str(landing),
        "LLM_COSTS_WAREHOUSE": str(out / "warehouse.duckdb"),
        "DBT_TARGET_PATH": str(out / "target"),
        "DBT_LOG_PATH": str(out / "logs"),
    }
    return run(command, PROJECT, out / "output.txt", environment)


def commit() -> str:
    """The commit that is measured; empty where the project is no clone."""
    command = ["git", "-C", str(PROJECT), "rev-parse", "--short", "HEAD"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    except (OSError, subprocess.CalledProcessError):
        return ""
    return done.stdout.strip()


def empty_landing(folder: Path) -> Path:
    for raw_table in RAW_TABLES:
        (folder / raw_table).mkdir(parents=True, exist_ok=True)
    return folder


# The tables of attempts, this project's and the script's: fct_attempts is a view over them.
OUR_ATTEMPTS = "intermediate.int_attempts_attributed"
SCRIPT_ATTEMPTS = "main.attempts"


def stored(folder: Path, attempts: str = SCRIPT_ATTEMPTS) -> Stored:
    """Bytes of the warehouse file, or of the Parquet files, and of the table of attempts alone."""
    warehouse = folder / "warehouse.duckdb"
    if not warehouse.exists():
        files = list(folder.glob("*/*.parquet"))
        of_attempts = [file for file in files if file.parent.name == "fct_attempts"]
        return Stored(_bytes(files), _bytes(of_attempts))
    # A file shares blocks between tables, so the table is copied to a file of its own.
    alone = folder / "attempts.duckdb"
    with duckdb.connect(str(alone)) as connection:
        connection.execute("set preserve_insertion_order = false")
        connection.execute(f"attach '{warehouse}' as warehouse (read_only)")
        connection.execute(f"create table copied as from warehouse.{attempts}")
    found = Stored(_bytes([warehouse]), _bytes([alone]))
    alone.unlink()
    return found


def _bytes(files: Sequence[Path]) -> int:
    return sum(file.stat().st_size for file in files)
