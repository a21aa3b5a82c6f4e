"""Runs the suites on a warehouse."""

from __future__ import annotations

import html
import logging
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pandas as pd

# Read when the library is imported.
os.environ["GX_ANALYTICS_ENABLED"] = "false"

import great_expectations as gx

from borders.pages import write_pages
from borders.suite import (
    ENOUGH,
    KIND,
    WHAT,
    Border,
    BorderError,
    Rule,
    Settings,
    Suite,
    read_settings,
)
from borders.suites import SUITES
from borders.weeks import lay_out

# Names of things come from the data: long enough to tell them apart, short enough for a line.
LONGEST_NAME = 120


@dataclass(frozen=True)
class Finding:
    """One thing that breaks a rule."""

    rule: str
    border: Border
    what: str
    expected: str
    found: str
    owner: str
    stops: bool
    accepted: str | None = None

    def __str__(self) -> str:
        said = f"{self.rule}: {self.what}: {self.found}. {self.expected} Owner: {self.owner}."
        return f"{said} Accepted: {self.accepted}." if self.accepted else said


@dataclass(frozen=True)
class Outcome:
    """What became of one rule: `ok`, `breach`, or `too_little` where nothing could be judged."""

    rule: str
    suite: str
    border: Border
    owner: str
    judged: int
    too_little: int
    findings: tuple[Finding, ...]

    @property
    def state(self) -> str:
        if self.findings:
            return "breach"
        return "ok" if self.judged else "too_little"


@dataclass(frozen=True)
class Report:
    as_of: date | None
    outcomes: tuple[Outcome, ...]

    @property
    def findings(self) -> list[Finding]:
        return [finding for outcome in self.outcomes for finding in outcome.findings]

    @property
    def breaches(self) -> list[Finding]:
        """What must not be published."""
        return [finding for finding in self.findings if finding.stops and not finding.accepted]


def shown(value: object) -> str:
    """A figure for a reader; money keeps every digit."""
    if isinstance(value, float):
        return f"{value:.4g}"
    if isinstance(value, Decimal):
        return f"{value:f}"
    return str(value)


def one_line(text: str) -> str:
    flat = re.sub(r"[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]+", " ", text)
    return flat if len(flat) <= LONGEST_NAME else flat[: LONGEST_NAME - 1] + "…"


def for_pages(frame: pd.DataFrame) -> pd.DataFrame:
    """The frame as GX may show it. GX escapes nothing, and takes $ for the name of a variable."""

    def escaped(value: object) -> object:
        return (
            html.escape(one_line(value)).replace("$", "&#36;") if isinstance(value, str) else value
        )

    columns: dict[str, list[object]] = {
        str(name): list(frame[name]) if name == KIND else [escaped(value) for value in frame[name]]
        for name in frame.columns
    }
    # Names may be alike once they are cut; the place tells which row a finding is about.
    columns[WHAT] = [f"{place}: {name}" for place, name in enumerate(columns[WHAT])]
    return pd.DataFrame(columns, dtype=object)


def accepted_by(settings: Settings, rule: str, what: str, as_of: date | None) -> str | None:
    for entry in settings.accepted:
        if (
            entry.rule == rule
            and what.startswith(entry.what)
            and (as_of is None or as_of <= entry.until)
        ):
            return f"{entry.because} ({entry.by}, until {entry.until})"
    return None


class Checker:
    """One GX context for all suites."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        # GX tells of each calculation.
        logging.getLogger("great_expectations").setLevel(logging.ERROR)
        self.context = gx.get_context(mode="ephemeral")
        self.context.enable_analytics(False)
        self.context.variables.progress_bars = {"globally": False, "metric_calculations": False}
        self.source = self.context.data_sources.add_pandas("warehouse")

    def run(self, suite: Suite, frame: pd.DataFrame, as_of: date | None) -> Iterator[Outcome]:
        expected = []
        for name, expectation in suite.expect(self.settings):
            rule = self.settings.rules[name]
            says = expectation.description.format(**rule.limits)
            expectation.meta = {"rule": name, "owner": rule.owner, "says": says}
            expectation.severity = "critical" if rule.stops else "warning"
            expectation.description = says
            expectation.notes = f"Rule {name}. Owner: {rule.owner}."
            expected.append(expectation)
        batch = self.source.add_dataframe_asset(suite.name).add_batch_definition_whole_dataframe(
            "as_of"
        )
        validation = self.context.validation_definitions.add(
            gx.ValidationDefinition(
                name=suite.name,
                data=batch,
                suite=self.context.suites.add(
                    gx.ExpectationSuite(name=suite.name, expectations=expected)
                ),
            )
        )
        result = self.context.checkpoints.add(
            gx.Checkpoint(
                name=suite.name,
                validation_definitions=[validation],
                result_format={
                    "result_format": "COMPLETE",
                    "unexpected_index_column_names": [WHAT],
                },
            )
        ).run(
            batch_parameters={"dataframe": for_pages(frame)},
            run_id=gx.RunIdentifier(run_name=f"as of {as_of}"),
        )
        (validated,) = result.run_results.values()
        yield from self.outcomes(suite, frame, as_of, validated.results)

    def outcomes(
        self, suite: Suite, frame: pd.DataFrame, as_of: date | None, results: Sequence[Any]
    ) -> Iterator[Outcome]:
        by_rule: dict[str, list[Any]] = {}
        for result in results:
            if result.exception_info and result.exception_info.get("raised_exception"):
                raise BorderError(
                    f"{suite.name} could not be judged:"
                    f" {result.exception_info['exception_message']}"
                )
            by_rule.setdefault(result.expectation_config.meta["rule"], []).append(result)
        for name, found in by_rule.items():
            rule = self.settings.rules[name]
            of_rule = frame if KIND not in frame else frame[frame[KIND] == name]
            enough = int(of_rule[ENOUGH].astype(bool).sum())
            yield Outcome(
                name,
                suite.name,
                suite.border,
                rule.owner,
                enough,
                len(of_rule) - enough,
                # Several expectations of a rule may find the same thing; the first says it.
                tuple(
                    {
                        finding.what: finding
                        for result in reversed(found)
                        for finding in self.findings(suite, rule, frame, as_of, result)
                    }.values()
                ),
            )

    def findings(
        self, suite: Suite, rule: Rule, frame: pd.DataFrame, as_of: date | None, result: Any
    ) -> Iterator[Finding]:
        for entry in result.result.get("unexpected_index_list") or []:
            row = frame.iloc[int(str(entry["what"]).split(":", 1)[0])]
            figures = row.drop([WHAT, ENOUGH, KIND], errors="ignore")
            if rule.name in suite.tells:
                figures = figures[list(suite.tells[rule.name])]
            yield Finding(
                rule.name,
                suite.border,
                one_line(row["what"]),
                result.expectation_config.meta["says"],
                ", ".join(
                    f"{str(name).replace('_', ' ')} {one_line(shown(value))}"
                    for name, value in figures.items()
                    if value is not None and not isinstance(value, bool)
                ),
                rule.owner,
                rule.stops,
                accepted_by(self.settings, rule.name, row["what"], as_of),
            )


def open_read_only(warehouse: Path) -> duckdb.DuckDBPyConnection:
    if not warehouse.is_file():
        raise BorderError(f"There is no warehouse at {warehouse}. Run `make build` first.")
    try:
        return duckdb.connect(str(warehouse), read_only=True)
    except duckdb.Error as error:
        raise BorderError(f"The warehouse at {warehouse} cannot be read now: {error}") from error


def check(
    warehouse: Path,
    *,
    as_of: date | None = None,
    border: Border | None = None,
    pages: Path | None = None,
    settings: Settings | None = None,
) -> Report:
    """Run the suites of one border, or of both. `pages` names a folder for the Data Docs."""
    rules = settings or read_settings()
    checker = Checker(rules)
    outcomes: list[Outcome] = []
    with open_read_only(warehouse) as connection:
        opened = lay_out(connection, rules, as_of)
        for suite in SUITES:
            if border in (None, suite.border):
                try:
                    frame = suite.measure(opened)
                except duckdb.Error as error:
                    raise BorderError(f"{suite.name} could not be measured: {error}") from error
                outcomes += checker.run(suite, frame, opened.as_of)
    report = Report(opened.as_of, tuple(outcomes))
    if pages:
        write_pages(checker.context, report, pages)
    return report


def breaches(warehouse: Path) -> list[Finding]:
    """What stops publishing: findings of rules that stop, but for those that are accepted."""
    return check(Path(warehouse)).breaches
