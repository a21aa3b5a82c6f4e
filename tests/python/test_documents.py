"""Links of the documents lead somewhere, and their queries run and give the rows that are shown."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import summary
from conftest import PROJECT, connect

README, MARTS = PROJECT / "README.md", PROJECT / "docs" / "marts.md"
README_LINES = 230
# Folders that a build or a tool makes; those that begin with a dot are left out too.
NOT_OURS = {"target", "logs", "warehouse", "dbt_packages", "published", "reports"}

FENCE = re.compile(r"^(```+)([^\n`]*)\n(.*?)^\1 *$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
HEADING = re.compile(r"^#{1,6} +(.+?) *#*$", re.MULTILINE)
SHOWN = re.compile(r"<!-- demo-numbers -->(.*?)<!-- /demo-numbers -->", re.DOTALL)
RESULT = re.compile(r"^```sql\n([^`]*)^``` *\n\n((?:\|[^\n]*\n)+)", re.MULTILINE)


def documents() -> list[Path]:
    """Every Markdown file of the project."""
    found = [path.relative_to(PROJECT) for path in PROJECT.rglob("*.md")]
    return [
        PROJECT / path
        for path in sorted(found)
        if path.parts[0] not in NOT_OURS and not any(part.startswith(".") for part in path.parts)
    ]


def name_of(path: Path) -> str:
    return str(path.relative_to(PROJECT))


@cache
def prose(path: Path) -> str:
    """A document without its code, in which neither a heading nor a link is one."""
    return re.sub(r"`+[^`\n]*`+", "", FENCE.sub("", path.read_text(encoding="utf-8")))


@cache
def anchors(path: Path) -> frozenset[str]:
    """The anchors of a document's headings, spelled as GitHub does."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in HEADING.findall(FENCE.sub("", path.read_text(encoding="utf-8"))):
        text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).lower()
        slug = re.sub(r"[^\w\- ]", "", text).replace(" ", "-")
        found.add(f"{slug}-{seen[slug]}" if seen[slug] else slug)
        seen[slug] += 1
    return frozenset(found)


@pytest.mark.parametrize("document", documents(), ids=name_of)
def test_relative_links_and_anchors_lead_somewhere(document: Path) -> None:
    broken = []
    for link in LINK.findall(prose(document)):
        if re.match(r"[a-z]+:", link):
            continue
        path, _, anchor = link.partition("#")
        target = (document.parent / path).resolve() if path else document
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert not broken


def test_readme_is_short() -> None:
    assert len(README.read_text(encoding="utf-8").splitlines()) <= README_LINES


@dataclass
class Query:
    """A query of a document: one statement."""

    document: Path
    number: int
    sql: str

    def __str__(self) -> str:
        return f"{name_of(self.document)}-{self.number}"


def queries() -> Iterator[Query]:
    """The SQL of the README and of the docs, also where Python hands it to DuckDB."""
    for document in (README, *sorted((PROJECT / "docs").glob("*.md"))):
        found: list[str] = []
        for _, language, code in FENCE.findall(document.read_text(encoding="utf-8")):
            if language == "sql":
                found += [one for one in code.split(";") if one.strip()]
            elif language == "bash":
                found += re.findall(r'sql\("""(.*?)"""\)', code, re.DOTALL)
        yield from (Query(document, number, sql) for number, sql in enumerate(found, 1))


@pytest.mark.parametrize("query", list(queries()), ids=str)
def test_queries_run_on_the_demo(demo_warehouse: Path, query: Query) -> None:
    with connect(demo_warehouse) as connection:
        connection.execute(query.sql).fetchall()


def test_every_mart_has_a_row_and_a_query() -> None:
    listed = re.findall(r"^\| \[(\w+)\]\(#\1\) \|", MARTS.read_text(encoding="utf-8"), re.MULTILINE)
    of_models = sorted(path.stem for path in (PROJECT / "models" / "marts").rglob("*.sql"))
    assert sorted(listed) == of_models
    asked = {
        mart
        for query in queries()
        if query.document == MARTS
        for mart in re.findall(r"\bmarts\.(\w+)", query.sql)
    }
    assert asked == set(of_models)


def cells(line: str) -> list[str]:
    return [cell.strip() for cell in line.strip().strip("|").split("|")]


def shown_results() -> Iterator[tuple[Query, list[list[str]]]]:
    """Queries between the marks of the demo's numbers, each with the table that follows it."""
    for document in (README, MARTS):
        for part in SHOWN.findall(document.read_text(encoding="utf-8")):
            results = RESULT.findall(part)
            assert len(results) == part.count("```sql\n"), f"a query without its rows: {part}"
            for number, (sql, table) in enumerate(results, 1):
                header, _, *rows = table.splitlines()
                yield Query(document, number, sql), [cells(header), *map(cells, rows)]


def as_shown(value: Any) -> str:
    return "NULL" if value is None else str(value)


def test_results_shown_are_those_of_the_demo(demo_warehouse: Path) -> None:
    shown = list(shown_results())
    assert shown
    with connect(demo_warehouse) as connection:
        for query, table in shown:
            result = connection.execute(query.sql)
            columns = [column[0] for column in result.description or []]
            rows = [[as_shown(value) for value in row] for row in result.fetchall()]
            assert table == [columns, *rows], query


def test_headline_shown_is_that_of_the_demo(demo_warehouse: Path) -> None:
    title, *lines = summary.summary(demo_warehouse)[1 : summary.WEEKS + 3]
    (numbers,) = SHOWN.findall(README.read_text(encoding="utf-8"))
    assert "\n".join(["```", title, *lines, "```"]) in numbers
