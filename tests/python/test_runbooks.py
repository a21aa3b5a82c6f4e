"""Every kind of alert has a runbook, and its query runs on the demo."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest
from conftest import PROJECT, connect, query, run_dbt

FOLDER = PROJECT / "docs" / "runbooks"
RUNBOOKS = sorted(path for path in FOLDER.glob("*.md") if path.stem != "README")
STEPS = ("What it means", "Confirm", "Contain", "Find the driver", "Make it permanent")


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_has_its_steps_and_ends_in_a_query_that_runs(
    demo_warehouse: Path, runbook: Path
) -> None:
    text = runbook.read_text(encoding="utf-8")
    assert re.findall(r"^\*\*([\w ]+)\.\*\*", text, re.MULTILINE) == list(STEPS)
    found = re.search(r"```sql\n(.*?)```\n\Z", text, re.DOTALL)
    assert found
    with connect(demo_warehouse) as connection:
        connection.execute(found[1])
        columns = connection.description or []
        rows = connection.fetchall()
    assert len(columns) > 4
    alerts = query(
        demo_warehouse, f"select count(*) from alerts where alert_kind = '{runbook.stem}'"
    )
    assert rows or alerts == [(0,)], "it shows nothing of an alert that there is"


def test_every_kind_of_alert_has_one(demo_warehouse: Path, dbt_target: Path) -> None:
    kinds: list[str] = []

    def note(event: Any) -> None:
        if event.info.name == "CompiledNode":
            kinds.extend(event.data.compiled.split())

    # The macro is asked, as the seed `incidents` is held to it.
    inline = "{{ alert_kinds() | list | join(' ') }}"
    command = ["compile", "--inline", inline, "--no-introspect"]
    run_dbt(command, demo_warehouse, dbt_target, None, on_event=note)
    assert len(kinds) > 5
    assert {path.stem for path in RUNBOOKS} == set(kinds)
    index = (FOLDER / "README.md").read_text(encoding="utf-8")
    listed = re.findall(r"^\| \[(\w+)\]\(\1\.md\) \|", index, re.MULTILINE)
    assert sorted(listed) == sorted(kinds)
