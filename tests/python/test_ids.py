"""What is an id, which rows are one attempt, and which are one request: small inputs, right values."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import duckdb
import pytest
from conftest import PROJECT, invoke_dbt, query

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]

ZERO_UUID: Final = "00000000-0000-0000-0000-000000000000"
NO_IDS: Final = (
    *("", " ", "none", "None", "NONE", "null", "NULL", "nil", "nan", "NaN", "undefined"),
    *("Undefined", "n/a", "N/A", "-", "0", " 0 ", "\tnone\n", "0.0", ZERO_UUID),
    ZERO_UUID.replace("-", ""),
)
# An id, and how it is read: what looks like a placeholder and is none stays.
IDS: Final = {
    " T-1 ": "T-1",
    "\tT-1\r\n": "T-1",
    "T 1": "T 1",
    "00": "00",
    "0-1": "0-1",
    "--": "--",
    "nobody": "nobody",
    "None-1": "None-1",
    "nullable": "nullable",
    "00000000-0000-0000-0000-000000000001": "00000000-0000-0000-0000-000000000001",
    "1595.0": "1595.0",
    "ä ": "ä",
}


def test_placeholders_are_no_ids(tmp_path: Path) -> None:
    options = ["--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"]
    options += ["--target-path", str(tmp_path), "--log-path", str(tmp_path)]
    inline = ["compile", "--inline", "{{ to_id('sent') }}", "--log-level-file", "none"]
    read = invoke_dbt([*inline, *options]).results[0].node.compiled_code
    with duckdb.connect() as connection:
        for sent, right in {**dict.fromkeys(NO_IDS), **IDS}.items():
            found = connection.execute(f"select {read} from (select ? as sent)", [sent]).fetchone()
            assert found == (right,), repr(sent)
        for number, right in {0: None, 1595: "1595"}.items():
            found = connection.execute(f"select {read} from (select {number} as sent)").fetchone()
            assert found == (right,)
