"""Settings that cannot be meant stop a run before its first model; those that hold are recorded."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, DbtError, query, run_dbt

# Hooks, and next to nothing after them.
NEXT_TO_NOTHING = ["seed", "--select", "tenants"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "llm_costs.duckdb"


@pytest.fixture
def refusal(warehouse: Path, dbt_target: Path) -> Any:
    def refused(**variables: Any) -> str:
        with pytest.raises(DbtError) as failure:
            run_dbt(NEXT_TO_NOTHING, warehouse, dbt_target, None, **variables)
        return str(failure.value)

    return refused


MISSPELT = {
    "outcome_defintion": "outcome_definition",
    "outcome-definition": "outcome_definition",
    "OUTCOME_DEFINITION": "outcome_definition",
    "outcome": "outcome_definition",
    "cost_bassis": "cost_basis",
    "cost_basics": "cost_basis",
    "basis": "cost_basis",
    "llm_request_identifier": "llm_requests_identifier",
    "ticket_schema": "tickets_schema",
    "asof": "as_of",
    "landng": "landing",
    "landing_folder": "landing",
    "reportable_environment": "reportable_environments",
    "regression_window": "regression_window_days",
    "min_regression_units": "regression_min_units",
    "burst_min_request": "burst_min_requests",
    "history_caps": "history_cap_tokens",
    "stage_retries_limit": "stage_retry_limit",
    "more_directory": "more_directories",
}


def test_a_misspelt_variable_is_told_the_nearest(refusal: Any) -> None:
    said = refusal(**dict.fromkeys(MISSPELT, "x"))
    for name, meant in MISSPELT.items():
        assert f"no variable {name} (set on the command line); the nearest is {meant}." in said


def test_a_map_is_no_way_out(refusal: Any) -> None:
    assert "nearest is history_cap_tokens" in refusal(history_cap_token={"default": 1})
    assert "stand by themselves" in refusal(llm_costs={"as_of": "2026-03-01"})


WHOLE = (
    *("regression_window_days", "burst_baseline_days", "lookback_days_without_ingested_at"),
    *("regression_min_units", "regression_min_stratum_units", "burst_min_requests"),
    *("burst_min_retries", "retrieval_min_requests", "history_summary_tokens"),
    *("stage_request_limit", "stage_retry_limit"),
)
NUMBERS = ("regression_min_lift", "regression_min_extra_usd", "retrieval_min_tokens_lift")
SHARES = ("regression_max_q_value", "burst_min_failure_rise", "retrieval_min_hit_rate_fall")
NO_WHOLE: tuple[Any, ...] = (
    "ten",
    "",
    -1,
    10**10,
    2.5,
    "3 ",
    "3.0",
    True,
    None,
    [3],
    {"default": 3},
    "1;drop",
)
NO_NUMBER: tuple[Any, ...] = (
    "a tenth",
    "",
    -0.1,
    1e11,
    True,
    None,
    [0.1],
    {},
    "nan",
    "inf",
    "0,1",
    "10%",
)
NO_WORDS: tuple[Any, ...] = (
    "real",
    [],
    None,
    3,
    {"real": True},
    [True],
    [""],
    ["real", None],
    [["real"]],
)
WRONG: dict[str, tuple[Any, ...]] = (
    dict.fromkeys(WHOLE, NO_WHOLE)
    | dict.fromkeys(NUMBERS, NO_NUMBER)
    | dict.fromkeys(SHARES, (5, 1.01, *NO_NUMBER))
    | dict.fromkeys(("reportable_data_modes", "reportable_environments"), NO_WORDS)
    | {
        "regression_window_days": (0, 100000, *NO_WHOLE),
        "burst_baseline_days": (0, 100000, *NO_WHOLE),
        "lookback_days_without_ingested_at": (100000, *NO_WHOLE),
        "regression_min_units": (0, *NO_WHOLE),
        "burst_min_ratio": (0.5, *NO_NUMBER),
        "history_cap_tokens": (
            *("many", "", -1, 0, True, [8000], {"default": "ten"}, {"default": 8000, "a": -1}),
            *({"a": True}, {"a": [1]}, {"a": ""}),
        ),
        "as_of": (
            *("yesterday", "now", "infinity", "2026", 2026, 20260301, "2026-13-01", "2026-02-30"),
            *("01.03.2026", "9999-12-31", "1970-01-01", True, ["2026-03-01"]),
            *("2026-03-01T00:00:00+99:00", "2026-03-01' or '1'='1"),
        ),
        "cost_basis": ("reported-first", "Reported_First", "", None, 1, ["reported_first"]),
        "tickets_schema": (["main"], 7, True, " "),
        "tickets_database": (["main"], 7, True, " "),
        "more_directories": ("/shared", None, 1, [""], [1], {"a": "b"}),
        "outcome_definition": ("best_effort", "closed_without_escalation_v9", "", None, 1, ["x"]),
    }
)
RIGHT: dict[str, tuple[Any, ...]] = (
    dict.fromkeys(WHOLE, (1, "3", 366))
    | dict.fromkeys(SHARES, (0, 1, 0.05, "0.05", "5e-2", 1e-05))
    | {
        "regression_min_extra_usd": (0, "2", 12.5),
        "lookback_days_without_ingested_at": (0, 30),
        "history_cap_tokens": (None, 100, "100", {"default": None, "support.reply": "7"}),
        "as_of": (
            *("", None, "2026-03-01", "2026-03-01T00:00:00Z", "2026-03-01T00:00:00+02:00"),
            *("2026-03-01 00:00:00.5+0530", "2026-03-01 12:00:00 UTC"),
        ),
        "cost_basis": ("priced_first",),
        "reportable_data_modes": (["real", "It's"],),
        "more_directories": ([], ["/shared", "s3://bucket/shared"]),
        "outcome_definition": ("closed_without_escalation", "closed_without_escalation_v2"),
    }
)


def test_what_cannot_be_meant_is_refused(refusal: Any) -> None:
    for turn in range(max(map(len, WRONG.values()))):
        chosen = {name: values[turn] for name, values in WRONG.items() if turn < len(values)}
        said = refusal(**chosen)
        passed = [name for name in chosen if f"The variable {name} is " not in said]
        assert passed == [], {name: chosen[name] for name in passed}


def copy_project(folder: Path) -> dict[str, Any]:
    """The project without its Python; returns what its dbt_project.yml declares."""
    for name in ("analyses", "macros", "models", "seeds", "tests"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("python"))
    for name in ("dbt_project.yml", "profiles.yml"):
        shutil.copy(PROJECT / name, folder)
    declared: dict[str, Any] = yaml.safe_load((PROJECT / "dbt_project.yml").read_text())
    return declared


def test_the_variables_of_the_project_file_are_looked_at_too(
    tmp_path: Path, warehouse: Path
) -> None:
    """And whatever stands there, dbt gets as far as to say so: it reads models before hooks."""
    project = tmp_path / "fork"
    declared = copy_project(project)
    declared["vars"] |= {name: values[-1] for name, values in WRONG.items()}
    declared["vars"] |= {"landing": ["/landing"], "as_off": "2026-03-01"}
    declared["vars"] |= {"history_cap_token": {"default": 1}, "llm_costs": {"cost_basics": "x"}}
    # An installed package's are its own; this one has no model.
    (project / "dbt_packages" / "theirs").mkdir(parents=True)
    theirs = {"name": "theirs", "version": "1.0.0", "config-version": 2}
    (project / "dbt_packages" / "theirs" / "dbt_project.yml").write_text(yaml.safe_dump(theirs))
    declared["vars"]["theirs"] = {"anything": 1}
    (project / "dbt_project.yml").write_text(yaml.safe_dump(declared))
    with pytest.raises(DbtError) as failure:
        run_dbt(NEXT_TO_NOTHING, warehouse, project / "target", None, project)
    said = str(failure.value)
    unsaid = [name for name in (*WRONG, "landing") if f"The variable {name} is " not in said]
    assert unsaid == []
    for name, meant in (("as_off", "as_of"), ("history_cap_token", "history_cap_tokens")):
        assert f"no variable {name} (set in dbt_project.yml); the nearest is {meant}." in said
    assert "no variable cost_basics (set in dbt_project.yml); the nearest is cost_basis." in said
    assert "theirs" not in said


def test_the_list_of_settings_is_that_of_the_project_file() -> None:
    declared = yaml.safe_load((PROJECT / "dbt_project.yml").read_text(encoding="utf-8"))
    listed = (PROJECT / "macros" / "run" / "settings.sql").read_text(encoding="utf-8")
    names = re.findall(r"^        '(\w+)': \{'kind'", listed, flags=re.MULTILINE)
    assert sorted(names) == sorted(declared["vars"])
    assert f"return('{declared['version']}')" in listed


def test_every_variable_that_is_read_is_a_setting() -> None:
    listed = (PROJECT / "macros" / "run" / "settings.sql").read_text(encoding="utf-8")
    read = set()
    for folder in ("macros", "models", "seeds", "analyses", "tests"):
        for file in (PROJECT / folder).rglob("*"):
            if file.suffix in (".sql", ".yml"):
                text = file.read_text(encoding="utf-8")
                read |= set(re.findall(r"\bvar\(['\"](\w+)['\"]", text))
    assert len(read) > 20
    unlisted = {name for name in read if f"'{name}': {{'kind'" not in listed}
    assert {name for name in unlisted if not name.endswith("_identifier")} == set()


def test_what_can_be_meant_is_taken(warehouse: Path, dbt_target: Path) -> None:
    for turn in range(max(map(len, RIGHT.values()))):
        chosen = {name: values[turn] for name, values in RIGHT.items() if turn < len(values)}
        run_dbt(NEXT_TO_NOTHING, warehouse, dbt_target, None, **chosen)


def test_an_outcome_definition_is_told_the_nearest_before_the_first_model(refusal: Any) -> None:
    said = refusal(outcome_definition="closed_without_esclation")
    assert "The variable outcome_definition is closed_without_esclation; set" in said
    assert "the nearest is closed_without_escalation." in said


def test_a_retired_definition_is_named_with_what_took_its_place(refusal: Any) -> None:
    said = refusal(outcome_definition="closed_only_v1")
    assert "version 2 of it, closed_only_v2" in said


def test_a_cap_of_an_endpoint_that_does_not_exist_is_a_warning(
    warehouse: Path, dbt_target: Path
) -> None:
    caps = {"default": 8000, "support.repyl": 100, "rag.answer": 100}
    with pytest.raises(DbtError) as failure:
        run_dbt(
            [*NEXT_TO_NOTHING, "--warn-error"], warehouse, dbt_target, None, history_cap_tokens=caps
        )
    said = str(failure.value)
    assert "history_cap_tokens sets a cap for 'support.repyl'" in said
    assert "the nearest is support.reply." in said
    assert "rag.answer" not in said


def model(project: Path, name: str, sql: str) -> None:
    folder = project / "models" / "tried"
    folder.mkdir(exist_ok=True)
    (folder / f"{name}.sql").write_text(sql, encoding="utf-8")


def before(statement: str) -> str:
    return f'{{{{ config(pre_hook="{statement}") }}}} select 1 as a'


def test_a_run_reaches_its_folders_and_no_others_and_leaves_its_settings(tmp_path: Path) -> None:
    project, warehouse = tmp_path / "fork", tmp_path / "warehouse" / "llm_costs.duckdb"
    warehouse.parent.mkdir()
    copy_project(project)
    # A link to the landing folder, with a name that is no pattern, and one from within.
    landing = tmp_path / "Ann's [new] files"
    (tmp_path / "disk" / "landing" / "tickets").mkdir(parents=True)
    (tmp_path / "disk" / "requests").mkdir()
    landing.symlink_to(tmp_path / "disk" / "landing")
    (landing / "llm_requests").symlink_to(tmp_path / "disk" / "requests")
    (landing / "tickets" / "a.csv").write_text("ticket_id\nT1\n")
    request = '{"externalRequestId":"r1","occurredAt":"2026-03-01T12:00:00Z"}'
    (landing / "llm_requests" / "a.jsonl").write_text(request)
    (tmp_path / "shared").mkdir()
    (tmp_path / "shared" / "a.txt").write_text("shared")
    (tmp_path / "secret.txt").write_text("secret")

    # Each is tried by itself: a list with one that may be read would do for the others.
    secret = tmp_path / "secret.txt"
    for name, sql in {
        "passwords": "from read_text('/etc/passwd')",
        "listing": "from glob('/etc/*')",
        "beside": f"from read_text('{secret}')",
        "out_of_landing": f"from read_text('{tmp_path}/shared/../secret.txt')",
        "network": "from read_text('https://localhost/x')",
        "other_bucket": "from read_csv('s3://theirs/x.csv')",
        "export": before(f"copy (select 1) to '{tmp_path}/out.csv'"),
        "other_file": before(f"attach '{tmp_path}/x.duckdb' as x"),
        "extension": before("load httpfs"),
    }.items():
        model(project, f"far_{name}", sql.replace("from read", "select 1 as a from read"))
    model(project, "far_listing", "select file from glob('/etc/*')")
    model(project, "near_shared", f"select content from read_text('{tmp_path}/shared/*')")
    model(project, "near_raw", "select ticket_id from {{ source('raw_input', 'tickets') }}")
    model(
        project,
        "near_requests",
        "select external_request_id from {{ source('raw_input', 'llm_requests') }}",
    )
    # More than its memory: it is spilled beside the warehouse.
    model(
        project,
        "near_spilled",
        """{{ config(materialized='table', pre_hook="set memory_limit = '60MB'") }}
        select id, hash(id) as hashed from range(6000000) as numbers (id) order by hashed""",
    )
    variables: dict[str, Any] = {"more_directories": [str(tmp_path / "shared"), "s3://ours/shared"]}
    target = project / "target"
    run = ["run", "--select", "path:models/tried"]
    with pytest.raises(DbtError) as failure:
        run_dbt(run, warehouse, target, landing, project, as_of="2026-03-01", **variables)
    said = str(failure.value)
    results = set(re.findall(r"in model (\w+)", said))
    assert results == {file.stem for file in (project / "models" / "tried").glob("far_*.sql")}
    assert said.count("operations are disabled by configuration") >= 6
    assert not (tmp_path / "out.csv").exists()
    assert query(warehouse, "select * from main.near_shared") == [("shared",)]
    assert query(warehouse, "select * from main.near_raw") == [("T1",)]
    assert query(warehouse, "select * from main.near_requests") == [("r1",)]
    assert query(warehouse, "select count(*) from main.near_spilled") == [(6000000,)]

    # Settings stand beside, a run for a run, also after a full refresh.
    later = [*run[:2], "near_raw", "--full-refresh"]
    with pytest.raises(DbtError):
        run_dbt(later, warehouse, target, landing, project, as_of="ten", **variables)
    (project / ".git" / "refs" / "heads").mkdir(parents=True)
    (project / ".git" / "HEAD").write_text("ref: refs/heads/main\n")
    (project / ".git" / "packed-refs").write_text("# pack-refs\nc0ffee refs/heads/main\n")
    limits: dict[str, Any] = {"history_cap_tokens": None, "stage_request_limit": "5"}
    run_dbt(later, warehouse, target, landing, project, **limits, **variables)
    runs = query(
        warehouse,
        """
        select map_from_entries(list((setting, setting_value))) from run.run_settings
        group by run_id, started_at having count(*) = count(distinct setting) order by started_at
        """,
    )
    (first,), (second,) = runs
    names = set(yaml.safe_load((PROJECT / "dbt_project.yml").read_text())["vars"])
    assert set(first) - names == {
        *("project_version", "state_version", "dbt_version", "engine", "commit"),
        *("run_is_whole", "models_selected", "raw_identifiers"),
    }
    assert names - set(first) == {"more_directories"}
    assert (first["as_of"], second["as_of"]) == ("2026-03-01", "")
    assert (first["stage_request_limit"], second["stage_request_limit"]) == ("3", "5")
    assert first["landing"] == str(landing)
    assert first["reportable_environments"] == '["prod", "production"]'
    assert first["history_cap_tokens"] == '{"default": 8000, "dev.generate_patch": 24000}'
    assert second["history_cap_tokens"] is None
    assert first["engine"].startswith("duckdb v")
    assert second["models_selected"].startswith("1 of ")
    assert (first["commit"], second["commit"]) == (None, "c0ffee")
