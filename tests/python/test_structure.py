"""The shape of the graph: layers, the planner and its readers, names of files."""

from __future__ import annotations

import csv
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from conftest import PROJECT

if TYPE_CHECKING:
    from collections.abc import Iterator

    from dbt.contracts.graph.manifest import Manifest

PREFIX = "model.llm_costs."

# A model reads its own layer and those before it. The planner may read any, and be read by any.
LAYERS = ("staging", "preparation", "facts", "rollups", "reports")
# Known breaches: reader, then what it reads of a later layer.
BREACHES = {
    # A release that nobody registered is dated by its first attempt.
    ("dim_prompt_releases", "int_prompt_releases_dated"),
    # Bursts are judged by the hours that readers see.
    ("int_endpoint_hours_judged", "endpoint_hours"),
    # The checklist is judged by the coverage that readers see, which looks up budgets and owners.
    ("int_template_items", "attribution_coverage"),
}

# What a condition of macros/run asks of the planner.
LISTS = {
    "dates": "run_dates",
    "new_files": "run_files",
    "files": "run_dates",
    "tickets": "run_tickets",
    "outcomes": "run_outcomes",
    "cases": "run_cases",
    "workflows": "run_cases",
    "months": "run_months",
    "month_days": "run_months",
    "releases": "run_releases",
    "endpoints": "run_releases",
    "first_started_on": "run_months",
    "first_opened_on": "run_months",
    "compared_from": "run_releases",
}


def models(manifest: Manifest) -> Iterator[Any]:
    for name, node in manifest.nodes.items():
        if name.startswith(PREFIX):
            yield node


def parents(node: Any) -> list[str]:
    return [name for name in node.depends_on.nodes if name.startswith(PREFIX)]


def ancestors(manifest: Manifest, node: Any) -> set[str]:
    found: set[str] = set()
    to_visit = parents(node)
    while to_visit:
        name = to_visit.pop()
        if name not in found:
            found.add(name)
            to_visit += parents(manifest.nodes[name])
    return found


def layer(node: Any) -> str | None:
    _, area, *rest = node.fqn
    if area == "run":
        return None
    if area == "staging":
        return "staging"
    if area == "intermediate":
        return "preparation" if rest[0] == "core" else "rollups"
    return "facts" if rest[0] == "core" else "reports"


def test_every_model_reads_its_own_layer_and_those_before_it(manifest: Manifest) -> None:
    breaches = set()
    for node in models(manifest):
        for name in parents(node):
            read = manifest.nodes[name]
            ours, theirs = layer(node), layer(read)
            if ours and theirs and LAYERS.index(theirs) > LAYERS.index(ours):
                breaches.add((node.name, read.name))
    assert breaches == BREACHES


def test_seeds_and_sources_are_read_by_staging_alone(manifest: Manifest) -> None:
    readers = {
        node.name
        for node in models(manifest)
        if any(name.split(".")[0] in ("seed", "source") for name in node.depends_on.nodes)
    }
    assert {node.name for node in models(manifest) if layer(node) == "staging"} == readers


def asked_of_the_planner(sql: str) -> set[str]:
    """The planner's tables that the conditions of a model ask."""
    asked = set()
    calls = r"(in_run|in_run_files|since_run_began|is_new_delivery)\(((?:[^()]|\([^()]*\))*)\)"
    for macro, arguments in re.findall(calls, sql):
        if macro == "is_new_delivery":
            asked.add("run_files")
        # The last word in quotes is the list, but for the date that `dated_by` names.
        words = re.findall(r"'(\w+)'", re.sub(r"dated_by='[\w.]+'", "", arguments))
        asked |= {LISTS[word] for word in words[-1:] if word in LISTS}
    return asked


def test_what_follows_the_planner_is_built_after_it(manifest: Manifest) -> None:
    """Conditions draw no edge: a view is read by a table that has the planner before it."""
    readers = 0
    for node in models(manifest):
        if node.config.materialized == "view":
            continue
        before = ancestors(manifest, node)
        views = {name for name in before if manifest.nodes[name].config.materialized == "view"}
        # Views that are read through tables only were filled by those.
        reached, to_visit = set(), parents(node)
        while to_visit:
            name = to_visit.pop()
            if name in views and name not in reached:
                reached.add(name)
                to_visit += parents(manifest.nodes[name])
        sql = [node.raw_code, *(manifest.nodes[name].raw_code for name in reached)]
        asked = {PREFIX + table for text in sql for table in asked_of_the_planner(text)}
        if node.config.materialized == "incremental":
            asked.add(PREFIX + LISTS[node.config.meta.get("in_run", "dates")])
        if node.config.incremental_strategy == "append":
            asked.discard(PREFIX + "run_dates")
        readers += bool(asked)
        # A table of the planner is not filled by itself.
        assert asked - {node.unique_id} <= before, node.name
    assert readers > 40


def test_data_tests_run_after_the_lists_that_they_ask(manifest: Manifest) -> None:
    asking = 0
    for node in manifest.nodes.values():
        if node.resource_type == "test" and node.original_file_path.startswith("tests/data"):
            sql = node.raw_code.replace("touched_files(", "in_run_files(")
            asked = {
                PREFIX + table for table in asked_of_the_planner(sql.replace("touched(", "in_run("))
            }
            asking += bool(asked)
            before = {
                name
                for parent in parents(node)
                for name in {parent, *ancestors(manifest, manifest.nodes[parent])}
            }
            assert asked <= before, node.name
    assert asking > 10


def test_what_a_view_is_tested_by_is_a_list_of_the_planner(manifest: Manifest) -> None:
    viewed = [node for node in models(manifest) if "touched_by" in node.config.meta]
    assert viewed
    for node in viewed:
        assert node.config.meta.get("in_run", "dates") in LISTS, node.name


def test_every_incremental_model_replaces_what_its_list_names(manifest: Manifest) -> None:
    for node in models(manifest):
        if node.config.materialized == "incremental":
            assert node.config.meta.get("in_run", "dates") in LISTS, node.name
            appends = node.config.incremental_strategy == "append"
            assert appends or node.config.unique_key, node.name


def test_every_column_of_a_spike_rule_is_watched_for_changes(manifest: Manifest) -> None:
    """Each is stored with the rises of spend, so a changed one must report every month again."""
    seed = (PROJECT / "seeds" / "reference" / "spend_spike_rules.csv").read_text(encoding="utf-8")
    watched = manifest.nodes[f"{PREFIX}run_references"].raw_code
    columns = seed.splitlines()[0].split(",")
    assert [column for column in columns if f"'{column}'" not in watched] == []


def test_every_risk_of_a_use_case_shows_in_a_column_of_a_mart(manifest: Manifest) -> None:
    columns = {node.name: node.columns for node in models(manifest) if node.access == "public"}
    seed = PROJECT / "seeds" / "reference" / "use_case_risks.csv"
    with seed.open(encoding="utf-8", newline="") as lines:
        risks = list(csv.DictReader(lines))
    assert [row for row in risks if row["metric"] not in columns[row["mart"]]] == []
    assert len({row["use_case"] for row in risks}) == 5


def test_every_model_begins_with_its_grain(manifest: Manifest) -> None:
    without = [n.name for n in models(manifest) if not n.raw_code.startswith("-- grain: one row")]
    assert without == []


def test_every_model_is_described_and_stands_in_the_file_of_its_folder(manifest: Manifest) -> None:
    for node in models(manifest):
        assert node.description, node.name
        folder = Path(node.original_file_path).parent
        expected = f"llm_costs://{folder.as_posix()}/_{folder.name}__models.yml"
        assert node.patch_path == expected, node.name


def test_files_of_unit_tests_are_named_by_their_folder() -> None:
    for file in (PROJECT / "models").rglob("*__unit_tests.yml"):
        assert file.name == f"_{file.parent.name}__unit_tests.yml"


def test_the_default_warehouse_of_commands_is_named_in_one_place() -> None:
    """All of them take the same one, from LLM_COSTS_WAREHOUSE or beside the project."""
    named = '= "warehouse/llm_costs.duckdb"'
    scripts = (PROJECT / "scripts").rglob("*.py")
    found = [file.name for file in scripts if named in file.read_text("utf-8")]
    assert found == ["options.py"]
