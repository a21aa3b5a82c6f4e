"""Model aliases: the library's match rules, as far as exact ids and prefixes can say the same.

The library takes the first model (in its order) whose rule matches; the warehouse takes an exact
model, else an exact alias, else the longest prefix that a version or a date follows. So every
alias is checked against the library's own answer before it is kept.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import (
    ClauseAnd,
    ClauseContains,
    ClauseEndsWith,
    ClauseEquals,
    ClauseOr,
    ClauseRegex,
    ClauseStartsWith,
    Provider,
)

from price_book.library import Entry, find
from price_book.prefixes import is_named_by_prefix

COLUMNS = ("provider", "alias", "match_type", "model")
EXACT, PREFIX = "exact", "prefix"
Alias = tuple[str, str]  # alias, match_type

ANY_ENDING = "-zzz"  # stands for whatever may follow a prefix
# Amazon's inference profiles put a region before the model id.
AWS_VENDORS = {"claude": "anthropic.", "titan": "amazon."}
AWS_REGIONS = ("us.", "eu.", "apac.")
AWS_PROFILES = (*AWS_REGIONS, "au.", "global.", "in.", "jp.", "us-gov.")
# Most of a rule "starts with X, and is no speech model" in prefixes that no speech model has.
PLAIN_NAMES = ("", "-latest", "-preview", "-exp")
NUMBERED = ("-0", "-1", "-preview-0", "-preview-1", "-exp-0", "-exp-1")
COMPACT_DATE = re.compile(r"-(20\d\d)-(\d\d)-(\d\d)$")
DATED = re.compile(r"\^(?P<stem>.*?)(?P<sep>-|@|\[-@\])(?:\\d\{8\}|\\d\{4\}-\\d\{2\}-\\d\{2\})\$")
DIGIT = re.compile(r"\^(?P<stem>.*)\\d")


@dataclass
class Rules:
    """What of one model's match rule can be written down, and what cannot."""

    exact: list[str] = field(default_factory=list)
    prefix: list[str] = field(default_factory=list)
    loose: list[str] = field(default_factory=list)  # prefixes to which the library adds a condition
    partial: list[str] = field(default_factory=list)


def read_rules(provider_id: str, clause: object) -> Rules:
    rules = Rules()
    _read(rules, provider_id, clause)
    return rules


def _read(rules: Rules, provider_id: str, clause: object) -> None:
    if isinstance(clause, ClauseOr):
        for part in clause.or_:
            _read(rules, provider_id, part)
    elif isinstance(clause, ClauseEquals):
        rules.exact.append(clause.equals.lower())
    elif isinstance(clause, ClauseStartsWith):
        rules.prefix.append(clause.starts_with.lower())
    elif isinstance(clause, ClauseEndsWith):
        rules.exact.append(clause.ends_with.lower())
        rules.partial.append(f"ends with {clause.ends_with}")
    elif isinstance(clause, ClauseContains):
        rules.prefix += _leading(provider_id, clause.contains.lower())
        rules.partial.append(f"contains {clause.contains}")
    elif isinstance(clause, ClauseRegex):
        _read_regex(rules, clause.regex)
    elif isinstance(clause, ClauseAnd):
        starts = [c.starts_with.lower() for c in clause.and_ if isinstance(c, ClauseStartsWith)]
        for stem in starts:
            rules.exact += [stem + ending for ending in PLAIN_NAMES]
            rules.loose += [stem + ending for ending in NUMBERED]
        rules.partial.append(f"starts with {' and '.join(starts)}, and is no speech model")


def _read_regex(rules: Rules, regex: str) -> None:
    if match := DATED.fullmatch(regex):
        stem = match["stem"].replace("\\.", ".")
        # As a prefix up to the decade: what follows a prefix is a date anyway.
        rules.loose += [stem + sep + "202" for sep in match["sep"].strip("[]")]
    elif match := DIGIT.fullmatch(regex):
        rules.prefix += [match["stem"].replace("\\.", ".") + str(digit) for digit in range(10)]
    else:
        rules.partial.append(f"matches {regex}")


def _leading(provider_id: str, text: str) -> list[str]:
    """Prefixes under which a text that may stand anywhere does stand in practice."""
    if provider_id != "aws":
        return [text]
    if text.startswith(AWS_PROFILES):
        return [text]
    names = [text] + [
        vendor + text for stem, vendor in AWS_VENDORS.items() if text.startswith(stem)
    ]
    regional = [region + name for name in names for region in AWS_REGIONS if "." in name]
    return names + regional


def literals() -> dict[int, list[str]]:
    """Ids that each model's rule names, to find one that the library resolves."""
    found: dict[int, list[str]] = {}
    for provider in get_snapshot().providers:
        for model in provider.models:
            rules = read_rules(provider.id, model.match)
            found[id(model)] = rules.exact + rules.prefix
    return found


def ids_elsewhere() -> dict[str, list[str]]:
    """Whole ids that any provider's list has for a model of a name: o4-mini-high is o4-mini."""
    found: dict[str, list[str]] = {}
    for provider in get_snapshot().providers:
        for model in provider.models:
            rules = read_rules(provider.id, model.match)
            found.setdefault(model.id.lower(), []).extend(rules.exact)
    return found


def resolve(table: Mapping[Alias, str], models: Collection[str], model_id: str) -> str | None:
    """The warehouse's rule: exact model, exact alias, longest prefix."""
    if model_id in models:
        return model_id
    if (model_id, EXACT) in table:
        return table[model_id, EXACT]
    return _longest_prefix(table, model_id)


def _longest_prefix(table: Mapping[Alias, str], model_id: str) -> str | None:
    for length in range(len(model_id), 0, -1):
        alias = model_id[:length]
        if (alias, PREFIX) in table and is_named_by_prefix(model_id, alias):
            return table[alias, PREFIX]
    return None


@dataclass
class Aliases:
    table: dict[Alias, str]
    partial: dict[str, list[str]]  # model -> rules that are only partly written down


def build(provider: Provider, entries: Iterable[Entry], priced: Collection[str]) -> Aliases:
    """Aliases of one provider; for unpriced models, those that keep a prefix off them."""
    models = {id(entry.model): entry for entry in entries}
    rules = {key: read_rules(provider.id, entry.model.match) for key, entry in models.items()}
    name = {key: entry.name for key, entry in models.items()}

    def answer(model_id: str) -> str | None:
        found = find(provider, model_id)
        return None if found is None else name.get(id(found))

    elsewhere = ids_elsewhere()
    table: dict[Alias, str] = {}
    for key, rule in rules.items():
        # A rule about the middle of an id takes what others list, as far as both say the same.
        for text in _exact_forms(rule.exact + elsewhere.get(name[key], [])):
            if answer(text) == name[key]:
                table[text, EXACT] = name[key]
        for text in rule.prefix:
            if answer(text + ANY_ENDING) == name[key]:
                table[text, PREFIX] = name[key]
            elif answer(text) == name[key]:
                table[text, EXACT] = name[key]
        for text in rule.loose:
            if name[key] in {answer(text + ending) for ending in ("60801", "6-08-01", ANY_ENDING)}:
                table[text, PREFIX] = name[key]

    for unpriced in set(name.values()) - set(priced):
        table[unpriced, EXACT] = unpriced
    partial = {name[key]: rule.partial for key, rule in rules.items() if rule.partial}
    return Aliases(_without_needless(table, priced), partial)


def _exact_forms(ids: Iterable[str]) -> Iterator[str]:
    for text in ids:
        yield text
        # The library also accepts -20250414 where its list has -2025-04-14.
        if (compact := COMPACT_DATE.sub(r"-\1\2\3", text)) != text:
            yield compact


def _without_needless(table: Mapping[Alias, str], priced: Collection[str]) -> dict[Alias, str]:
    """Drops what a shorter prefix, or having no alias at all, says as well."""
    kept: dict[Alias, str] = {}
    shortest_first = sorted(table, key=lambda alias: (len(alias[0]), alias[1] == EXACT, alias))
    for text, kind in shortest_first:
        model = table[text, kind]
        is_prefix = kind == PREFIX
        otherwise = _longest_prefix(kept, text) if is_prefix else resolve(kept, priced, text)
        same = otherwise == model or (otherwise is None and model not in priced)
        if not same:
            kept[text, kind] = model
    return kept


def sort_key(row: Mapping[str, str]) -> tuple[str, str, str]:
    return row["provider"], row["alias"], row["match_type"]


def compare(
    rows: Iterable[Mapping[str, str]], provider_id: str, found: Aliases
) -> tuple[list[dict[str, str]], list[str]]:
    """Aliases that the file lacks, and those that it points elsewhere."""
    known = {
        (r["alias"], r["match_type"]): r["model"] for r in rows if r["provider"] == provider_id
    }
    added: list[dict[str, str]] = []
    conflicts: list[str] = []
    for (alias, match_type), model in sorted(found.table.items()):
        ours = known.get((alias, match_type))
        if ours is None:
            added.append(dict(zip(COLUMNS, (provider_id, alias, match_type, model), strict=True)))
        elif ours != model:
            where = f"{ours} here, {model} in the library"
            conflicts.append(f"{provider_id} {alias} ({match_type}): {where}")
    return added, conflicts
