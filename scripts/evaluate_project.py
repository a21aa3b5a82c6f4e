"""Runs dbt_project_evaluator over this project, and lists what it finds.

    python scripts/evaluate_project.py EVALUATOR DBT_UTILS

The folders hold copies of the dbt packages dbt_project_evaluator and dbt_utils. The evaluator reads
dbt's graph, not data: it is built alone, beside a copy of the project in a temporary folder, into a
temporary warehouse. Nothing is downloaded, and nothing of it stays.

Settings and accepted findings: scripts/project_evaluator.yml.

Exit codes: 0 what is found is what is accepted, 1 findings that are not accepted or accepted ones
that are found no more, 2 the project could not be evaluated.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import duckdb
import yaml

PROJECT = Path(__file__).resolve().parent.parent
SETTINGS = PROJECT / "scripts" / "project_evaluator.yml"
EVALUATOR = "dbt_project_evaluator"
UTILS = "dbt_utils"

# What dbt reads of a project.
FOLDERS = ("model-paths", "seed-paths", "macro-paths", "test-paths", "analysis-paths")

# The column of a rule's table that says what a finding is of: the first of these that it has.
SUBJECTS = (
    "resource_name",
    "parent_resource_name",
    "parent_and_child",
    "model",
    "child",
    "parent",
    "test_name",
    "source_name",
    "source_names",
)
WHOLE_PROJECT = "the project"


class EvaluationError(Exception):
    """Something that the reader can put right."""


@dataclass(frozen=True)
class Acceptance:
    """What is accepted of a rule: a name, or a pattern of names or paths of files."""

    rule: str
    pattern: str

    def covers(self, finding: Finding) -> bool:
        return finding.rule == self.rule and any(
            fnmatchcase(text, self.pattern) for text in (finding.subject, finding.path)
        )


@dataclass(frozen=True)
class Settings:
    variables: Mapping[str, Any]
    accepted: Sequence[Acceptance]


@dataclass(frozen=True)
class Finding:
    rule: str
    subject: str
    path: str
    detail: str


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("evaluator", type=Path, help=f"folder with the dbt package {EVALUATOR}")
    parser.add_argument("dbt_utils", type=Path, help=f"folder with the dbt package {UTILS}")
    parser.add_argument("--settings", type=Path, default=SETTINGS, help="default: %(default)s")
    return parser.parse_args(arguments)


def read_settings(path: Path) -> Settings:
    read: dict[str, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    accepted = []
    for rule, groups in (read["accepted"] or {}).items():
        for group in groups:
            if not str(group.get("reason", "")).strip():
                raise EvaluationError(f"{path}: what is accepted of {rule} needs a reason.")
            accepted += [Acceptance(rule, pattern) for pattern in group["of"]]
    return Settings(variables=read["vars"], accepted=accepted)


def require_package(folder: Path, name: str) -> Path:
    """The folder itself, when it holds that dbt package; a copy one folder up or down does not."""
    declaration = folder / "dbt_project.yml"
    if not declaration.is_file():
        raise EvaluationError(f"{folder} holds no dbt package: it has no dbt_project.yml.")
    found = yaml.safe_load(declaration.read_text(encoding="utf-8"))["name"]
    if found != name:
        raise EvaluationError(f"{folder} holds the dbt package {found}, and {name} was expected.")
    return folder.resolve()


def copy_project(folder: Path, packages: Mapping[str, Path], variables: Mapping[str, Any]) -> None:
    """The project as dbt reads it, with the packages beside it and without its hooks."""
    declaration: dict[str, Any] = yaml.safe_load(
        (PROJECT / "dbt_project.yml").read_text(encoding="utf-8")
    )
    for kind in FOLDERS:
        for name in declaration[kind]:
            shutil.copytree(
                PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
    shutil.copy(PROJECT / "profiles.yml", folder)

    # `dbt deps` would ask a package hub for the packages that the evaluator names. What lies in
    # this folder is read without it.
    (folder / "dbt_packages").mkdir()
    for name, package in packages.items():
        (folder / "dbt_packages" / name).symlink_to(package)

    # With a landing folder, raw tables are the sources that a company has, not the demo's seeds.
    # It need not be there: hooks alone look into it.
    declaration["vars"] |= {"landing": str(folder / "landing"), EVALUATOR: dict(variables)}
    declaration["dispatch"] = [{"macro_namespace": "dbt", "search_order": [EVALUATOR, "dbt"]}]
    declaration["on-run-start"] = declaration["on-run-end"] = []
    (folder / "dbt_project.yml").write_text(yaml.safe_dump(declaration), encoding="utf-8")


def evaluate(folder: Path, warehouse: Path) -> None:
    """Build the evaluator's models and tests; settings of the caller's shell are left out."""
    command = [str(Path(sys.executable).with_name("dbt")), "--no-use-colors", "build"]
    command += ["--profiles-dir", ".", "--target", "duckdb", "--select", f"package:{EVALUATOR}"]
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("DBT_", "LLM_COSTS_"))
    }
    environment |= {
        "DBT_SEND_ANONYMOUS_USAGE_STATS": "false",
        "LLM_COSTS_WAREHOUSE": str(warehouse),
    }
    done = subprocess.run(  # noqa: S603
        command, cwd=folder, env=environment, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise EvaluationError(f"dbt could not build the evaluator.\n{done.stdout}{done.stderr}")


def read_json(path: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return read


def read_findings(folder: Path, warehouse: Path) -> list[Finding]:
    """Every row of every rule whose test did not pass, once a subject."""
    nodes = read_json(folder / "target" / "manifest.json")["nodes"]
    results = read_json(folder / "target" / "run_results.json")["results"]
    tests = [(nodes[result["unique_id"]], result["status"]) for result in results]
    tests = [(node, status) for node, status in tests if node["resource_type"] == "test"]
    if not tests:
        raise EvaluationError(f"The package {EVALUATOR} has no test: nothing was evaluated.")
    print(f"{len(tests)} tests of {EVALUATOR} were run.\n")
    findings: dict[tuple[str, str], Finding] = {}
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        resources = nodes[f"model.{EVALUATOR}.int_all_graph_resources"]["relation_name"]
        paths: dict[str, str] = dict(
            connection.execute(f"select resource_name, file_path from {resources}").fetchall()
        )
        for test, status in tests:
            if status == "pass":
                continue
            rule = nodes[test["depends_on"]["nodes"][0]]
            rows = connection.execute(f"select * from {rule['relation_name']} order by all")
            columns = [column[0] for column in rows.description]
            for values in rows.fetchall():
                row = dict(zip(columns, values, strict=True))
                subject = str(next((row[name] for name in SUBJECTS if name in row), WHOLE_PROJECT))
                # A share of all models is tested by its column, the others by their rows.
                told = [test["column_name"]] if test["column_name"] else columns
                finding = Finding(
                    rule=rule["name"],
                    subject=subject,
                    path=paths.get(subject, ""),
                    detail=", ".join(
                        f"{name} {row[name]}" for name in told if row[name] != subject
                    ),
                )
                findings.setdefault((finding.rule, subject), finding)
    return sorted(findings.values(), key=lambda finding: (finding.rule, finding.subject))


def table(findings: Sequence[Finding], unaccepted: Iterable[Finding]) -> list[str]:
    """One line a rule: how many findings, how many of them are not accepted, and which all are."""
    rules = sorted({finding.rule for finding in findings})
    width = max([len("rule"), *map(len, rules)])
    head = f"{'rule':<{width}}  {'found':>5}  {'not accepted':>12}  "
    lines = [f"{head}which"]
    remaining = set(unaccepted)
    for rule in rules:
        found = [finding for finding in findings if finding.rule == rule]
        names = textwrap.wrap(", ".join(finding.subject for finding in found), 60)
        start = f"{rule:<{width}}  {len(found):>5}  {len(remaining.intersection(found)):>12}  "
        lines += [
            f"{start if number == 0 else ' ' * len(head)}{text}"
            for number, text in enumerate(names)
        ]
    return lines


def report(findings: Sequence[Finding], accepted: Sequence[Acceptance]) -> tuple[list[str], bool]:
    """What to print, and whether what was found is what is accepted."""
    unaccepted = [
        finding for finding in findings if not any(entry.covers(finding) for entry in accepted)
    ]
    outdated = [entry for entry in accepted if not any(map(entry.covers, findings))]
    lines = table(findings, unaccepted) if findings else ["Nothing was found."]
    if unaccepted:
        lines += ["", "Not accepted; mend it, or accept it with a reason:"]
        lines += [
            f"  {finding.rule}: {finding.subject} ({finding.detail})" for finding in unaccepted
        ]
    if outdated:
        lines += ["", "Accepted and found no more; take it out of the list:"]
        lines += [f"  {entry.rule}: {entry.pattern}" for entry in outdated]
    agrees = not unaccepted and not outdated
    if agrees:
        lines += ["", f"All {len(findings)} findings are accepted."]
    return lines, agrees


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    try:
        settings = read_settings(options.settings)
        packages = {
            EVALUATOR: require_package(options.evaluator, EVALUATOR),
            UTILS: require_package(options.dbt_utils, UTILS),
        }
        with tempfile.TemporaryDirectory(prefix="evaluate_project_") as temporary:
            folder = Path(temporary)
            warehouse = folder / "evaluation.duckdb"
            copy_project(folder, packages, settings.variables)
            evaluate(folder, warehouse)
            findings = read_findings(folder, warehouse)
    except EvaluationError as error:
        print(error, file=sys.stderr)
        return 2
    lines, agrees = report(findings, settings.accepted)
    print("\n".join(lines))
    return 0 if agrees else 1


if __name__ == "__main__":
    sys.exit(main())
