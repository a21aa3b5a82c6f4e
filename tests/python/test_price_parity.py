"""The warehouse prices attempts as the library behind the price book does, to the last digit."""

from __future__ import annotations

import csv
import os
from collections.abc import Callable
from datetime import UTC, datetime, time
from pathlib import Path

from conftest import query
from price_reference import LAST_DAY, random_usages

BuildWarehouse = Callable[..., Path]


def test_list_prices_equal_the_library(build_warehouse: BuildWarehouse, tmp_path: Path) -> None:
    usages = list(random_usages(6000, seed=7))
    folder = tmp_path / "llm_requests"
    folder.mkdir()
    rows = [
        {
            "external_request_id": f"r{number}",
            "occurred_at": f"{usage.date} 12:00:00",
            "ingested_at": f"{usage.date} 12:00:00",
            "provider": usage.provider,
            "model": usage.model,
            "service_tier": usage.service_tier or "",
            "input_tokens": usage.input,
            "cached_input_tokens": usage.cached,
            "cache_write_tokens": usage.cache_write,
            "output_tokens": usage.output,
        }
        for number, usage in enumerate(usages)
    ]
    with (folder / "usages.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    # Prices of days to come are compared too: no call is believed that is later than its file.
    written = datetime.combine(LAST_DAY, time(23), UTC).timestamp()
    os.utime(folder / "usages.csv", (written, written))
    warehouse = build_warehouse(tmp_path, arguments=("--select", "+fct_attempts"))
    priced = dict(query(warehouse, "select request_id, priced_cost_usd from fct_attempts"))
    assert len(priced) == len(usages)
    wrong = [
        (usage, priced[f"r{number}"])
        for number, usage in enumerate(usages)
        if priced[f"r{number}"] != usage.expected
    ]
    assert not wrong, f"{len(wrong)} of {len(usages)}: {wrong[:5]}"
