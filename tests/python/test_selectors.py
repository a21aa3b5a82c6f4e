"""The selectors select what they say: dbt follows a name to more tests than those that read it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, invoke_dbt


@pytest.fixture(scope="module")
def nodes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a build runs."""
    folder = tmp_path_factory.mktemp("parsed")
    manifest = invoke_dbt(["parse", *options(folder)])
    every = {**manifest.nodes, **manifest.unit_tests}
    built = ("seed", "model", "test", "unit_test")
    return {name: node for name, node in every.items() if node.resource_type in built}


def options(folder: Path) -> list[str]:
    return [
        *("--project-dir", str(PROJECT), "--profiles-dir", str(PROJECT), "--quiet"),
        *("--target-path", str(folder), "--log-path", str(folder), "--log-level-file", "none"),
    ]


def test_a_daily_build_leaves_out_the_data_tests_of_tables_that_grow_with_history_and_no_more(
    nodes: dict[str, Any], tmp_path: Path
) -> None:
    (daily,) = yaml.safe_load((PROJECT / "selectors.yml").read_text(encoding="utf-8"))["selectors"]
    _, left_out = daily["definition"]["union"]
    _, growing = left_out["exclude"][0]["intersection"]
    tables = {f"model.llm_costs.{table['value']}" for table in growing["union"]}
    assert tables <= nodes.keys()

    listed = ["ls", "--selector", "daily", "--output", "json", "--output-keys", "unique_id"]
    selected = {
        yaml.safe_load(line)["unique_id"] for line in invoke_dbt([*listed, *options(tmp_path)])
    }
    assert nodes.keys() - selected == {
        name
        for name, node in nodes.items()
        if node.resource_type == "test" and tables & set(node.depends_on.nodes)
    }
