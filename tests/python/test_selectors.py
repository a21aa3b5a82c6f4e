"""The selectors select what they say: dbt follows a name to more tests than those that read it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import yaml
from conftest import PROJECT, invoke_dbt

BUILT = ("seed", "model", "test", "unit_test")


def test_a_daily_build_leaves_out_the_data_tests_of_tables_that_grow_with_history_and_no_more(
    tmp_path: Path,
) -> None:
    options = [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
        *("--target-path", str(tmp_path), "--log-path", str(tmp_path), "--log-level-file", "none"),
    ]
    manifest = invoke_dbt(["parse", *options])
    every: dict[str, Any] = {**manifest.nodes, **manifest.unit_tests}
    nodes = {name: node for name, node in every.items() if node.resource_type in BUILT}

    (daily,) = yaml.safe_load((PROJECT / "selectors.yml").read_text(encoding="utf-8"))["selectors"]
    _, left_out = daily["definition"]["union"]
    _, growing = left_out["exclude"][0]["intersection"]
    tables = {f"model.llm_costs.{table['value']}" for table in growing["union"]}
    assert tables <= nodes.keys()

    listed = ["ls", "--selector", "daily", "--output", "json", "--output-keys", "unique_id"]
    selected = {json.loads(line)["unique_id"] for line in invoke_dbt([*listed, *options], manifest)}
    assert nodes.keys() - selected == {
        name
        for name, node in nodes.items()
        if node.resource_type == "test" and tables & set(node.depends_on.nodes)
    }
