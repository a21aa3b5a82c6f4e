"""Answers the ready questions of finance, support and engineering in analyses/.

    make ask                             # lists them
    make ask Q=top_customers             # asks one of the warehouse
    python scripts/ask.py top_customers --file published/current/llm_costs.duckdb --csv

Exit codes: 0 answered or listed, 1 not answered and why, 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import difflib
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
from exporting.cells import csv_cell
from publishing.options import add_warehouse

ANALYSES = Path(__file__).resolve().parent.parent / "analyses"
# In this order; a room that is not named comes after them.
ROOMS = ("finance", "support", "engineering")
REFERENCE = re.compile(r"\{\{ ref\('(\w+)'\) \}\}")


class AskError(Exception):
    """Something that whoever asks can put right."""


@dataclass(frozen=True)
class Question:
    """A file of a room's folder: its first line asks, and its SQL reads marts alone."""

    room: str
    name: str
    text: str
    sql: str

    def of(self, schema: str) -> str:
        return REFERENCE.sub(lambda found: f'"{schema}"."{found[1]}"', self.sql)


def questions(analyses: Path = ANALYSES) -> Iterator[Question]:
    """What lies in folders; the what-ifs beside them are dbt's (docs/marts.md)."""
    rooms = sorted(
        (folder for folder in analyses.iterdir() if folder.is_dir()),
        key=lambda folder: (folder.name not in ROOMS, [*ROOMS, folder.name].index(folder.name)),
    )
    for file in (file for room in rooms for file in sorted(room.glob("*.sql"))):
        sql = file.read_text(encoding="utf-8")
        first = sql.splitlines()[0]
        yield Question(file.parent.name, file.stem, first.removeprefix("-- "), sql)


def listed() -> list[str]:
    lines: list[str] = []
    room = ""
    for question in questions():
        if question.room != room:
            room = question.room
            lines += ["", f"{room}:"] if lines else [f"{room}:"]
        lines.append(f"  {question.name:<36} {question.text}")
    return lines


def named(name: str) -> Question:
    found = {question.name: question for question in questions()}
    if name not in found:
        near = difflib.get_close_matches(name, found, 3, 0.4)
        raise AskError(
            f"There is no question {name!r}. "
            + (f"The nearest: {', '.join(near)}." if near else "`make ask` lists them.")
        )
    return found[name]


def answer(question: Question, file: Path) -> duckdb.DuckDBPyRelation:
    if not file.is_file():
        raise AskError(f"There is no warehouse at {file}. Run `make build` first.")
    connection = duckdb.connect(str(file), read_only=True)
    connection.execute("set TimeZone = 'UTC'")
    mart = REFERENCE.findall(question.sql)[0]
    schema = connection.execute(
        "select table_schema from information_schema.tables"
        " where table_catalog = current_database() and table_name = $1 order by 1 limit 1",
        [mart],
    ).fetchall()
    if not schema:
        raise AskError(
            f"{file} has no table {mart}: the build did not get that far, or another version of the"
            " project made it. Run `make build`."
        )
    return connection.sql(question.of(schema[0][0]))


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("question", nargs="?", help="its name; without one, all are listed")
    add_warehouse(parser, "--file", "file, ours or published")
    parser.add_argument("--csv", action="store_true", help="every row as CSV, safe in spreadsheets")
    parser.add_argument("--sql", action="store_true", help="show the query, do not run it")
    return parser.parse_args(arguments)


def main(arguments: Sequence[str] | None = None) -> int:
    options = parse(arguments)
    if options.question is None:
        print("\n".join(listed()))
        return 0
    try:
        question = named(options.question)
        if options.sql:
            print(REFERENCE.sub(r"marts.\1", question.sql), end="")
            return 0
        found = answer(question, options.file)
        if options.csv:
            print(",".join(csv_cell(name) for name in found.columns))
            for row in found.fetchall():
                print(",".join(csv_cell(value) for value in row))
        else:
            print(question.text)
            found.show(max_rows=100, max_width=10_000)
    except (AskError, duckdb.Error) as error:
        print(f"Not answered: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
