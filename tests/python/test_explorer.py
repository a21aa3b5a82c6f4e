"""The explorer holds what the marts hold, needs no network, and shows hostile text as text."""

from __future__ import annotations

import json
import re
import shutil
from pathlib import Path
from typing import Any

import duckdb
import explorer
import pytest
from conftest import query

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")


def charts(page: Path) -> dict[str, Any]:
    found = re.search(r"^const charts = (.*);$", page.read_text(encoding="utf-8"), re.MULTILINE)
    assert found
    specs: dict[str, Any] = json.loads(found.group(1))
    return specs


@pytest.fixture(scope="module")
def page(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("explorer")
    warehouse = Path(shutil.copy(demo_warehouse, folder / demo_warehouse.name))
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(
            """
            update marts.cost_per_resolved_ticket set segment_value = '</script><img src=x>'
            where segment_type = 'intent' and segment_value = 'refund'
            """
        )
    out = folder / "page.html"
    assert explorer.main(["--warehouse", str(warehouse), "--out", str(out)]) == 0
    return out


def test_the_page_holds_the_sums_of_the_marts(page: Path, demo_warehouse: Path) -> None:
    specs = charts(page)
    for name, mart, cost in (
        ("cases", "cost_per_resolved_ticket where segment_type = 'all' and", "ticket_cost_usd"),
        ("calls", "endpoint_economics where", "cost_usd"),
    ):
        data = next(iter(specs[name]["datasets"].values())) if "datasets" in specs[name] else None
        rows = data or specs[name]["data"]["values"]
        ((total,),) = query(demo_warehouse, f"select sum({cost}) from {mart} period_grain = 'week'")
        by_cut: dict[str, float] = {}
        for row in rows:
            if row["grain"] == "week":
                by_cut[row["cut"]] = by_cut.get(row["cut"], 0) + (row["cost"] or 0)
        block = next(block for block in explorer.BLOCKS if block.name == name)
        assert set(by_cut) == set(block.cuts)
        assert all(abs(sum_ - float(total)) < 1e-9 for sum_ in by_cut.values()), by_cut


def test_the_page_is_one_light_file_without_a_network(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    assert len(text.encode()) < 3_000_000
    assert "default-src 'none'" in text
    assert not re.findall(
        r"<(?:script|link|img|iframe)[^>]*(?:src|href)=", text.split("<script>")[0]
    )
    assert "<img src=x>" not in text


@pytest.mark.skipif(CHROMIUM is None, reason="needs chromium")
def test_a_browser_draws_both_charts_from_disk(page: Path) -> None:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        opened = browser.new_context(offline=True).new_page()
        failures: list[str] = []
        opened.on("pageerror", lambda error: failures.append(str(error)))
        opened.on("requestfailed", lambda request: failures.append(request.url))
        opened.goto(page.as_uri())
        opened.wait_for_selector("#chart-cases svg.marks")
        opened.wait_for_selector("#chart-calls svg.marks")
        assert opened.locator("select").count() == 6
        opened.locator("#choose-cases select").nth(2).select_option("tenant")
        opened.locator("#choose-calls select").first.select_option("Waste, share of spend")
        assert failures == []
        assert opened.locator("img").count() == 0
        browser.close()


def test_an_empty_warehouse_has_a_page_that_says_so(demo_warehouse: Path, tmp_path: Path) -> None:
    warehouse = tmp_path / demo_warehouse.name
    with duckdb.connect(str(warehouse)) as connection:
        connection.execute(f"attach '{demo_warehouse}' as demo (read_only); create schema marts")
        for mart in ("cost_per_resolved_ticket", "cost_per_deflection", "endpoint_economics"):
            connection.execute(f"create table marts.{mart} as from demo.marts.{mart} limit 0")
        connection.execute("create table marts.fct_attempts (request_date date); detach demo")
    out = tmp_path / "page.html"
    assert explorer.main(["--warehouse", str(warehouse), "--out", str(out)]) == 0
    assert out.read_text(encoding="utf-8").count("Nothing to show yet.") == 2
    assert charts(out) == {}


def test_without_marts_it_says_what_to_do(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert explorer.main(["--warehouse", str(tmp_path / "none.duckdb")]) == 1
    assert "make build" in capsys.readouterr().err
    duckdb.connect(str(tmp_path / "other.duckdb")).close()
    assert explorer.main(["--warehouse", str(tmp_path / "other.duckdb")]) == 1
    assert "has no marts" in capsys.readouterr().err


def test_a_mart_that_is_missing_and_a_page_that_cannot_be_written_are_sentences(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    half = tmp_path / "half.duckdb"
    with duckdb.connect(str(half)) as connection:
        connection.execute(f"attach '{demo_warehouse}' as demo (read_only)")
        connection.execute("create schema marts")
        mart = "marts.cost_per_resolved_ticket"
        connection.execute(f"create table {mart} as from demo.{mart}")
    assert explorer.main(["--warehouse", str(half), "--out", str(tmp_path / "x.html")]) == 1
    assert "A mart of the page is missing" in capsys.readouterr().err
    assert explorer.main(["--warehouse", str(demo_warehouse), "--out", str(tmp_path)]) == 1
    assert "cannot be written" in capsys.readouterr().err
