"""Settings that cannot be meant stop a run before its first model; those that hold are recorded."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from conftest import PROJECT, DbtError, invoke_dbt, query, run_dbt

# Hooks, and next to nothing after them.
NEXT_TO_NOTHING = ["seed", "--select", "tenants"]


@pytest.fixture(scope="module")
def warehouse(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("settings") / "llm_costs.duckdb"


@pytest.fixture
def refusal(warehouse: Path, dbt_target: Path) -> Any:
    def refused(landing: Path | None = None, **variables: Any) -> str:
        with pytest.raises(DbtError) as failure:
            run_dbt(NEXT_TO_NOTHING, warehouse, dbt_target, landing, **variables)
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
NO_WHOLE = ("ten", "", -1, 10**10, 2.5, "3 ", "3.0", True, None, [3], {"default": 3}, "1;drop")
NO_NUMBER = ("a tenth", "", -0.1, 1e11, True, None, [0.1], {}, "nan", "inf", "0,1", "10%")
NO_WORDS = ("real", [], None, 3, {"real": True}, [True], [""], ["real", None], [["real"]])
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
        "tickets_identifier": (["tickets"], 7, True, " "),
        "tickets_schema": (["main"], 7, True, " "),
        "landing": (["/landing"], 7, True, " ", {"a": "b"}),
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
            *("2026-03-01 00:00:00.5+0530", "2026-03-01 12:00:00 Europe/Berlin"),
        ),
        "cost_basis": ("priced_first",),
        "reportable_data_modes": (["real", "It's"],),
        "more_directories": ([], ["/shared", "s3://bucket/shared"]),
        "outcome_definition": ("closed_without_escalation", "closed_without_escalation_v1"),
    }
)


def test_what_cannot_be_meant_is_refused(refusal: Any) -> None:
    for turn in range(max(map(len, WRONG.values()))):
        chosen = {name: values[turn] for name, values in WRONG.items() if turn < len(values)}
        said = refusal(**chosen)
        passed = [name for name in chosen if f"The variable {name} is " not in said]
        assert passed == [], {name: chosen[name] for name in passed}


def test_what_can_be_meant_is_taken(warehouse: Path, dbt_target: Path) -> None:
    for turn in range(max(map(len, RIGHT.values()))):
        chosen = {name: values[turn] for name, values in RIGHT.items() if turn < len(values)}
        run_dbt(NEXT_TO_NOTHING, warehouse, dbt_target, None, **chosen)


def test_an_outcome_definition_is_told_the_nearest_before_the_first_model(refusal: Any) -> None:
    said = refusal(outcome_definition="closed_without_esclation")
    assert "The variable outcome_definition is closed_without_esclation; set" in said
    assert "set closed_without_escalation" in said
