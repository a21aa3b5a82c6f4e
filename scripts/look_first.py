"""Looks for what would stop a build later, after a long silence or not at all.

    python scripts/look_first.py      # `make build` does; nothing is built and nothing is written

Misspelt environment variables (dbt cannot list them), words where a number belongs, a landing
folder that is missing, a warehouse that is held, missing or not to be written.

Exit codes: 0 nothing is in the way, 1 something is, and a sentence for each.
"""

from __future__ import annotations

import argparse
import difflib
import os
import re
import sys
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path

PROJECT = Path(__file__).resolve().parent.parent
sys.path.append(str(PROJECT / "macros" / "engine"))

import duckdb  # noqa: E402
import yaml  # noqa: E402
from publishing.options import warehouse_file  # noqa: E402
from warehouse_file import WarehouseError, open_warehouse  # noqa: E402

# Those of profiles.yml, the macros, and scripts.
KNOWN = (
    "LLM_COSTS_ALERTS_QUIET",
    "LLM_COSTS_ALERTS_STATE",
    "LLM_COSTS_ALERTS_WEBHOOKS",
    "LLM_COSTS_IDENTIFIER_KEY",
    "LLM_COSTS_LANDING",
    "LLM_COSTS_MEMORY_LIMIT",
    "LLM_COSTS_PUBLISH_POSTGRES",
    "LLM_COSTS_SPARK_MASTER",
    "LLM_COSTS_SPARK_MEMORY",
    "LLM_COSTS_SPARK_PARTITIONS",
    "LLM_COSTS_SPARK_WAREHOUSE",
    "LLM_COSTS_TARGET",
    "LLM_COSTS_THREADS",
    "LLM_COSTS_WAREHOUSE",
)


def misspelt(environment: Mapping[str, str]) -> Iterator[str]:
    for name in sorted(environment):
        if re.match("LLM_?COSTS?_", name, re.IGNORECASE) and name not in KNOWN:
            nearest = max(
                KNOWN, key=lambda known: difflib.SequenceMatcher(None, name.upper(), known).ratio()
            )
            yield f"There is no environment variable {name}; the nearest is {nearest}."


def no_numbers(environment: Mapping[str, str]) -> Iterator[str]:
    threads = environment.get("LLM_COSTS_THREADS", "1")
    if not re.fullmatch("[1-9][0-9]{0,2}", threads):
        yield f"LLM_COSTS_THREADS is {threads!r}; set a whole number from 1 to 999."
    limit = environment.get("LLM_COSTS_MEMORY_LIMIT", "3.5GB")
    try:
        duckdb.connect().execute("set memory_limit = ?", [limit])
        # Takes a negative size for no limit.
        is_size = not limit.lstrip().startswith("-")
    except duckdb.Error:
        is_size = False
    if not is_size:
        yield f"LLM_COSTS_MEMORY_LIMIT is {limit!r}; set a size, e.g. 3.5GB."


def landing_folder(environment: Mapping[str, str]) -> str:
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    return str(declared["vars"].get("landing") or environment.get("LLM_COSTS_LANDING", ""))


def landing_in_the_way(landing: str) -> Iterator[str]:
    if not landing or "://" in landing:
        return
    correct = "Create it, or correct the variable `landing` or LLM_COSTS_LANDING."
    try:
        os.listdir(landing)  # noqa: PTH208
    except FileNotFoundError:
        yield f"The landing folder '{landing}' does not exist. {correct}"
    except NotADirectoryError:
        yield f"The landing folder '{landing}' is a file. {correct}"
    except OSError as error:
        yield f"The landing folder '{landing}' cannot be read: {error.strerror}."


def warehouse_in_the_way(file: Path) -> Iterator[str]:
    try:
        # As `make` has always done; dbt would not.
        file.parent.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as error:
        yield (
            f"The folder {file.parent} of the warehouse cannot be written: {error.strerror}."
            " Allow it, or correct LLM_COSTS_WAREHOUSE."
        )
        return
    # What is not there yet would be made by looking.
    if file.exists():
        try:
            open_warehouse(str(file)).close()
        except (WarehouseError, duckdb.Error) as error:
            yield str(error)


def in_the_way(environment: Mapping[str, str]) -> list[str]:
    found = [*misspelt(environment), *no_numbers(environment)]
    if environment.get("LLM_COSTS_TARGET", "duckdb") == "duckdb":
        found += landing_in_the_way(landing_folder(environment))
        found += warehouse_in_the_way(warehouse_file(environment))
    return found


def main() -> int:
    argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    ).parse_args()
    found = in_the_way(os.environ)
    for sentence in found:
        print(sentence, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
