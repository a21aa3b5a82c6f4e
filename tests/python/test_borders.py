"""Great Expectations at both borders: planted breaches are named, quiet worlds stay quiet."""

from __future__ import annotations

import re
import shutil
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from urllib.parse import unquote

import borders
import check_borders
import duckdb
import pytest
from borders import Finding
from borders.chance import distance, is_below, is_more, usual_distance
from borders.checking import Outcome
from borders.pages import KEPT, write_pages
from borders.suite import read_settings

LAST_WEEK = "occurred_at >= '2026-10-18'"
# Each breaks a copy of the demo in one way: the rule, what its finding begins with, and how. All
# are planted together, in different fields and marts, and each has to be named.
ARRIVED = (
    (
        "volume_of_a_day",
        "llm_requests, provider anthropic, 2026-10-20",
        """
        delete from raw.llm_requests
        where lower(provider) = 'anthropic' and occurred_at like '2026-10-20%'
        """,
    ),
    (
        "volume_of_a_day",
        "tickets, all, 2026-10-22",
        "delete from raw.tickets where opened_at >= '2026-10-21'",
    ),
    (
        "size_of_calls",
        "llm_requests, support.reply, input_tokens",
        f"""
        update raw.llm_requests set input_tokens = (2 * try_cast(input_tokens as bigint))::varchar
        where {LAST_WEEK} and try_cast(input_tokens as bigint) is not null
        """,
    ),
    (
        "unreadable_values",
        "llm_requests, latency_ms",
        f"update raw.llm_requests set latency_ms = latency_ms || ' ms' where {LAST_WEEK}",
    ),
    (
        "kind_of_value",
        "llm_requests, user_id",
        f"""
        update raw.llm_requests set user_id = (hash(user_id) % 100000)::varchar
        where {LAST_WEEK} and user_id is not null
        """,
    ),
    (
        "field_vanished",
        "llm_requests, intent",
        f"update raw.llm_requests set intent = null where {LAST_WEEK}",
    ),
    (
        "invoice_total",
        "anthropic, 2026-09",
        """
        update raw.provider_invoices set billed_usd = (billed_usd::decimal(18, 2) * 1.3)::varchar
        where provider = 'anthropic' and billing_month like '2026-09%'
        """,
    ),
    (
        "readable",
        "workflow_outcomes, stg_applications__workflow_outcomes",
        "alter table raw.workflow_outcomes drop column outcome",
    ),
)
PUBLISHED = (
    (
        "totals_agree",
        "spend on cases, cost_per_resolved_ticket by intent against fct_attempts, 2026-09",
        """
        update marts.cost_per_resolved_ticket
        set ticket_cost_usd = ticket_cost_usd - 0.000000000001
        where period_grain = 'month' and period_start = date '2026-09-01'
            and segment_type = 'intent' and segment_value = 'refund'
        """,
    ),
    (
        "columns_of_the_contract",
        "tenant_concentration, tenants",
        "alter table marts.tenant_concentration alter tenants type varchar",
    ),
    (
        "rows_of_a_period",
        "endpoint_percentiles, the newest complete week",
        "delete from marts.endpoint_percentiles where period_start = date '2026-10-12'",
    ),
)


def broken(warehouse: Path, folder: Path, *statements: str) -> Path:
    """A copy of a warehouse after some statements."""
    # The views name the database, which is called like the file.
    copy = Path(shutil.copy(warehouse, folder / warehouse.name))
    with duckdb.connect(str(copy)) as connection:
        for sql in statements:
            assert connection.execute(sql).fetchone() != (0,), f"nothing was broken by {sql}"
    return copy


@pytest.fixture(scope="module")
def breaches(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Finding]:
    """What is found where everything has been broken."""
    folder = tmp_path_factory.mktemp("broken")
    statements = [sql for *_, sql in (*ARRIVED, *PUBLISHED)]
    return borders.breaches(broken(demo_warehouse, folder, *statements))


@pytest.mark.parametrize(("rule", "what", "_sql"), [*ARRIVED, *PUBLISHED])
def test_a_planted_breach_is_named(
    breaches: list[Finding], rule: str, what: str, _sql: str
) -> None:
    named = [finding for finding in breaches if finding.rule == rule]
    assert any(finding.what.startswith(what) for finding in named), breaches
    for finding in named:
        assert finding.owner == read_settings().rules[rule].owner
        assert finding.expected in str(finding)
        assert finding.found


def test_money_is_compared_by_its_digits(breaches: list[Finding]) -> None:
    (finding,) = (finding for finding in breaches if finding.rule == "totals_agree")
    total, expected = (part.split()[-1] for part in finding.found.split(", "))
    assert Decimal(expected) - Decimal(total) == Decimal("0.000000000001")


@pytest.mark.parametrize("as_of", [None, date(2026, 9, 15)], ids=str)
def test_a_quiet_world_is_quiet(demo_warehouse: Path, as_of: date | None) -> None:
    """The demo's incidents are planted in August and on 22 September, and judged a week."""
    report = borders.check(demo_warehouse, as_of=as_of)
    assert not report.breaches, report.breaches
    assert {outcome.rule for outcome in report.outcomes} == set(read_settings().rules)
    if as_of is None:
        assert not [outcome for outcome in report.outcomes if outcome.state != "ok"]


def test_incidents_of_the_demo_are_seen(demo_warehouse: Path) -> None:
    found = borders.check(demo_warehouse, as_of=date(2026, 8, 13), border="arrived").findings
    assert "size_of_calls" in {finding.rule for finding in found}


def test_what_is_accepted_stops_no_more(demo_warehouse: Path, tmp_path: Path) -> None:
    ((rule, what, sql),) = (entry for entry in ARRIVED if entry[0] == "invoice_total")
    settings = tmp_path / "rules.yml"
    entry = f'{{rule: {rule}, what: "{what}", until: 2026-12-31, because: credit, by: Finance}}'
    text = (Path(borders.__file__).parent / "rules.yml").read_text(encoding="utf-8")
    settings.write_text(text.replace("accepted: []", f"accepted: [{entry}]"), encoding="utf-8")
    warehouse = broken(demo_warehouse, tmp_path, sql)
    report = borders.check(warehouse, border="arrived", settings=read_settings(settings))
    assert [finding.rule for finding in report.findings] == [rule]
    assert not report.breaches


def test_the_command_writes_pages_that_need_no_network(
    demo_warehouse: Path,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hostile = "<img src=x onerror=alert(1)> ${x} https://example.com/"
    ((rule, _, sql),) = (entry for entry in ARRIVED if entry[0] == "size_of_calls")
    renamed = f"""
        update raw.llm_requests set endpoint_tag = '{hostile}'
        where endpoint_tag = 'support.reply'
    """
    warehouse = broken(demo_warehouse, tmp_path, sql, renamed)
    # A folder below where the command is given, as its default is.
    monkeypatch.chdir(tmp_path)
    pages = Path("pages")
    arguments = ["--warehouse", str(warehouse), "--pages", str(pages), "--border", "arrived"]
    assert check_borders.main(arguments) == 1
    said = capsys.readouterr()
    assert f"BREACH  {rule}: llm_requests, {hostile}" in said.out
    assert "Owner: Platform" in said.out
    assert "stop publishing" in said.err
    written = [path for path in pages.rglob("*") if path.is_file()]
    assert {path.suffix for path in written} == {".html"}
    for page in written:
        text = page.read_text(encoding="utf-8")
        assert "default-src 'none'" in text
        assert "<img" not in text
        assert "<script" not in text
        # In the index the address is the data's, and text.
        assert not re.findall(r"https?://(?!example.com/)|=[\"'] *https?:", text)
    index = (pages / "index.html").read_text(encoding="utf-8")
    assert "&lt;img src=x" in index
    assert "✗ breach" in index
    links = re.findall(r'href="([^"]+)"', index)
    assert links
    assert all((pages / unquote(link)).is_file() for link in links)


class NoSuites:
    """A context of GX that has nothing to draw."""

    def add_data_docs_site(self, *_: object) -> None: ...

    def build_data_docs(self, **_: object) -> None: ...


def test_the_last_runs_are_kept_and_no_more(tmp_path: Path) -> None:
    folder = tmp_path / "pages"
    found = borders.Finding("invoice_total", "arrived", "a <b>", "e", "f", "Finance", stops=True)
    breach = Outcome("invoice_total", "arrived_totals", "arrived", "Finance", 1, 0, (found,))
    first = datetime(2026, 10, 1, 6, tzinfo=UTC)
    for day in range(KEPT + 4):
        report = borders.Report(
            date(2026, 10, 1) + timedelta(days=day), (breach,) if day == 9 else ()
        )
        write_pages(NoSuites(), report, folder, first + timedelta(days=day))
    index = (folder / "index.html").read_text(encoding="utf-8")
    links = re.findall(r'href="(earlier/[^"]+)"', index)
    assert len(links) == KEPT
    # The newest first, and what each of them said.
    assert links[0] == f"earlier/{first + timedelta(days=KEPT + 2):%Y%m%dT%H%M%S%f}Z/index.html"
    assert all((folder / link).is_file() for link in links)
    assert len(list((folder / "earlier").iterdir())) == KEPT
    assert (
        "Run on 2026-10-10 06:00 UTC, as of 2026-10-10: 1 of the findings stop publishing." in index
    )
    assert index.count("nothing stops publishing") == KEPT
    # Each is as it was, without those before it.
    assert not list(folder.glob("earlier/*/earlier"))


def test_pages_replace_pages_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "thesis.txt").touch()
    with pytest.raises(borders.BorderError, match="name another folder"):
        write_pages(None, borders.Report(None, ()), tmp_path)
    assert (tmp_path / "thesis.txt").exists()


def test_without_a_warehouse_the_command_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert check_borders.main(["--warehouse", str(tmp_path / "none.duckdb")]) == 2
    assert "make build" in capsys.readouterr().err
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    assert check_borders.main(["--warehouse", str(tmp_path / "other.duckdb")]) == 2
    assert "make build" in capsys.readouterr().err


def test_2_n_kl_against_a_known_value() -> None:
    """60 of 100 heads against 500 of 1,000: KL = .6 ln 1.2 + .4 ln .8 = .020136, 2 n KL = 4.027."""
    apart = distance([60, 40], [500_000, 500_000])
    assert apart.kl == pytest.approx(0.0201355, abs=1e-6)
    assert apart.statistic == pytest.approx(4.0271, abs=1e-3)
    assert apart.degrees == 1
    # chi-squared at .95 with one degree of freedom: 3.841
    assert apart.times_chance(0.95) == pytest.approx(4.0267 / 3.8415, abs=1e-3)
    # Against a sample of the same size the statistic is half of it.
    assert distance([60, 40], [50, 50]).statistic == pytest.approx(4.027 / 2, rel=0.02)
    # What was never there is rare, not impossible; the same is no distance.
    assert 0 < distance([90, 10], [1000, 0]).kl < 10
    assert distance([50, 50], [500, 500]).times_chance(0.999) < 0.01
    assert usual_distance([[50, 50], [50, 50], [50, 50]]) == 1.0
    assert usual_distance([[80, 20], [20, 80], [80, 20]]) > 10


def test_chance_is_not_below_and_silence_is() -> None:
    assert is_below(0, [20, 22, 18, 20], 1.0, 0.999)
    assert not is_below(12, [20, 22, 18, 20], 1.0, 0.999)
    # Where days scatter four times as much as chance, ten of twenty is nothing.
    assert not is_below(5, [20, 22, 18, 20], 4.0, 0.999)
    assert is_more(30, 100, 10, 1000, 0.999)
    assert not is_more(2, 100, 10, 1000, 0.999)
    assert not is_more(0, 100, 0, 1000, 0.999)
