"""The reference tables that a company maintains (spec "Reference seeds")."""

from __future__ import annotations

import csv
import re
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

from .fields import parse_bool, parse_decimal, parse_int, parse_time, word


@dataclass(frozen=True)
class Price:
    """One row of the price book, in USD per million tokens."""

    over_input_tokens: int
    effective_from: date
    input_price: Decimal | None
    cached_price: Decimal | None
    cache_write_price: Decimal | None
    output_price: Decimal | None
    cache_write_1h_price: Decimal | None = None


@dataclass(frozen=True)
class Endpoint:
    """What the taxonomy says about one tag."""

    canonical_tag: str
    use_case: str | None
    stage: str | None


@dataclass(frozen=True)
class Intent:
    """Assumptions about one intent."""

    baseline_escalation_rate: Decimal | None
    human_handle_minutes: Decimal | None


@dataclass(frozen=True)
class Release:
    """A promptVersion that went live on an endpoint."""

    endpoint_tag: str
    prompt_version: str
    released_at: datetime
    baseline_version: str | None


@dataclass(frozen=True)
class OutcomeDefinition:
    """One versioned definition of what counts as resolved (design "Outcome of a case")."""

    label: str
    require_closed: bool
    require_reply: bool
    inactivity: timedelta
    reopen_window: timedelta
    maturity: timedelta
    accept_assumed: bool
    accept_escalated: bool
    human_reply_disqualifies: bool
    negative_csat_max: int | None
    require_verdict: bool


@dataclass(frozen=True)
class Budget:
    """What a scope may spend in a period that begins on a date or later."""

    budget_id: str
    scope_type: str
    scope_value: str
    risk_level: str | None
    period: str
    amount_usd: Decimal | None
    amount_tokens: int | None
    effective_from: date
    owner: str | None


@dataclass(frozen=True)
class PeakWindow:
    """Dates, both included, on which the amounts of a scope's budgets are multiplied."""

    scope_type: str
    scope_value: str
    starts_on: date
    ends_on: date
    amount_factor: Decimal


@dataclass(frozen=True)
class FlowOutcome:
    """A version of the one outcome that is a success of a flow."""

    use_case: str
    flow: str
    version: int
    effective_from: date
    # The requests that tell the flow; without an endpoint, all of the use case.
    endpoint_tag: str | None
    stage: str | None
    outcome: str


@dataclass
class Reference:
    """All reference tables that a result depends on."""

    prices: dict[tuple[str, str], dict[str, list[Price]]] = field(default_factory=dict)
    exact_aliases: dict[tuple[str, str], str] = field(default_factory=dict)
    prefix_aliases: dict[str, list[tuple[str, str]]] = field(default_factory=dict)
    provider_aliases: dict[str, str] = field(default_factory=dict)
    # (provider, model) as sent: what of the price book is meant, once it was asked for
    meanings: dict[tuple[str, str], tuple[str, str] | None] = field(default_factory=dict)
    model_tiers: dict[tuple[str, str], str | None] = field(default_factory=dict)
    endpoints: dict[str, Endpoint] = field(default_factory=dict)
    user_tenants: dict[str, str] = field(default_factory=dict)
    tenant_plans: dict[str, str | None] = field(default_factory=dict)
    intents: dict[str, Intent] = field(default_factory=dict)
    releases: list[Release] = field(default_factory=list)
    outcome_definitions: dict[tuple[str, int], OutcomeDefinition] = field(default_factory=dict)
    # (help desk or "any", word): category
    ticket_statuses: dict[tuple[str, str], str] = field(default_factory=dict)
    budgets: list[Budget] = field(default_factory=list)
    peak_windows: list[PeakWindow] = field(default_factory=list)
    intent_risks: dict[str, str | None] = field(default_factory=dict)
    endpoint_risks: dict[str, str | None] = field(default_factory=dict)
    flow_outcomes: list[FlowOutcome] = field(default_factory=list)
    # Tenants that are registered, and whether they are the company's own.
    own_tenants: dict[str, bool | None] = field(default_factory=dict)
    own_tools: set[str] = field(default_factory=set)

    def outcome_definition(self, name: str) -> OutcomeDefinition:
        """`<definition_id>` means its highest version, `<definition_id>_v<version>` just
        that one.
        """
        match = re.fullmatch(r"(.+)_v(\d+)", name)
        if match and (match[1], int(match[2])) in self.outcome_definitions:
            return self.outcome_definitions[(match[1], int(match[2]))]
        versions = [version for known, version in self.outcome_definitions if known == name]
        if not versions:
            raise KeyError(f"no outcome definition {name!r}")
        return self.outcome_definitions[(name, max(versions))]


def _rows(folder: Path, name: str) -> list[dict[str, str | None]]:
    path = folder / f"{name}.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8-sig", newline="") as lines:
        return [{key: value or None for key, value in row.items()} for row in csv.DictReader(lines)]


def _need(row: dict[str, str | None], name: str) -> str:
    value = row[name]
    if value is None:
        raise ValueError(f"reference row without {name}: {row}")
    return value


def _need_word(row: dict[str, str | None], name: str) -> str:
    return (word(_need(row, name))) or ""


def _need_time(row: dict[str, str | None], name: str) -> datetime:
    moment = parse_time(_need(row, name))
    if moment is None:
        raise ValueError(f"reference row with a bad {name}: {row}")
    return moment


def load_reference(folder: str | Path) -> Reference:
    """Read every reference CSV; one that is missing is an empty table."""
    where = Path(folder)
    reference = Reference()
    _load_prices(where, reference)
    for row in _rows(where, "provider_aliases"):
        reference.provider_aliases[_need_word(row, "alias")] = _need_word(row, "provider")
    for row in _rows(where, "model_tiers"):
        key = (_need_word(row, "provider"), _need_word(row, "model"))
        reference.model_tiers[key] = row["model_tier"]
    for row in _rows(where, "endpoint_taxonomy"):
        reference.endpoints[_need_word(row, "tag")] = Endpoint(
            _need(row, "canonical_tag"), row["use_case"], row["stage"]
        )
        if row["tag"] == row["canonical_tag"]:
            reference.endpoint_risks[_need(row, "tag")] = row["risk_level"]
    for row in _rows(where, "tenants"):
        reference.tenant_plans[_need(row, "tenant_id")] = row["plan_id"]
    for row in _rows(where, "tenant_users"):
        reference.user_tenants[_need(row, "user_id")] = _need(row, "tenant_id")
    for row in _rows(where, "intents"):
        reference.intents[_need_word(row, "intent")] = Intent(
            parse_decimal(row["baseline_escalation_rate"]),
            parse_decimal(row["human_handle_minutes"]),
        )
        reference.intent_risks[_need_word(row, "intent")] = row["risk_level"]
    for row in _rows(where, "prompt_releases"):
        reference.releases.append(
            Release(
                _need_word(row, "endpoint_tag"),
                _need(row, "prompt_version"),
                _need_time(row, "released_at"),
                row["baseline_version"],
            )
        )
    for row in _rows(where, "outcome_definitions"):
        version = int(_need(row, "version"))
        reference.outcome_definitions[(_need(row, "definition_id"), version)] = OutcomeDefinition(
            label=f"{row['definition_id']}_v{version}",
            require_closed=bool(parse_bool(row["require_closed"])),
            require_reply=bool(parse_bool(row["require_reply"])),
            inactivity=timedelta(hours=float(_need(row, "inactivity_hours"))),
            reopen_window=timedelta(hours=float(_need(row, "reopen_window_hours"))),
            maturity=timedelta(hours=float(_need(row, "maturity_hours"))),
            accept_assumed=bool(parse_bool(row["accept_assumed"])),
            accept_escalated=bool(parse_bool(row["accept_escalated"])),
            human_reply_disqualifies=bool(parse_bool(row["human_reply_disqualifies"])),
            negative_csat_max=parse_int(row["negative_csat_max"]),
            require_verdict=bool(parse_bool(row["require_verdict"])),
        )
    for row in _rows(where, "ticket_statuses"):
        key = (_need_word(row, "source_system"), _need_word(row, "word"))
        reference.ticket_statuses[key] = _need_word(row, "category")
    _load_budgets(where, reference)
    _load_use_cases(where, reference)
    return reference


def _load_use_cases(where: Path, reference: Reference) -> None:
    for row in _rows(where, "use_case_outcomes"):
        if _need_word(row, "use_case") != "support":
            reference.flow_outcomes.append(
                FlowOutcome(
                    _need_word(row, "use_case"),
                    _need_word(row, "flow"),
                    int(_need(row, "version")),
                    date.fromisoformat(_need(row, "effective_from")),
                    word(row["endpoint_tag"]),
                    word(row["stage"]),
                    _need_word(row, "outcome"),
                )
            )
    for row in _rows(where, "tenants"):
        reference.own_tenants[_need(row, "tenant_id")] = parse_bool(row["is_internal"])
    for row in _rows(where, "use_cases"):
        if parse_bool(row["is_internal_tooling"]):
            reference.own_tools.add(_need_word(row, "use_case"))


def _load_budgets(where: Path, reference: Reference) -> None:
    for row in _rows(where, "budgets"):
        reference.budgets.append(
            Budget(
                _need(row, "budget_id"),
                _need_word(row, "scope_type"),
                _need(row, "scope_value"),
                row["risk_level"],
                _need_word(row, "period"),
                parse_decimal(row["amount_usd"]),
                parse_int(row["amount_tokens"]),
                date.fromisoformat(_need(row, "effective_from")),
                row["owner"],
            )
        )
    for row in _rows(where, "peak_windows"):
        reference.peak_windows.append(
            PeakWindow(
                _need_word(row, "scope_type"),
                _need(row, "scope_value"),
                date.fromisoformat(_need(row, "starts_on")),
                date.fromisoformat(_need(row, "ends_on")),
                Decimal(_need(row, "amount_factor")),
            )
        )


def _load_prices(where: Path, reference: Reference) -> None:
    for row in _rows(where, "model_prices"):
        key = (_need_word(row, "provider"), _need_word(row, "model"))
        tier = word(row["service_tier"]) or "standard"
        reference.prices.setdefault(key, {}).setdefault(tier, []).append(
            Price(
                over_input_tokens=parse_int(row["over_input_tokens"]) or 0,
                effective_from=_need_time(row, "effective_from").date(),
                input_price=parse_decimal(row["input_usd_per_million"]),
                cached_price=parse_decimal(row["cached_input_usd_per_million"]),
                cache_write_price=parse_decimal(row["cache_write_usd_per_million"]),
                output_price=parse_decimal(row["output_usd_per_million"]),
                cache_write_1h_price=parse_decimal(row.get("cache_write_1h_usd_per_million")),
            )
        )
    prefixes: defaultdict[str, list[tuple[str, str]]] = defaultdict(list)
    for row in _rows(where, "model_aliases"):
        provider, alias = _need_word(row, "provider"), _need_word(row, "alias")
        model = _need_word(row, "model")
        if word(row["match_type"]) == "exact":
            reference.exact_aliases[(provider, alias)] = model
        else:
            prefixes[provider].append((alias, model))
    reference.prefix_aliases = dict(prefixes)
