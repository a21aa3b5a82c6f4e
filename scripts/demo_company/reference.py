"""What the company maintains by hand (seeds/reference), and what is derived from it."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path

from demo_company.draw import HEX, stream, token

HANDWRITTEN = (
    "endpoint_taxonomy",
    "tenants",
    "intents",
    "prompt_releases",
    "budgets",
    "peak_windows",
    "outcome_definitions",
)
PRICE_COLUMNS = {
    "plain": "input_usd_per_million",
    "cached": "cached_input_usd_per_million",
    "written": "cache_write_usd_per_million",
    "written_1h": "cache_write_1h_usd_per_million",
    "output": "output_usd_per_million",
}
MILLION = Decimal(1_000_000)


def read_csv(path: Path) -> list[dict[str, str]]:
    if not path.exists():
        raise FileNotFoundError(
            f"{path} is missing. It is maintained by hand: restore it from version control."
        )
    with path.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines))


@dataclass(frozen=True)
class User:
    user_id: str
    tenant_id: str


class Reference:
    """The hand-maintained tables in the shapes that the generator asks them in."""

    def __init__(self, folder: Path, seed: int, prices: Path | None = None) -> None:
        self.tables = {name: read_csv(folder / f"{name}.csv") for name in HANDWRITTEN}
        self.tenants = [row["tenant_id"] for row in self.tables["tenants"]]
        self.intents = {row["intent"]: row for row in self.tables["intents"]}
        self.endpoints = {row["tag"]: row for row in self.tables["endpoint_taxonomy"]}
        self.aliases: dict[str, list[str]] = {}
        for tag, row in self.endpoints.items():
            if tag != row["canonical_tag"]:
                self.aliases.setdefault(row["canonical_tag"], []).append(tag)
        self.users = _users(self.tenants, seed)
        self._releases: dict[str, list[tuple[datetime, str]]] = {}
        for row in self.tables["prompt_releases"]:
            live = datetime.fromisoformat(row["released_at"])
            self._releases.setdefault(row["endpoint_tag"], []).append((live, row["prompt_version"]))
        self._prices = _read_prices(prices or folder / "model_prices.csv")

    def prompt_version(self, tag: str, at: datetime) -> str | None:
        live = [version for released, version in self._releases.get(tag, []) if released <= at]
        return live[-1] if live else None

    def price_usd(
        self, provider: str, model: str, tier: str | None, at: datetime, tokens: dict[str, int]
    ) -> Decimal | None:
        """List price: the tier's newest price at that date, then the size tier, exact decimal.

        `tokens` holds the buckets plain, cached, written, written_1h and output; None where nothing
        is priced.
        """
        day = at.astimezone(UTC).date()
        rows = [row for row in self._prices.get((provider, model), []) if row.effective_from <= day]
        wanted = [row for row in rows if row.service_tier == (tier or "standard")]
        rows = wanted or [row for row in rows if row.service_tier == "standard"]
        if not rows:
            return None
        newest = max(row.effective_from for row in rows)
        size = sum(tokens.values()) - tokens["output"]
        fitting = [r for r in rows if r.effective_from == newest and (r.over == 0 or size > r.over)]
        price = max(fitting, key=lambda row: row.over)
        total = Decimal(0)
        for bucket, count in tokens.items():
            rate = price.rates.get(bucket)
            if rate is None and bucket == "written_1h":
                rate = price.rates.get("written")
            if rate is None and bucket != "output":
                rate = price.rates.get("plain")
            if rate is None:
                if count:
                    return None
                rate = Decimal(0)
            total += rate * count / MILLION
        return total

    def micro_rates(self, provider: str, model: str, day: date) -> list[int]:
        """Standard list price in micro-dollars a million tokens: plain, cached, output."""
        rows = [
            row
            for row in self._prices.get((provider, model), [])
            if row.service_tier == "standard" and row.over == 0 and row.effective_from <= day
        ]
        if not rows:
            return [0, 0, 0]
        rates = max(rows, key=lambda row: row.effective_from).rates
        plain = rates.get("plain", Decimal(0))
        wanted = (plain, rates.get("cached", plain), rates.get("output", Decimal(0)))
        return [int(rate * 1_000_000) for rate in wanted]


@dataclass(frozen=True)
class Price:
    service_tier: str
    over: int
    effective_from: date
    rates: dict[str, Decimal]


def _read_prices(path: Path) -> dict[tuple[str, str], list[Price]]:
    prices: dict[tuple[str, str], list[Price]] = {}
    for row in read_csv(path):
        price = Price(
            row["service_tier"],
            int(row["over_input_tokens"] or 0),
            date.fromisoformat(row["effective_from"]),
            {bucket: Decimal(row[name]) for bucket, name in PRICE_COLUMNS.items() if row[name]},
        )
        prices.setdefault((row["provider"], row["model"]), []).append(price)
    return prices


def _users(tenants: list[str], seed: int) -> dict[str, list[User]]:
    """A few dozen users at the largest tenant, two at the smallest."""
    rng = stream(seed, "users")
    return {
        tenant: [
            User(token(rng, "u_", 12, HEX), tenant)
            for _ in range(max(2, round(45 / (rank + 1) ** 0.7)))
        ]
        for rank, tenant in enumerate(tenants)
    }
