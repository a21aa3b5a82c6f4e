"""Installed as a package: models, hooks, schemas and seeds beside those of another project."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb
import pytest
import yaml
from conftest import PROJECT, DbtError, invoke_dbt
from test_incremental import event, telemetry, ticket

FLAG = "require_ref_searches_node_package_before_root"
DAY = "2026-03-0{}T10:00:00Z"


class Root:
    """A project that installs this one, and has a model `fct_tickets` of its own."""

    def __init__(self, folder: Path, package: Path = PROJECT, **settings: Any) -> None:
        self.folder = folder
        self.warehouse = folder / "ours.duckdb"
        self.landing = folder / "landing"
        self.write(
            "dbt_project.yml", {"name": "ours", "version": "1.0.0", "profile": "p"} | settings
        )
        self.write("packages.yml", {"packages": [{"local": str(package)}]})
        output = {"type": "duckdb", "path": str(self.warehouse), "schema": "analytics"}
        in_utc = {"settings": {"TimeZone": "UTC"}}
        self.write("profiles.yml", {"p": {"target": "dev", "outputs": {"dev": output | in_utc}}})
        self.write("models/fct_tickets.sql", "select 1 as number_of_ours")
        self.dbt("deps")

    def write(self, file: str, content: str | Mapping[str, Any]) -> None:
        path = self.folder / file
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(dict(content)))

    def dbt(self, *command: str, **variables: str) -> None:
        options = ["--project-dir", str(self.folder), "--profiles-dir", str(self.folder), "--quiet"]
        options += ["--log-path", str(self.folder / "logs")]
        if command[0] != "deps":
            options += ["--target-path", str(self.folder / "target")]
            options += ["--vars", json.dumps({"landing": str(self.landing)} | variables)]
        os.environ["LLM_COSTS_LANDING"] = ""
        # dbt reads packages from where it is.
        before = Path.cwd()
        os.chdir(self.folder)
        try:
            invoke_dbt([*command, *options])
        finally:
            os.chdir(before)

    def query(self, sql: str) -> list[tuple[Any, ...]]:
        with duckdb.connect(str(self.warehouse), read_only=True) as connection:
            return connection.execute(sql).fetchall()

    def arrives(self, day: int) -> None:
        at = DAY.format(day)
        telemetry(self.landing, f"{day}.jsonl", [event(f"r{day}", at, at, ticketId=f"T{day}")])
        closed = {"status": "closed", "openedAt": at, "lastResolvedAt": at, "updatedAt": at}
        ticket(self.landing, f"{day}.jsonl", ticketId=f"T{day}", **closed)


WITHOUT_TESTS = ("--exclude-resource-type", "test", "unit_test")
ONE_MART = ("run", "--select", "+cost_per_resolved_ticket", "ours.fct_tickets")
MONTHS = "where period_grain = 'month'"


def test_a_part_that_was_run_keeps_nothing_from_the_marts_that_were_not(tmp_path: Path) -> None:
    root = Root(tmp_path, flags={FLAG: True})
    root.arrives(1)
    root.dbt("seed")
    root.dbt(*ONE_MART)
    resolved = f"""
        select resolved_tickets from analytics_marts.cost_per_resolved_ticket
        {MONTHS} and segment_type = 'all'
    """
    assert root.query(resolved) == [(1,)]
    # Both are there: ours is read by ours, theirs by theirs.
    assert root.query("select * from analytics.fct_tickets") == [(1,)]
    assert root.query("select count(*) from analytics_marts.fct_tickets") == [(1,)]

    root.dbt("build", *WITHOUT_TESTS)
    spent = f"select attempts from analytics_marts.tenant_share {MONTHS}"
    assert root.query(spent) == [(1,)]

    root.arrives(2)
    root.dbt(*ONE_MART)
    assert root.query(resolved) == [(2,)]
    assert root.query(spent) == [(1,)]
    root.dbt("build", *WITHOUT_TESTS)
    assert root.query(spent) == [(2,)]
    schemas = {schema for (schema,) in root.query("select schema_name from duckdb_schemas()")}
    assert {"analytics_run", "analytics_raw_input", "analytics_staging"} <= schemas
    assert "run" not in schemas


def test_a_model_of_the_same_name_stops_without_the_flag(tmp_path: Path) -> None:
    root = Root(tmp_path)
    root.arrives(1)
    with pytest.raises(DbtError, match=FLAG):
        root.dbt("seed")


def test_a_seed_is_replaced_by_a_table_of_the_root(tmp_path: Path) -> None:
    disabled = {"llm_costs": {"reference": {"tenants": {"+enabled": False}}}}
    root = Root(tmp_path, flags={FLAG: True}, seeds=disabled)
    root.write(
        "models/tenants.sql",
        "select 'acme' as tenant_id, 'Acme' as tenant_name, 'p' as plan_id, false as is_internal",
    )
    root.arrives(1)
    root.dbt("seed")
    root.dbt("run", "--select", "+dim_tenants")
    assert root.query("select tenant_id from analytics_marts.dim_tenants") == [("acme",)]


def test_variables_of_the_root_are_its_own_and_ours_are_looked_at(tmp_path: Path) -> None:
    ours = {"cost_basics": "priced_first", "stage_retry_limit": "many"}
    theirs = {"as_off": "x", "as_of_date": "x", "another": {"landng": "x"}}
    root = Root(tmp_path, flags={FLAG: True}, vars={"llm_costs": ours} | theirs)
    root.arrives(1)
    with pytest.raises(DbtError) as failure:
        root.dbt("seed", as_off="y", far_from_ours="y", cost_bassis="y")
    said = str(failure.value)
    assert "no variable cost_basics (set in dbt_project.yml); the nearest is cost_basis" in said
    assert "no variable cost_bassis (set on the command line); the nearest is cost_basis" in said
    assert "The variable stage_retry_limit is many" in said
    assert not any(f"no variable {name}" in said for name in (*theirs, "far_from_ours", "landng"))


def test_seeds_load_by_name_in_a_package_and_in_place_of_one_of_its_own(tmp_path: Path) -> None:
    package = tmp_path / "package"
    shutil.copytree(PROJECT, package, ignore=shutil.ignore_patterns(".*", "target", "warehouse"))
    disabled = {"llm_costs": {"reference": {"tenant_users": {"+enabled": False}}}}
    by_name = {"macro_namespace": "dbt", "search_order": ["ours", "llm_costs", "dbt"]}
    root = Root(tmp_path, package, flags={FLAG: True}, seeds=disabled, dispatch=[by_name])
    root.arrives(1)
    seeds = ("--select", "tenant_users", "stg_reference__tenant_users", "tenants", "intents")
    root.write("seeds/tenant_users.csv", "user_id,tenant_id\nu_1,acme\n")
    root.dbt("build", *seeds, "--indirect-selection", "cautious")

    root.write("seeds/tenant_users.csv", "tenant_id,user_id\nacme,u_1\nglobex,\n")
    tenants = package / "seeds" / "reference" / "tenants.csv"
    rows = [line.split(",") for line in tenants.read_text(encoding="utf-8").splitlines()]
    tenants.write_text("".join(",".join(row[::-1]) + "\n" for row in rows), encoding="utf-8")
    intents = package / "seeds" / "reference" / "intents.csv"
    intents.write_text(intents.read_text(encoding="utf-8").replace("intent,", "intend,"))
    with pytest.raises(DbtError) as failure:
        root.dbt("build", *seeds, "--indirect-selection", "cautious")
    said = str(failure.value)
    assert "seeds/reference/intents.csv, line 1" in said
    assert "unknown: intend" in said
    assert "seeds/tenant_users.csv: row empty: the key (user_id) is given twice or in part" in said
    users = "select user_id, tenant_id from analytics_staging.stg_reference__tenant_users"
    assert set(root.query(users)) == {("u_1", "acme"), (None, "globex")}
    name = "select tenant_name from analytics_reference.tenants where tenant_id = 'northwind'"
    assert root.query(name) == [("Northwind Outfitters",)]
