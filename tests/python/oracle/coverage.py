"""What a use case still lacks (DECISIONS.md, "Template checklist"), over exact fractions."""

from __future__ import annotations

import csv
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final

from .attempts import Attempt, Redelivery
from .cases import Workflow
from .fields import to_money, word
from .money import ZERO, CostSum
from .privacy import shown
from .reference import Reference

WEEK: Final = timedelta(days=7)
ITEMS: Final = (
    *("endpoint_tag", "prompt_version", "tenant", "request_id", "budget", "owner"),
    *("escalation_path", "price", "usage_source", "data_mode", "outcome"),
)
# Without a known endpoint these are missing because the tag is.
BY_TAG: Final = frozenset({"budget", "owner", "escalation_path"})


@dataclass
class Register:
    """What is looked up of a call, from the files themselves."""

    tenants: frozenset[str | None]
    owners: dict[str, str | None]
    paths: dict[str, str | None]
    use_case_owners: dict[str, str | None]
    budgeted: frozenset[str]
    releases: frozenset[tuple[str, str]]
    reused: frozenset[str]


def _rows(folder: Path, name: str) -> list[dict[str, str]]:
    path = folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return list(csv.DictReader(lines))


def _register(
    folder: Path,
    reference: Reference,
    attempts: Sequence[Attempt],
    redeliveries: Sequence[Redelivery],
) -> Register:
    taxonomy = [
        row
        for row in _rows(folder, "endpoint_taxonomy")
        if word(row["tag"]) == word(row["canonical_tag"])
    ]
    requests: defaultdict[str, set[str]] = defaultdict(set)
    for delivery in [*attempts, *(each.delivery for each in redeliveries)]:
        sent = delivery.row.get("external_request_id")
        if sent is not None:
            requests[sent].add(delivery.request_id)
    return Register(
        frozenset(shown(row["tenant_id"].strip()) for row in _rows(folder, "tenants")),
        {word(row["tag"]) or "": (row.get("owner") or "").strip() or None for row in taxonomy},
        {
            word(row["tag"]) or "": (row.get("escalation_path") or "").strip() or None
            for row in taxonomy
        },
        {
            word(row["use_case"]) or "": (row.get("owner") or "").strip() or None
            for row in _rows(folder, "use_cases")
        },
        frozenset(
            budget.scope_value
            for budget in reference.budgets
            if budget.scope_type == "use_case" and budget.risk_level is None
        ),
        frozenset((each.endpoint_tag, each.prompt_version) for each in reference.releases),
        frozenset(sent for sent, names in requests.items() if len(names) > 1),
    )


def _statuses(
    attempt: Attempt,
    register: Register,
    workflows: Mapping[str, Workflow],
    has_succeeded: bool,
) -> Iterator[tuple[str, str, bool]]:
    """Item, status, and whether that is whole; of test traffic its labels alone."""
    labels = (word(attempt.row.get("data_mode")), word(attempt.row.get("environment")))
    is_labelled = attempt.is_reportable or None not in labels
    yield "data_mode", "labelled" if is_labelled else "unlabelled", is_labelled
    if not attempt.is_reportable:
        return
    tag, version = attempt.endpoint_tag, attempt.prompt_version
    gaps = {
        "endpoint_tag": "missing"
        if tag is None
        else "not_in_taxonomy"
        if attempt.use_case is None
        else None,
        "prompt_version": "missing"
        if version is None
        else "not_registered"
        if (tag, version) not in register.releases
        else None,
        "tenant": None
        if attempt.tenant_id is not None and attempt.tenant_id in register.tenants
        else "not_registered"
        if attempt.tenant_id is not None
        else "unknown_user"
        if attempt.row.get("user_id") is not None
        else "missing",
        "request_id": "missing"
        if attempt.row.get("external_request_id") is None
        else "reused_id"
        if attempt.row.get("external_request_id") in register.reused
        else "attempts_after_a_success"
        if has_succeeded
        else None,
        "budget": None if attempt.use_case in register.budgeted else "missing",
        "owner": None if register.owners.get(tag or "") else "missing",
        "escalation_path": None if register.paths.get(tag or "") else "missing",
        "price": "unpriced" if attempt.cost_source == "unpriced" else None,
        "usage_source": _usage_gap(attempt),
        "outcome": "unattributed"
        if attempt.workflow_id is None
        else "unknown_outcome"
        if workflows[attempt.workflow_id].outcome == "unknown"
        else None,
    }
    for item, gap in gaps.items():
        yield item, gap or "known", gap is None


def _usage_gap(attempt: Attempt) -> str | None:
    counts = ("input_tokens", "cached_input_tokens", "cache_write_tokens", "output_tokens")
    if attempt.is_cache_hit:
        return None
    if all(attempt.tokens[name] is None for name in counts):
        return "unobserved"
    source = word(attempt.row.get("usage_source"))
    if source == "provider":
        return None
    return source if source == "estimated" else "unlabelled"


@dataclass
class Sum:
    """Attempts of an item, whole or not."""

    cost: CostSum = field(default_factory=CostSum)
    tokens: int | None = None

    def add(self, attempt: Attempt) -> None:
        self.cost.add(attempt.cost_usd)
        counts = [attempt.tokens["input_tokens"], attempt.tokens["output_tokens"]]
        known = [count for count in counts if count is not None]
        if known:
            self.tokens = (self.tokens or 0) + sum(known)


@dataclass
class Item:
    """One item of a use case in a week."""

    every: Sum = field(default_factory=Sum)
    gap: Sum = field(default_factory=Sum)
    reasons: Counter[str] = field(default_factory=Counter)

    @property
    def shares(self) -> tuple[Fraction, Fraction | None, Fraction | None]:
        """Of attempts, of known cost, of known tokens."""
        every, gap = self.every, self.gap
        total = every.cost.known_total
        return (
            1 - Fraction(gap.cost.rows, every.cost.rows),
            1 - Fraction(gap.cost.known_total) / Fraction(total) if total else None,
            1 - Fraction(gap.tokens or 0, every.tokens) if every.tokens else None,
        )

    @property
    def share(self) -> Fraction:
        return min(share for share in self.shares if share is not None)

    @property
    def cost_at_mean(self) -> Decimal | None:
        priced = self.every.cost.rows - self.every.cost.unknown
        if not priced:
            return None
        mean = to_money(self.every.cost.known_total / priced)
        return self.gap.cost.known_total + mean * self.gap.cost.unknown


Key = tuple[date, str, str]


def checklist_records(
    attempts: Sequence[Attempt],
    redeliveries: Sequence[Redelivery],
    workflows: Mapping[str, Workflow],
    reference: Reference,
    folder: Path,
    as_of: datetime | None,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """One record a week, use case and item; and one a week and use case."""
    register = _register(folder, reference, attempts, redeliveries)
    found: defaultdict[Key, Item] = defaultdict(Item)
    succeeded: set[str] = set()
    for attempt in sorted(attempts, key=lambda each: (each.request_id, each.attempt_index)):
        day = attempt.request_date
        week = day - timedelta(days=day.weekday())
        has_succeeded = attempt.request_id in succeeded
        for item, status, is_whole in _statuses(attempt, register, workflows, has_succeeded):
            cell = found[week, attempt.use_case or "unknown", item]
            cell.every.add(attempt)
            if not is_whole:
                cell.gap.add(attempt)
                cell.reasons[status] += 1
        if attempt.status == "success":
            succeeded.add(attempt.request_id)
    ranks = _ranks(found, lambda key: (key[0],))
    own_ranks = _ranks(found, lambda key: key[:2])
    checklist = [
        {
            **_item_record(key, cell, found),
            "is_complete": _is_over(key[0], as_of),
            "use_case_owner": register.use_case_owners.get(key[1]),
            "gap_rank": ranks.get(key),
            "gap_rank_in_use_case": own_ranks.get(key),
        }
        for key, cell in found.items()
    ]
    scores = _scores(found)
    return checklist, [
        {
            **_score_record(week, use_case, found, scores, own_ranks),
            "is_complete": _is_over(week, as_of),
            "use_case_owner": register.use_case_owners.get(use_case),
        }
        for week, use_case in scores
    ]


def _is_over(week: date, as_of: datetime | None) -> bool:
    return as_of is not None and as_of >= datetime.combine(week + WEEK, time.min)


def _follows(key: Key) -> bool:
    return key[1] == "unknown" and key[2] in BY_TAG


def _ranks(found: Mapping[Key, Item], group_of: Any) -> dict[Key, int]:
    groups: defaultdict[Any, list[Key]] = defaultdict(list)
    for key, cell in found.items():
        if cell.gap.cost.rows and not _follows(key):
            groups[group_of(key)].append(key)
    ranks = {}
    for keys in groups.values():
        keys.sort(
            key=lambda key: (
                found[key].cost_at_mean is None,
                -(found[key].cost_at_mean or ZERO),
                -found[key].gap.cost.rows,
                key[1:],
            )
        )
        ranks.update({key: place for place, key in enumerate(keys, 1)})
    return ranks


def _change(now: Fraction | None, before: Fraction | None) -> float | None:
    return None if now is None or before is None else float(now - before)


def _item_record(key: Key, cell: Item, found: Mapping[Key, Item]) -> dict[str, Any]:
    week, use_case, item = key
    every, gap = cell.every, cell.gap
    shares = [None if share is None else float(share) for share in cell.shares]
    before = {
        weeks: found[earlier].share
        if (earlier := (week - WEEK * weeks, *key[1:])) in found
        else None
        for weeks in (1, 4)
    }
    return {
        "week_start": week,
        "use_case": use_case,
        "item": item,
        "attempts": every.cost.rows,
        "unpriced_attempts": every.cost.unknown,
        "tokens": every.tokens,
        "cost_usd": every.cost.value,
        "gap_attempts": gap.cost.rows,
        "gap_unpriced_attempts": gap.cost.unknown,
        "gap_tokens": None if every.tokens is None else gap.tokens or 0,
        "gap_cost_usd": gap.cost.value,
        "gap_cost_at_mean_usd": cell.cost_at_mean,
        "main_gap": min(
            cell.reasons, key=lambda reason: (-cell.reasons[reason], reason), default=None
        ),
        "follows_from": "endpoint_tag" if _follows(key) else None,
        "whole_attempt_share": shares[0],
        "whole_cost_share": shares[1],
        "whole_token_share": shares[2],
        "whole_share": float(cell.share),
        "whole_share_change_1w": _change(cell.share, before[1]),
        "whole_share_change_4w": _change(cell.share, before[4]),
    }


def _scores(found: Mapping[Key, Item]) -> dict[tuple[date, str], Fraction | None]:
    scores: dict[tuple[date, str], Fraction | None] = {}
    for week, use_case, _ in found:
        cells = [found.get((week, use_case, item)) for item in ITEMS]
        known = [cell.share for cell in cells if cell is not None]
        scores[week, use_case] = sum(known, Fraction(0)) / 11 if len(known) == 11 else None
    return scores


def _score_record(
    week: date,
    use_case: str,
    found: Mapping[Key, Item],
    scores: Mapping[tuple[date, str], Fraction | None],
    own_ranks: Mapping[Key, int],
) -> dict[str, Any]:
    keys = [key for item in ITEMS if (key := (week, use_case, item)) in found]
    weakest = min(
        keys,
        key=lambda key: (found[key].share, _follows(key), -found[key].gap.cost.rows, key[2]),
    )
    has_gap = found[weakest].gap.cost.rows > 0
    price = found.get((week, use_case, "price"), Item()).every.cost
    score = scores[week, use_case]
    record: dict[str, Any] = {
        "week_start": week,
        "use_case": use_case,
        "attempts": price.rows,
        "unpriced_attempts": price.unknown,
        "cost_usd": price.value,
        "judged_items": len(keys),
        "whole_items": sum(not found[key].gap.cost.rows for key in keys),
        "score": None if score is None else float(score),
        "score_change_1w": _change(score, scores.get((week - WEEK, use_case))),
        "score_change_4w": _change(score, scores.get((week - WEEK * 4, use_case))),
        "weakest_item": weakest[2] if has_gap else None,
        "weakest_share": float(found[weakest].share) if has_gap else None,
    }
    for place in (1, 2, 3):
        ranked = [key for key in keys if own_ranks.get(key) == place]
        gap = found[ranked[0]].gap.cost if ranked else None
        record[f"gap_{place}"] = ranked[0][2] if ranked else None
        record[f"gap_{place}_cost_usd"] = gap.value if gap else None
        record[f"gap_{place}_unpriced_attempts"] = gap.unknown if gap else None
    return record
