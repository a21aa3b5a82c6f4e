"""The price book says what the genai-prices library says, and its history only grows."""

from __future__ import annotations

import dataclasses
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from pathlib import Path

import pytest
import refresh_prices
from genai_prices.data_snapshot import get_snapshot
from genai_prices.types import ClauseEquals, ClauseOr, ClauseStartsWith, Provider
from price_book import aliases, book, library
from price_reference import REFERENCE, library_cost, price, random_usages, shipped

DOCS = REFERENCE.parents[1] / "docs"
PROVIDERS = library.providers(library.DEFAULT_PROVIDERS)
ENDINGS = (  # noqa: SIM905 - easier to read than forty quoted words
    "-audio -chat -codex -exp -fast -flash -foo -image -instruct -latest -lite -live -large -max"
    " -mini -mini-2025 -nano -native-audio -preview -preview-tts -pro -realtime -search -small -tts"
    " -turbo -vision x .5 -5 @20260801 -20260801 -2026-08-01 -v1:0 -v2:0 :free :thinking -0 -1 -001"
).split()
STARTS = ("us.", "eu.", "global.", "models/", "openai/", "us.anthropic.", "anthropic.", "x-")


# --- prices ---


def test_the_reference_gives_the_library_cost_to_the_last_digit() -> None:
    seen = set()
    for usage in random_usages(12_000, seed=20261101):
        assert usage.priced() == usage.expected, usage
        seen.add((usage.provider, shipped().resolve(usage.provider, usage.model)))
    assert shipped().models <= seen


def test_every_row_at_its_own_edges() -> None:
    for (provider, model, tier), periods in shipped().periods.items():
        sizes = {over for period in periods.values() for over in period}
        days = {day + timedelta(days=delta) for day in periods for delta in (0, 1)}
        days |= {day - timedelta(days=1) for day in periods if day > library.FIRST_DAY}
        for day in days:
            for size in {over + delta for over in sizes for delta in (0, 1)} | {3, 777_777}:
                row = shipped().row(provider, model, tier, day, size)
                assert row is not None
                output = 0 if row.output is None else 1_234
                for tokens in (
                    (size, 0, 0, output),
                    (size, size // 3, size // 2, output),
                    (size, size, 0, 0),
                    (size, 0, size, 0),
                ):
                    at = datetime.combine(day, time(23, 59, 59), UTC)
                    expected = library_cost(provider, model, tier, at, tokens)
                    assert price(provider, model, tier, day, *tokens) == expected


def test_rules_that_the_library_has_no_answer_to() -> None:
    day = date(2026, 9, 1)
    sonnet = ("anthropic", "claude-sonnet-5", None, day)
    assert price(*sonnet, None, None, None, None) is None
    assert price(*sonnet, None, None, None, 1_000_000) == 10
    assert price(*sonnet, 0, 0, 0, 0) == 0
    # More cached than input tokens: the library rejects it, the book never counts below zero.
    assert price(*sonnet, 10, 1_000_000, 0, 0) == Decimal("0.2")
    assert price(" Anthropic ", "Claude-Sonnet-5", " ", day, 1_000_000, 0, 0, 0) == 2
    assert price("openai", "text-embedding-3-small", None, day, 1_000_000, 0, 0, 0) == Decimal(
        "0.02"
    )
    assert price("openai", "text-embedding-3-small", None, day, 10, 0, 0, 1) is None
    assert price("openai", "gpt-4.1-foo", None, day, 10, 0, 0, 1) is None
    assert price("nobody", "gpt-4.1", None, day, 10, 0, 0, 1) is None


def test_a_size_tier_begins_strictly_over_its_threshold_and_reprices_everything() -> None:
    day = date(2026, 9, 1)
    at, over = (
        price("openai", "gpt-5.6-sol", None, day, tokens, 100_000, 50_000, 1_000)
        for tokens in (272_000, 272_001)
    )
    assert at == Decimal("0.798")  # .122 M x 4 + .1 M x .4 + .05 M x 5 + .001 M x 20
    assert over == Decimal("1.586008")


def test_the_price_file_is_sorted_plain_and_unique() -> None:
    rows = book.read_rows(REFERENCE / "model_prices.csv", book.COLUMNS)
    keys = [book.sort_key(row) for row in rows]
    assert keys == sorted(set(keys))
    assert len(rows) < 1_500
    for row in rows:
        assert row["provider"] == row["provider"].lower()
        assert row["model"] == row["model"].lower().strip()
        for column in book.PRICE_COLUMNS:
            if row[column]:
                amount = Decimal(row[column])
                assert row[column] == book.plain(amount)
                assert amount >= 0
                assert (amount * 10**6) % 1 == 0
    for group, periods in book.group_rows(rows).items():
        assert all(0 in period.prices for period in periods.values()), group


def test_tiers_are_of_priced_models_and_agree_with_their_rank() -> None:
    columns = ("provider", "model", "model_tier", "tier_rank")
    rows = book.read_rows(REFERENCE / "model_tiers.csv", columns)
    ranks = {"economy": "1", "standard": "2", "premium": "3"}
    assert len({(row["provider"], row["model"]) for row in rows}) == len(rows)
    for row in rows:
        assert (row["provider"], row["model"]) in shipped().models
        assert ranks[row["model_tier"]] == row["tier_rank"]


# --- ids ---


@pytest.mark.parametrize(
    ("provider", "model_id", "model"),
    [
        ("openai", "gpt-4.1-2025-04-14", "gpt-4.1"),
        ("openai", "gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("openai", "gpt-5.2-20251211", "gpt-5.2"),
        ("openai", "gpt-5.6-sol-2026-08-21", "gpt-5.6-sol"),
        ("openai", "gpt-4.1-mini-2025", None),
        ("openai", "gpt-4.1-foo", None),
        ("anthropic", "claude-haiku-4-5-20251001", "claude-haiku-4-5"),
        ("anthropic", "claude-opus-5-20260801", "claude-opus-5"),
        ("anthropic", "claude-opus-5-6", None),
        ("google", "gemini-2.5-pro-preview-05-06", "gemini-2.5-pro"),
        ("google", "gemini-2.5-pro-tts", "gemini-2.5-pro-tts"),
        ("azure", "gpt-4.1-mini-2025-04-14", "gpt-4.1-mini"),
        ("azure", "o4-mini-high", "o4-mini"),
        ("azure", "o4-mini-deep-research", None),
        ("anthropic", "claude-fable-5-20260801", "claude-fable-5"),
        ("anthropic", "claude-fable-5-2026x", None),
    ],
)
def test_common_ids(provider: str, model_id: str, model: str | None) -> None:
    assert shipped().resolve(provider, model_id) == model


def literals(value: object) -> Iterator[str]:
    """Every text inside a match rule, whatever its kind."""
    if isinstance(value, str):
        yield (
            value.lower()
            .replace("\\d{8}", "20260801")
            .replace("\\d{4}-\\d{2}-\\d{2}", "2026-08-01")
        )
    elif isinstance(value, list):
        for item in value:
            yield from literals(item)
    elif dataclasses.is_dataclass(value):
        for field in dataclasses.fields(value):
            yield from literals(getattr(value, field.name))


def sure_ids(value: object) -> Iterator[str]:
    """Ids that aliases can always express: whole ids, and a date after a beginning."""
    if isinstance(value, ClauseEquals):
        yield value.equals.lower()
    elif isinstance(value, ClauseStartsWith):
        yield value.starts_with.lower().rstrip("-@")
        yield value.starts_with.lower().rstrip("-@") + "-20260801"
    elif isinstance(value, ClauseOr):
        for part in value.or_:
            yield from sure_ids(part)


def billed_models(provider: Provider) -> list[object]:
    lenders = provider.fallback_model_providers or []
    owners = [provider, *(p for p in get_snapshot().providers if p.id in lenders)]
    return [model for owner in owners for model in owner.models]


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_no_id_resolves_to_another_model_than_the_library_says(provider: Provider) -> None:
    known = shipped()
    models = {model for provider_id, model in known.models if provider_id == provider.id}
    stems = set(models)
    loose: list[str] = []
    for model in billed_models(provider):
        rule = model.match  # type: ignore[attr-defined]
        stems |= {stem.replace("\\.", ".").strip("^$") for stem in literals(rule)}
        stems.add(model.id.lower())  # type: ignore[attr-defined]
        loose += aliases.read_rules(provider.id, rule).loose
    probes = {start + stem for stem in stems for start in ("", *STARTS)}
    probes |= {stem + ending for stem in stems for ending in ENDINGS}
    for probe in sorted(probes):
        ours = known.resolve(provider.id, probe)
        if ours not in models:
            continue  # unpriced, which is never wrong
        found = library.find(provider, probe)
        if found is None and probe.startswith(tuple(loose)):
            continue  # a date in another spelling, or a version after it: the same model
        assert found is not None, probe
        assert found is library.find(provider, ours), (probe, ours, found.id)


@pytest.mark.parametrize("provider", PROVIDERS, ids=lambda provider: provider.id)
def test_every_id_that_an_alias_can_express_is_found(provider: Provider) -> None:
    known = shipped()
    names = {
        id(library.find(provider, model)): model
        for provider_id, model in known.models
        if provider_id == provider.id
    }
    for model in billed_models(provider):
        for model_id in sure_ids(model.match):  # type: ignore[attr-defined]
            name = names.get(id(library.find(provider, model_id)))
            is_lent = not any(model is own for own in provider.models)
            if is_lent and known.resolve(provider.id, model_id) is None:
                continue  # only another provider's list has it; unpriced, which is never wrong
            if name is not None:
                assert known.resolve(provider.id, model_id) == name, model_id


# --- refresh ---


@dataclasses.dataclass(frozen=True)
class Files:
    prices: Path
    aliases: Path
    unpriced: Path

    def run(self, *options: str) -> int:
        return refresh_prices.main(
            [
                f"--prices={self.prices}",
                f"--aliases={self.aliases}",
                f"--unpriced={self.unpriced}",
                *options,
            ]
        )

    def lines(self) -> list[str]:
        return self.prices.read_text().splitlines()

    def replace(self, old: str, new: str) -> None:
        text = self.prices.read_text()
        assert text.count(old) == 1
        self.prices.write_text(text.replace(old, new))


@pytest.fixture
def files(tmp_path: Path) -> Files:
    found = Files(tmp_path / "prices.csv", tmp_path / "aliases.csv", tmp_path / "unpriced.md")
    shutil.copy(REFERENCE / "model_prices.csv", found.prices)
    shutil.copy(REFERENCE / "model_aliases.csv", found.aliases)
    return found


O3_FIRST = "openai,o3,standard,0,1970-01-01,10,"
SEARCHES = '"file searches, web searches"'
O3_SECOND = f"openai,o3,standard,0,2025-06-10,2,0.5,,8,,{SEARCHES},genai-prices,0.2.3\n"
GPT_41 = "openai,gpt-4.1,standard,0,1970-01-01,2,"


def test_what_is_shipped_is_what_a_refresh_makes(files: Files) -> None:
    files.prices.unlink()
    files.aliases.unlink()
    assert files.run("--write") == 0
    assert files.prices.read_bytes() == (REFERENCE / "model_prices.csv").read_bytes()
    assert files.aliases.read_bytes() == (REFERENCE / "model_aliases.csv").read_bytes()
    assert files.unpriced.read_bytes() == (DOCS / "unpriced_models.md").read_bytes()


def test_a_dry_run_shows_a_new_dated_price_and_writes_nothing(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    complete = files.prices.read_bytes()
    files.replace(O3_SECOND, "")
    short = files.prices.read_bytes()
    assert files.run() == 0
    assert "+ openai o3 standard from 2025-06-10 over 0 tokens: 2 / 0.5 / - / 8" in (
        capsys.readouterr().out
    )
    assert files.prices.read_bytes() == short
    assert not files.unpriced.exists()
    assert files.run("--write") == 0
    assert files.prices.read_bytes() == complete


def test_a_past_price_is_never_rewritten(files: Files, capsys: pytest.CaptureFixture[str]) -> None:
    files.replace(O3_FIRST, O3_FIRST.replace(",10,", ",11,"))
    before = files.prices.read_bytes()
    assert files.run("--write") == 1
    assert "1970-01-01: over 0 tokens 11 / 0.5 / - / 40 / - -> 10 / 0.5 / - / 40 / -" in (
        capsys.readouterr().out
    )
    assert files.prices.read_bytes() == before


def test_nothing_is_put_into_the_past(files: Files) -> None:
    line = next(line for line in files.lines() if line.startswith(O3_FIRST))
    files.replace(line + "\n", "")
    before = files.prices.read_bytes()
    assert files.run("--write") == 1
    assert files.prices.read_bytes() == before


def test_a_conflict_does_not_hold_up_other_prices(files: Files) -> None:
    files.replace(O3_FIRST, O3_FIRST.replace(",10,", ",11,"))
    files.replace(O3_SECOND, "")
    before = files.lines()
    assert files.run("--write") == 1
    assert sorted([*before, O3_SECOND.strip()]) == sorted(files.lines())


def test_a_change_without_a_date_needs_one(
    files: Files, capsys: pytest.CaptureFixture[str]
) -> None:
    files.replace(GPT_41, GPT_41.replace(",2,", ",3,"))
    before = files.lines()
    assert files.run() == 0
    assert "openai gpt-4.1 standard: since 1970-01-01: over 0 tokens 3 /" in capsys.readouterr().out
    assert files.run("--write") == 2
    assert files.lines() == before

    assert files.run("--write", "--effective-from=2026-11-01") == 0
    added = [line for line in files.lines() if line not in before]
    assert added == [
        f"openai,gpt-4.1,standard,0,2026-11-01,2,0.5,,8,,{SEARCHES},genai-prices,0.2.3"
    ]
    assert [line for line in files.lines() if line in before] == before
    after = files.lines()
    assert files.run("--write", "--effective-from=2027-01-01") == 0
    assert files.lines() == after


def test_a_date_in_the_past_is_refused(files: Files) -> None:
    files.replace(GPT_41, GPT_41.replace(",2,", ",3,"))
    before = files.lines()
    assert files.run("--write", "--effective-from=1970-01-01") == 1
    assert files.lines() == before


def test_a_price_of_ones_own_is_left_alone(files: Files) -> None:
    files.replace(
        f"openai,gpt-4.1,standard,0,1970-01-01,2,0.5,,8,,{SEARCHES},genai-prices,0.2.3\n",
        "openai,gpt-4.1,standard,0,1970-01-01,1.50,0.5,,6,,,contract,2026\n"
        "openai,whisper-1,standard,0,2026-01-01,5,,,5,,,contract,2026\n",
    )
    before = files.lines()
    assert files.run("--write") == 0
    assert files.lines() == before


def test_a_price_that_became_inexpressible_is_a_conflict(files: Files) -> None:
    files.prices.write_text(
        files.prices.read_text()
        + "openai,whisper-1,standard,0,1970-01-01,5,,,5,,,genai-prices,0.1.0\n"
    )
    before = files.lines()
    assert files.run("--write") == 1
    assert files.lines() == before


def test_an_alias_that_points_elsewhere_is_kept_and_reported(files: Files) -> None:
    old = "openai,gpt-4.1-2025-04-14,exact,gpt-4.1\n"
    text = files.aliases.read_text()
    assert old in text
    files.aliases.write_text(text.replace(old, old.replace(",gpt-4.1\n", ",gpt-4o\n")))
    before = files.aliases.read_bytes()
    assert files.run("--write") == 1
    assert files.aliases.read_bytes() == before


def test_only_the_named_providers_are_looked_at(files: Files) -> None:
    files.replace(O3_FIRST, O3_FIRST.replace(",10,", ",11,"))
    assert files.run("--providers", "anthropic") == 0
    with pytest.raises(SystemExit, match="unknown provider: nobody"):
        files.run("--providers", "nobody")
