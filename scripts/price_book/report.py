"""What a person reads: the diff of a refresh, and the page of what the price book leaves out."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import version

from price_book.book import PRICE_COLUMNS, SOURCE, Diff, Group, Row
from price_book.library import Book

INTRO = """# What the price book leaves out

Written by `scripts/refresh_prices.py --write`; do not edit. Source: {source} {version}.
Providers: {providers}.

The price book holds list prices per million tokens for plain input, cached input, cache writes and
output, by date (UTC), service tier and input size. What is charged by another measure is listed
here and not approximated: an attempt on an unpriced model has a NULL cost and is counted as
unpriced, unless the gateway reported its cost. A price that you know can be added by hand to
`seeds/reference/model_prices.csv` with a `price_source` of your own; a refresh leaves it alone.
"""


def diff_lines(diff: Diff, alias_rows: list[Row], alias_conflicts: list[str]) -> Iterator[str]:
    yield from _section(f"new price rows: {len(diff.added)}", _row_lines(diff.added))
    yield from _section(
        f"new aliases: {len(alias_rows)}", [",".join(row.values()) for row in alias_rows]
    )
    yield from _section(
        f"new prices without a date, which --effective-from gives: {len(diff.undated)}",
        _group_lines(diff.undated),
    )
    yield from _section(
        f"only in the file, kept: {len(diff.only_in_file)}", _group_lines(diff.only_in_file)
    )
    yield from _section(f"your own prices stand: {len(diff.own)}", _group_lines(diff.own))
    conflicts = _group_lines(diff.conflicts) + alias_conflicts
    yield from _section(f"CONFLICTS with the past, left for a person: {len(conflicts)}", conflicts)


def _section(title: str, lines: list[str]) -> Iterator[str]:
    yield title
    for line in lines:
        yield f"  {line}"


def _row_lines(rows: Iterable[Row]) -> list[str]:
    return [
        f"+ {row['provider']} {row['model']} {row['service_tier']} from {row['effective_from']}"
        f" over {row['over_input_tokens']} tokens: "
        + " / ".join(row[column] or "-" for column in PRICE_COLUMNS)
        for row in rows
    ]


def _group_lines(items: Iterable[tuple[Group, str]]) -> list[str]:
    return [f"{' '.join(group)}: {text}" for group, text in items]


def unpriced_page(
    providers: Iterable[str], book: Book, partial: Mapping[str, Mapping[str, list[str]]]
) -> str:
    reasons = Counter(book.unpriced.values())
    lines = [
        INTRO.format(source=SOURCE, version=version(SOURCE), providers=", ".join(sorted(providers)))
    ]

    lines += ["## Unpriced models", ""]
    lines += _table(
        ("reason", "models"),
        [(r, str(n)) for r, n in sorted(reasons.items(), key=lambda x: (-x[1], x[0]))],
    )
    lines += _table(
        ("provider", "model", "reason"), [(p, m, r) for (p, m), r in sorted(book.unpriced.items())]
    )

    lines += [
        "## Priced by their text tokens alone",
        "",
        "Telemetry has no count for these: an attempt that used them cost more than the price "
        "book says, unless its sender gives the fee (`tool_fee_usd`) or what it cost. Text-only "
        "attempts are exact, cache writes for an hour included where they are counted apart.",
        "",
    ]
    grouped: dict[tuple[str, str], list[str]] = defaultdict(list)
    for (provider, model), what in book.left_out.items():
        grouped[provider, what].append(model)
    lines += _table(
        ("provider", "not counted", "models"),
        [(p, w, ", ".join(sorted(ms))) for (p, w), ms in sorted(grouped.items())],
    )

    lines += [
        "## Models with no output price",
        "",
        "Embedding models, mostly. An attempt on one that reports output tokens has a NULL cost.",
        "",
    ]
    no_output: dict[str, set[str]] = defaultdict(set)
    for (provider, model, _), periods in book.prices.items():
        if any(p.output_tokens is None for prices in periods.values() for p in prices.values()):
            no_output[provider].add(model)
    lines += _table(
        ("provider", "models"), [(p, ", ".join(sorted(ms))) for p, ms in sorted(no_output.items())]
    )

    lines += [
        "## Ids that aliases find only in part",
        "",
        "An alias is a whole id or a prefix, which stands for versions and dates of its model. "
        "A rule about the middle or the end of an id is written down for ids that begin with its "
        "text and for those that any provider lists for the same model (o4-mini-high of azure is "
        "o4-mini). What gateways put before an id is taken off where the rest is then known: words "
        "up to a slash, and a region such as `us.`. Other ids that such a rule would take stay "
        "unpriced, and are counted: what else a name holds may be another model.",
        "",
    ]
    lines += _table(
        ("provider", "model", "rule"),
        [
            (p, m, "; ".join(rules))
            for p, models in sorted(partial.items())
            for m, rules in sorted(models.items())
        ],
    )
    return "\n".join(lines).rstrip("\n") + "\n"


def _table(header: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> list[str]:
    cells = [header, tuple("---" for _ in header), *rows]
    return ["| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in cells] + [
        ""
    ]
