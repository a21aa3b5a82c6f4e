"""The weekly review: its words, its sentences, and its numbers against the warehouse."""

from __future__ import annotations

import html
import math
import re
import shutil
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import export
import pytest
import review as command
from conftest import query
from publishing.options import DEFAULT_WAREHOUSE
from weekly_review import words
from weekly_review.page import page
from weekly_review.review import Review
from weekly_review.sections import SECTIONS
from weekly_review.sentences import Story, Week, plain, tell
from weekly_review.warehouse import Row, Warehouse

CHROMIUM = Path("/usr/bin/chromium")
# What headless Chromium needs as root and without a network.
FLAGS = (
    *("--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking"),
    "--disable-sync",
)
LAST_WEEK = date(2026, 10, 12)
HOSTILE = '</script><script>document.title="broken"</script>"\'&\x07\u202e'
RIGHT_TO_LEFT = "שלום עולם"


@pytest.fixture(scope="module")
def built(demo_warehouse: Path) -> Iterator[Warehouse]:
    warehouse = Warehouse(demo_warehouse)
    yield warehouse
    warehouse.close()


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    if not CHROMIUM.exists():
        pytest.skip(f"There is no browser at {CHROMIUM}: `make browser` installs it.")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=str(CHROMIUM), args=list(FLAGS))
        yield chromium
        chromium.close()


def story(warehouse: Warehouse, week: date) -> Story:
    return Review(warehouse, week).story


def written(warehouse: Path, file: Path, *arguments: str) -> str:
    options = ["--warehouse", str(warehouse), "--output", str(file), *arguments]
    assert command.main(options) == 0
    return file.read_text(encoding="utf-8")


# Words


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"),
        (float("nan"), "not known"),
        (Decimal(0), "$0"),
        (Decimal("0.0523"), "$0.0523"),
        (Decimal("0.00001234"), "$0.0000123"),
        (Decimal("0.0000000001"), "under $0.000001"),
        (Decimal("9.996"), "$10.0"),
        (Decimal("12.61"), "$12.6"),
        (Decimal("1234"), "$1,234"),
        (Decimal("12345"), "$12.3k"),
        (Decimal("99960"), "$100k"),
        (Decimal("2345678"), "$2.35m"),
        (Decimal("-0.835"), "−$0.835"),  # noqa: RUF001
    ],
)
def test_money_has_three_digits(value: Any, text: str) -> None:
    assert words.money(value) == text


def test_money_in_another_currency() -> None:
    euro = words.Currency("EUR", Decimal("1.25"))
    assert words.money(Decimal("10"), euro) == "€8.00"
    assert words.money(Decimal("10"), replace(euro, code="CHF"), with_sign=True) == "+CHF 8.00"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "not known"),
        (0.0, "0 %"),
        (0.0001, "under 0.1 %"),
        (0.0126, "1.3 %"),
        (0.05, "5 %"),
        (0.1744, "17 %"),
        (1.0, "100 %"),
        (-0.42, "−42 %"),  # noqa: RUF001
    ],
)
def test_percent(value: Any, text: str) -> None:
    assert words.percent(value).replace(words.NARROW_SPACE, " ") == text


def test_changes_have_a_sign() -> None:
    assert words.money(Decimal("0.835"), with_sign=True) == "+$0.835"
    assert words.percent(0.17, with_sign=True).startswith("+17")
    assert words.points(-0.361) == "−36.1"  # noqa: RUF001
    assert words.points(0.0001) == "0.0"
    assert words.decimal(-0.001) == "0.00"


def test_times_are_said_as_people_say_them() -> None:
    assert [words.duration(minutes)[:3] for minutes in (0.5, 45, 444, 4320)] == [
        *("0.5", "45\u202f", "7.4", "3.0"),
    ]
    assert words.moment(datetime(2026, 9, 22, 13, tzinfo=UTC)) == "22 Sep, 13:00"


def test_names_are_one_line_that_nothing_can_reorder() -> None:
    assert (
        words.name(f"a\n\tb{HOSTILE[-1]}\x00\udcff")
        == "a b\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}"
    )
    assert words.name(" \u200b ") == "not known"
    assert words.name(RIGHT_TO_LEFT) == RIGHT_TO_LEFT
    long = "customer-" + "x" * 80 + "-west"
    assert len(words.cut_name(long)) == words.LONGEST_NAME
    assert words.cut_name(long).startswith("customer-")
    assert words.cut_name(long).endswith("-west")


# Sentences

INCIDENTS = {
    date(2026, 7, 20): (
        "Models cost $0.0928 a resolved ticket, 52 % more than the week before, which chance"
        " explains. Even so, support.reply moved to dearer models, gpt-5.6-sol most, since"
        " 20 Jul, 18:00 (+$2.02).",
        "Route support.reply back to the model that its risk allows.",
    ),
    date(2026, 8, 3): (
        "Models cost $0.0929 a resolved ticket, 25 % more than the week before, which chance"
        " explains. Even so, support.reply sends more tokens a request since 4 Aug, 22:00"
        " (+$1.06).",
        "Cap the tokens of support.reply, and find what made its prompts or answers grow.",
    ),
    date(2026, 8, 10): (
        "Models cost $0.158 a resolved ticket, 71 % more than the week before, which chance"
        " explains. Even so, unknown users flooded support.reply from 11 Aug, 20:00 on (+$3.68),"
        " and no more cases were solved.",
        "Limit the calls of unknown users on support.reply.",
    ),
    date(2026, 8, 17): (
        "Models cost $0.0752 a resolved ticket, 53 % less than the week before: the rise of"
        " support.reply a week before is over (−$4.56). Even so, openai failed and support.reply"  # noqa: RUF001
        " tried 8.08 times a request from 19 Aug, 08:00 on ($1.21).",
        "Cap the tries of support.reply, and switch the provider when one fails.",
    ),
    date(2026, 8, 24): (
        "Models cost $0.0650 a resolved ticket, 14 % less than the week before, which chance"
        " explains.",
        "Keep ragans_v5 on support.rag_answer: a request costs 34 % less than under ragans_v4.",
    ),
    date(2026, 8, 31): (
        "Models cost $0.0610 a resolved ticket, 6.1 % less than the week before, which chance"
        " explains. Outside support, docs.summarize sends more tokens a request since 31 Aug, 07:00"
        " (+$0.922).",
        "Cap the tokens of docs.summarize, and find what made its prompts or answers grow.",
    ),
    date(2026, 9, 14): (
        "Models cost $0.0757 a resolved ticket, 126 % more than the week before, more than chance"
        " explains. Outside support, rag.answer sends more tokens a request since 14 Sep, 07:00"
        " (+$0.712).",
        "Cap the tokens of rag.answer, and find what made its prompts or answers grow.",
    ),
    date(2026, 9, 21): (
        "Models cost $0.0873 a resolved ticket, 15 % more than the week before, which chance"
        " explains. Even so, reply_v12 sends more tokens a request to support.reply since"
        " 22 Sep, 13:00 (+$0.835).",
        "Hold reply_v12, or shorten its prompt.",
    ),
    date(2026, 9, 28): (
        "Models cost $0.0662 a resolved ticket, 24 % less than the week before, which chance"
        " explains. The rise of support.reply a week before is over (−$0.774).",  # noqa: RUF001
        "reply_v12 stays on hold on support.reply: a request costs 41 % more than under reply_v11.",
    ),
    date(2026, 10, 5): (
        "Models cost $0.0470 a resolved ticket, 29 % less than the week before, which chance"
        " explains. Outside support, Bluefin Logistics asked far more of dev.generate_patch since"
        " 5 Oct, 14:00 (+$3.26).",
        "Ask Bluefin Logistics whether the work goes on; if it does, give it a budget.",
    ),
    date(2026, 10, 12): (
        "Models cost $0.0523 a resolved ticket, 11 % more than the week before, which chance"
        " explains. Outside support, the rise of dev.generate_patch a week before is over"
        " (−$3.97).",  # noqa: RUF001
        "Keep reply_v13 on support.reply: a request costs 41 % less than under reply_v12.",
    ),
}


@pytest.mark.parametrize("week", INCIDENTS, ids=str)
def test_an_incident_is_told_as_an_analyst_would(built: Warehouse, week: date) -> None:
    told = story(built, week)
    assert (plain(told.what), plain(told.decide)) == INCIDENTS[week]
    assert not told.is_quiet
    assert told.action is not None
    assert told.action.owner is not None
    assert told.action.owner.value
    # The head and the foot of the page decide the same.
    assert told.action.what == told.decide
    # The Friday after the data, which reach to Sunday 25 October.
    assert told.action.due == date(2026, 10, 30)


@pytest.mark.parametrize("week", [date(2026, 7, 13), date(2026, 7, 27), date(2026, 9, 7)], ids=str)
def test_a_quiet_week_is_told_in_short(built: Warehouse, week: date) -> None:
    told = story(built, week)
    assert told.is_quiet
    assert plain(told.what).endswith("Nothing else moved beyond chance.")
    assert plain(told.decide) == "Nothing has to be decided."
    assert told.action is None


def test_an_open_week_says_so_first_and_decides_nothing(built: Warehouse) -> None:
    told = story(built, date(2026, 10, 19))
    assert plain(told.notice) == "This week is not complete: data reach to 25 Oct, 22:00."
    assert plain(told.what) == "Models cost $0.0426 a resolved ticket so far."
    assert plain(told.decide) == "Nothing yet: the week ends on 25 Oct."


def test_a_week_that_has_not_been_yet_is_unknown(built: Warehouse) -> None:
    told = story(built, date(2027, 3, 1))
    assert plain(told.what) == "No call of this week is known."
    assert "not complete" in plain(told.notice)


def metric(value: float | None, previous: float | None, judgement: str, **more: Any) -> Row:
    growth = None if value is None or not previous else value / previous - 1
    return Row(
        {
            "metric_value": value,
            "previous_value": previous,
            "growth": growth,
            "judgement": judgement,
            "reason": "no_week_before" if previous is None else None,
            **more,
        }
    )


def planted(**facts: Any) -> Week:
    start = date(2026, 2, 2)
    metrics = {
        "cost_per_resolved": metric(0.06, 0.06, "within_chance"),
        "spend": metric(9.0, 9.0, "within_chance"),
    }
    return Week(start, start + timedelta(days=7), **({"metrics": metrics} | facts))


def spike(**shares: Any) -> Row:
    known = {
        "endpoint_tag": "e",
        "use_case": "support",
        "spike_class": "mixed",
        "onset_at": datetime(2026, 2, 3, 4, tzinfo=UTC),
        "change_usd": Decimal(1),
        "tokens_share": None,
        "model_mix_share": None,
        "volume_share": None,
        "requests_per_case_share": None,
        "attempts_per_request_share": None,
        "new_prompt_version": "v2",
        "suspect_user_id": "u1",
        "dominant_tenant": "Acme",
        "dominant_model": "m",
        "owner": "team",
        "escalation_path": None,
    }
    return Row(known | shares)


@pytest.mark.parametrize(
    ("shares", "cause"),
    [
        ({"spike_class": "deploy", "tokens_share": 0.9}, "v2 sends more tokens a request to e"),
        ({"spike_class": "deploy", "model_mix_share": 0.9}, "v2 runs e on dearer models"),
        ({"spike_class": "abuse"}, "user u1 flooded e"),
        ({"spike_class": "abuse", "suspect_user_id": "(unknown users)"}, "unknown users flooded e"),
        ({"spike_class": "volume"}, "Acme asked far more of e"),
        ({"spike_class": "loop"}, "the same cases call e more often"),
        ({"spike_class": "retry_storm"}, "e tried its requests more often"),
        ({"spike_class": "data_or_price"}, "e is priced or measured in another way"),
        ({"model_mix_share": 0.4, "tokens_share": 0.3}, "e moved to dearer models, m most"),
        ({}, "e rose for several reasons at once"),
    ],
)
def test_every_class_of_spike_has_its_cause(shares: dict[str, Any], cause: str) -> None:
    told = tell(planted(spikes=[spike(**shares)]))
    assert cause in plain(told.what)
    assert told.action is not None
    assert "{" not in plain(told.action.guardrail) + plain(told.decide)


def test_the_dearest_of_several_findings_is_decided_on() -> None:
    told = tell(
        planted(
            spikes=[
                spike(endpoint_tag="small", spike_class="loop", change_usd=Decimal(1)),
                spike(endpoint_tag="large", spike_class="token", change_usd=Decimal(5)),
            ]
        )
    )
    assert "large" in plain(told.decide)


def test_prices_come_before_every_decision_where_too_many_are_missing() -> None:
    pricing = Row({"unpriced_share": 0.4, "attempts": 10})
    told = tell(planted(pricing=pricing, spikes=[spike(spike_class="token")]))
    assert plain(told.notice).startswith("40 % of the calls have no price")
    assert plain(told.decide).startswith("Give the calls without a price theirs first")
    assert told.action is not None
    assert told.action.what == told.decide
    assert told.action.owner is None


def test_what_is_not_known_is_said_so() -> None:
    nothing = {"cost_per_resolved": metric(None, None, "not_known")}
    unpriced = nothing | {"spend": metric(None, None, "not_known")}
    assert "no call of this week has a price" in plain(tell(planted(metrics=unpriced)).what)
    unresolved = nothing | {"spend": metric(3.0, None, "not_known")}
    assert plain(tell(planted(metrics=unresolved)).what) == (
        "No ticket was resolved; models cost $3.00; there is no week before to compare it with."
    )


def test_a_fall_that_calls_without_a_price_may_explain_is_no_saving() -> None:
    unknown = metric(0.03, 0.06, "not_known", reason="unpriced_calls")
    week = planted(
        metrics=planted().metrics | {"cost_per_resolved": unknown},
        pricing=Row({"unpriced_share": 0.03, "attempts": 1000}),
        endpoint_changes=[change("e", -5)],
        spikes_before=[Row({"endpoint_tag": "e"})],
    )
    told = tell(week)
    assert plain(told.what) == (
        "Models cost $0.0300 a resolved ticket, 50 % less than the week before; calls without a"
        " price may explain it."
    )
    assert plain(told.decide).startswith("Give the calls without a price theirs first")
    assert not told.is_quiet


def test_a_week_in_which_telemetry_began_says_so_first() -> None:
    told = tell(planted(first_call=date(2026, 2, 4)))
    assert plain(told.notice) == "Telemetry begins in this week, on 4 Feb."


def change(endpoint: str, usd: int, use_case: str = "support") -> Row:
    owned = {"owner": "team", "escalation_path": None}
    return Row(
        {"endpoint_tag": endpoint, "use_case": use_case, "change_usd": Decimal(usd), **owned}
    )


def test_a_cause_is_the_largest_driver_of_a_change_beyond_chance() -> None:
    metrics = planted().metrics | {"cost_per_resolved": metric(0.09, 0.06, "worse")}
    two = [
        spike(endpoint_tag="small", spike_class="loop", change_usd=Decimal(1)),
        spike(endpoint_tag="large", spike_class="token", change_usd=Decimal(5)),
    ]
    changes = [change("patch", 9, "dev"), change("large", 5), change("small", 1)]
    told = plain(tell(planted(metrics=metrics, spikes=two, endpoint_changes=changes)).what)
    assert "50 % more than the week before: large sends more tokens" in told
    assert "In support, the same cases call small" in told
    # The endpoint that rose most has no finding: nothing else is its cause.
    changes = [change("other", 7), change("large", 5)]
    told = plain(tell(planted(metrics=metrics, spikes=two, endpoint_changes=changes)).what)
    assert "more than chance explains. In support," in told
    # Within chance nothing is a cause.
    metrics["cost_per_resolved"] = metric(0.09, 0.06, "within_chance")
    told = plain(tell(planted(metrics=metrics, spikes=two, endpoint_changes=changes)).what)
    assert "which chance explains. Even so," in told


def unresolved(spend: Row, **more: Any) -> Week:
    metrics = {"cost_per_resolved": metric(None, 0.06, "not_known"), "spend": spend}
    facts = {
        "resolved": Row({"resolved_tickets": 0}),
        "opened": Row({"cases": 12, "escalated": 4}),
    }
    return planted(metrics=metrics, **(facts | more))


def test_a_week_without_a_resolution_is_decided_on() -> None:
    told = tell(unresolved(metric(3.0, 2.0, "within_chance")))
    assert plain(told.what) == (
        "No ticket was resolved; models cost $3.00, 50 % more than the week before, which chance"
        " explains."
    )
    assert plain(told.decide) == (
        "Find why no case was resolved: 12 opened in the week, 4 escalated."
    )
    assert told.action is not None
    assert told.action.what == told.decide
    assert not told.is_quiet
    resolved = tell(unresolved(metric(3.0, 2.0, "worse"), resolved=Row({"resolved_tickets": 2})))
    assert plain(resolved.what).startswith("What a resolved ticket cost is not known")
    # Cases of earlier weeks were resolved, of this one every case was escalated.
    every = tell(planted(opened=Row({"cases": 5, "escalated": 5})))
    assert plain(every.decide).startswith("Find why every case of the week was escalated: 5 of 5")


@pytest.mark.parametrize(
    ("before", "said"),
    [
        ({"resolved_tickets": 0}, "; no ticket was resolved in the week before."),
        ({"resolved_tickets": 3}, "; what one cost in the week before is not known."),
    ],
)
def test_a_week_before_without_a_value_is_not_missing(before: dict[str, int], said: str) -> None:
    cost = metric(0.06, None, "not_known", reason="no_value_before")
    week = planted(
        metrics=planted().metrics | {"cost_per_resolved": cost}, resolved_before=Row(before)
    )
    assert said in plain(tell(week).what)


def test_what_is_due_is_not_over() -> None:
    one = [spike(spike_class="token")]
    told = tell(planted(spikes=one, as_of=datetime(2026, 2, 9, 8, tzinfo=UTC)))
    assert told.action is not None
    assert told.action.due == date(2026, 2, 13)
    told = tell(planted(spikes=one, as_of=datetime(2026, 2, 14, 8, tzinfo=UTC)))
    assert told.action is not None
    assert told.action.due == date(2026, 2, 20)


def test_the_example_of_the_docs_is_the_demos(built: Warehouse) -> None:
    told = story(built, date(2026, 9, 21))
    docs = Path(command.__file__).parents[1] / "docs/review.md"
    text = " ".join(docs.read_text(encoding="utf-8").split())
    assert f"*{plain(told.what)} {plain(told.decide)}*" in text


# The judgement of the warehouse, computed a second time from its cases


def test_standard_errors_are_those_of_the_formula(demo_warehouse: Path) -> None:
    rows = query(
        demo_warehouse, "select period_start, ticket_id, cost_usd, resolutions from int_case_weeks"
    )
    weeks: dict[date, dict[str, tuple[float, float]]] = {}
    for week, case, cost, resolved in rows:
        if cost or resolved:
            weeks.setdefault(week, {})[case] = (float(cost), float(resolved))
    checked = 0
    for week, error in query(
        demo_warehouse,
        "select period_start, standard_error from week_on_week where segment_type = 'all'"
        " and metric = 'cost_per_resolved' and standard_error is not null",
    ):
        now, then = weeks[week], weeks[week - timedelta(days=7)]
        sums = [
            [sum(case[side] for case in one.values()) for side in (0, 1)] for one in (now, then)
        ]
        (c_now, d_now), (c_then, d_then) = sums
        cases = now.keys() | then.keys()
        none = (0.0, 0.0)
        squares = math.fsum(
            (
                (now.get(case, none)[0] - c_now / d_now * now.get(case, none)[1]) / c_now
                - (then.get(case, none)[0] - c_then / d_then * then.get(case, none)[1]) / c_then
            )
            ** 2
            for case in cases
        )
        assert error == pytest.approx(math.sqrt(len(cases) / (len(cases) - 1) * squares), rel=1e-9)
        checked += 1
    assert checked > 10


def test_values_are_those_of_the_marts_that_they_are_of(demo_warehouse: Path) -> None:
    different = query(
        demo_warehouse,
        """
        select weeks.period_start, weeks.metric
        from week_on_week as weeks
        left join cost_per_resolved_ticket as economics
            on economics.period_grain = 'week' and weeks.period_start = economics.period_start
            and weeks.segment_type = economics.segment_type
            and weeks.segment_value = economics.segment_value
        left join (
            select period_start, sum(cost_usd) as cost_usd
            from tenant_share where period_grain = 'week' group by period_start
        ) as spend on weeks.period_start = spend.period_start and weeks.segment_type = 'all'
        where
            (metric = 'cost_per_resolved' and metric_value is distinct from cost_per_resolved_usd)
            or (metric = 'spend' and weeks.segment_type = 'all'
                and metric_value is distinct from spend.cost_usd)
        """,
    )
    assert different == []


# The page

NUMBERS = """
() => [...document.querySelectorAll("[data-value]")].map((one) => ({
    query: one.dataset.query, row: +one.dataset.row, column: one.dataset.column,
    value: one.dataset.value, text: one.textContent,
}))
"""
QUERIES = """
() => Object.fromEntries([...document.querySelectorAll(".source h4")].map(
    (heading) => [heading.textContent, heading.nextElementSibling.textContent]))
"""


def opened(browser: Any, file: Path, width: int = 1280) -> Any:
    tab = browser.new_page(viewport={"width": width, "height": 900})
    said: list[str] = []
    tab.on("console", lambda message: said.append(message.text))
    tab.on("pageerror", lambda error: said.append(str(error)))
    tab.on("request", lambda asked: said.append(asked.url) if "file:" not in asked.url else None)
    tab.goto(file.as_uri())
    assert said == [], "the page asks for something, or its script fails"
    return tab


def check_numbers(tab: Any, warehouse: Path) -> int:
    """Every number of the page is what its own query, as the page shows it, gives now."""
    queries = tab.evaluate(QUERIES)
    numbers = tab.evaluate(NUMBERS)
    with duckdb.connect(str(warehouse), read_only=True) as connection:
        connection.execute("set search_path = 'marts,staging'")
        connection.execute("set TimeZone = 'UTC'")
        answers = {}
        for name in {number["query"] for number in numbers}:
            answer = connection.execute(queries[name])
            columns = [column[0] for column in answer.description or []]
            answers[name] = [dict(zip(columns, row, strict=True)) for row in answer.fetchall()]
    for number in numbers:
        value = answers[number["query"]][number["row"]][number["column"]]
        assert number["value"] == words.plain_value(value), number
        assert number["text"].strip() not in ("", "NaN", "None", "nan"), number
        assert (number["value"] == "") == number["text"].startswith("not known"), number
    return len(numbers)


@pytest.mark.parametrize("week", ["2026-10-12", "2026-09-21", "2026-10-19"])
def test_every_number_of_the_page_is_the_warehouses(
    demo_warehouse: Path, browser: Any, tmp_path: Path, week: str
) -> None:
    file = tmp_path / "review.html"
    text = written(demo_warehouse, file, "--week", week)
    assert len(text.encode()) < 3_000_000
    tab = opened(browser, file)
    assert check_numbers(tab, demo_warehouse) > 50
    # One heading of the first level, and the others in steps.
    levels = tab.evaluate(
        "() => [...document.querySelectorAll('h1,h2,h3')].map(h => +h.tagName[1])"
    )
    assert levels[0] == 1
    assert levels.count(1) == 1
    # Drawings have a text that says what they show; ids are used once.
    assert tab.evaluate(
        "() => [...document.querySelectorAll('[role=img]')].every(i => i.ariaLabel.length > 40)"
    )
    assert tab.evaluate(
        "() => { const ids = [...document.querySelectorAll('[id]')].map(i => i.id);"
        " return ids.length === new Set(ids).size }"
    )
    tab.close()


def test_numbers_of_the_page_against_queries_of_the_test(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    """The page's own queries could ask the wrong thing, so some are asked here in other words."""
    file = tmp_path / "review.html"
    written(demo_warehouse, file, "--week", "2026-10-12")
    tab = opened(browser, file)
    shown = {(n["query"], n["column"]): n["value"] for n in reversed(tab.evaluate(NUMBERS))}
    ((spend,),) = query(
        demo_warehouse,
        "select sum(cost_usd) from fct_attempts where is_reportable"
        " and request_date between date '2026-10-12' and date '2026-10-18'",
    )
    ((before,),) = query(
        demo_warehouse,
        "select sum(cost_usd) from fct_attempts where is_reportable"
        " and request_date between date '2026-10-05' and date '2026-10-11'",
    )
    assert Decimal(shown["spend.effects", "cost_usd"]) == spend
    assert Decimal(shown["spend.effects", "change_usd"]) == spend - before
    effects = [
        Decimal(n["value"])
        for n in tab.evaluate(NUMBERS)
        if n["query"] == "spend.effects" and n["column"] == "effect_usd"
    ]
    table = tab.evaluate(
        "() => [...document.querySelectorAll('#spend .table [data-column=effect_usd]')]"
        ".map(n => n.dataset.value)"
    )
    assert len(effects) > len(table)
    assert sum(map(Decimal, table)) == spend - before
    ((opened_cases,),) = query(
        demo_warehouse,
        "select count(*) from fct_tickets where is_handled"
        " and cast(opened_at as date) between date '2026-10-12' and date '2026-10-18'",
    )
    assert int(shown["desk.desk", "opened"]) == opened_cases
    tab.close()


def test_the_page_folds_sorts_and_fits_a_phone(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    written(demo_warehouse, file, "--week", "2026-08-10")
    tab = opened(browser, file, width=390)
    assert tab.evaluate("() => document.documentElement.scrollWidth") <= 390
    source = tab.locator("#cost details.source")
    assert not source.locator("pre").first.is_visible()
    source.locator("summary").click()
    assert source.locator("pre").first.is_visible()
    spends = "#endpoints tbody td:nth-child(4) [data-value]"
    tab.locator("#endpoints thead th:nth-child(4) button").click()
    values = tab.evaluate(
        f"() => [...document.querySelectorAll('{spends}')].map(n => +n.dataset.value)"
    )
    assert values == sorted(values, reverse=True)
    assert tab.locator(".chart.narrow").first.is_visible()
    assert not tab.locator(".chart.wide").first.is_visible()
    tab.close()


# The sizes of all text that paper shows, in points, each with where it stands.
SIZES = """
() => {
    const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT), sizes = [];
    while (texts.nextNode()) {
        const one = texts.currentNode.parentElement, style = getComputedStyle(one);
        if (!texts.currentNode.textContent.trim() || !one.checkVisibility()) continue;
        if (one.closest("script, style, .hidden")) continue;
        const drawn = one.closest("svg") && one.getScreenCTM();
        const scale = drawn ? Math.hypot(drawn.a, drawn.b) : one.currentCSSZoom;
        sizes.push([parseFloat(style.fontSize) * scale * 0.75, texts.currentNode.textContent]);
    }
    return sizes;
}
"""
# What A4 leaves between the margins, in pixels.
PAPER = 718


def test_the_review_prints_on_two_pages_with_notes_on_the_third(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    for week in ("2026-10-12", "2026-09-21", "2026-08-10", "2026-08-17"):
        file = tmp_path / f"{week}.html"
        written(demo_warehouse, file, "--week", week)
        tab = opened(browser, file, width=PAPER)
        assert tab.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 3, week
        # The notes begin the third page, and what is not known is explained before it.
        tab.evaluate("() => document.getElementById('notes').remove()")
        assert tab.pdf(prefer_css_page_size=True).count(b"/Type /Page\n") == 2, week
        tab.emulate_media(media="print")
        marks = tab.evaluate("() => [...document.querySelectorAll('.unknown sup')].length")
        assert tab.locator(".reasons").count() == (marks > 0)
        tab.close()


def test_what_is_printed_can_be_read(demo_warehouse: Path, browser: Any, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    for week in ("2026-10-12", "2026-09-21", "2026-08-10"):
        written(demo_warehouse, file, "--week", week)
        tab = opened(browser, file, width=PAPER)
        tab.emulate_media(media="print")
        sizes = tab.evaluate(SIZES)
        assert len(sizes) > 200
        assert [one for one in sizes if one[0] < 7] == []
        # Nothing is cut at the edge of the paper.
        assert tab.evaluate("() => document.documentElement.scrollWidth") <= PAPER
        tab.close()


def test_colours_can_be_read_in_both_modes() -> None:
    style = (Path(command.__file__).parent / "weekly_review/templates/style.css").read_text("utf-8")
    blocks = re.findall(r":root \{(.*?)\}", style, re.DOTALL)
    assert len(blocks) == 3  # light, dark, print
    for block in blocks:
        colours = dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block))
        for text in ("ink", "grey", "this", "alert"):
            for ground in ("page", "tint", "notice") if text == "ink" else ("page", "tint"):
                assert contrast(colours[text], colours[ground]) >= 4.5, (text, ground)


def contrast(one: str, other: str) -> float:
    def luminance(colour: str) -> float:
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        red, green, blue = (
            part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts
        )
        return 0.2126 * red + 0.7152 * green + 0.0722 * blue

    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_every_budget_has_a_row_with_its_state(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    text = visible(written(demo_warehouse, file, "--week", f"{LAST_WEEK}"))
    assert "1 of 12 budgets is spent; 2 may not last" in text
    # A budget of a day stood as on its gravest day of the week.
    stood = query(
        demo_warehouse,
        """
        select budget_id, arg_min(state_now, gravity) from (
            select
                *,
                list_position(['exceeded', 'spend_alert', 'warning', 'ok'], state_now) as gravity
            from budget_status
            where status_date = date '2026-10-18'
                or (period = 'daily' and status_date between '2026-10-12' and '2026-10-18')
        ) group by budget_id
        """,
    )
    words_of = {"exceeded": "spent", "spend_alert": "alert", "warning": "warning", "ok": "holds"}
    expected = {budget: words_of[state] for budget, state in stood}
    tab = opened(browser, file)
    rows = tab.evaluate(
        "() => [...document.querySelectorAll('#budgets tbody tr')].map(row =>"
        " [row.querySelector('.name').title, row.querySelector('.gate').firstChild.textContent])"
    )
    assert dict(rows) == expected
    assert len(rows) == len(expected)
    changed = "Late data changed what was told of workspace_tokens, 12 Oct, from holds to warning."
    assert tab.locator("#budgets .legend").text_content() == changed
    tab.close()


def test_the_dearest_gaps_are_those_of_the_checklist(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    text = visible(written(demo_warehouse, file, "--week", f"{LAST_WEEK}"))
    assert "21 of 46 calls of sales lack a registered prompt version: $0.106 of $0.310" in text
    assert "No source of telemetry fell behind." in text
    dearest = query(
        demo_warehouse,
        f"""
        select use_case, cast(gap_cost_usd as varchar) from template_checklist
        where week_start = date '{LAST_WEEK}' and gap_rank <= 3 order by gap_rank
        """,
    )
    tab = opened(browser, file)
    rows = tab.evaluate(
        "() => [...document.querySelectorAll('#coverage tbody tr')].map(row =>"
        " [row.querySelector('.name').title, row.querySelector('td .n').title])"
    )
    tab.close()
    assert [use_case for use_case, _ in rows] == [use_case for use_case, _ in dearest]
    for (_, title), (_, cost) in zip(rows, dearest, strict=True):
        assert cost.rstrip("0") in title


# Worlds that are not the demo's

MARTS_OF_THE_PAGE = (
    *("week_on_week", "cost_per_resolved_ticket", "cost_per_deflection", "spend_change"),
    *("spend_change_drivers", "spend_spikes", "spend_leaks", "request_bursts", "tenant_share"),
    *("tenant_concentration", "endpoint_economics", "model_tier_breaches", "longest_threads"),
    *("prompt_version_regression", "fct_tickets", "dim_endpoints", "dim_model_prices"),
    *("dim_periods", "dim_prompt_releases", "dim_tenants", "budget_status", "remedies"),
    *("alerts", "alert_episodes", "template_checklist", "template_scores", "telemetry_health"),
    *("guardrail_register", "guardrail_status"),
)


@pytest.fixture(scope="module")
def marts(demo_warehouse: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The demo's marts as plain tables, so that worlds can be made of them without a build."""
    file = tmp_path_factory.mktemp("marts") / "llm_costs.duckdb"
    with duckdb.connect(str(file)) as connection:
        connection.execute(f"attach '{demo_warehouse}' as demo (read_only)")
        connection.execute("create schema marts")
        connection.execute("create schema staging")
        # Views name what they read without the catalogue.
        connection.execute("use demo")
        for mart in MARTS_OF_THE_PAGE:
            connection.execute(
                f"create table llm_costs.marts.{mart} as select * from demo.marts.{mart}"
            )
        connection.execute(
            "create table llm_costs.staging.stg_reference__exchange_rates as"
            " select * from demo.staging.stg_reference__exchange_rates"
        )
    return file


def world(marts: Path, folder: Path, *changes: str) -> Path:
    file = folder / "llm_costs.duckdb"
    shutil.copy(marts, file)
    with duckdb.connect(str(file)) as connection:
        connection.execute("set search_path = 'marts,staging'")
        for change in changes:
            connection.execute(change)
    return file


def visible(text: str) -> str:
    """The page without its style and script, as a reader has it."""
    text = re.sub(r"<(style|script)>.*?</\1>", "", text, flags=re.DOTALL)
    return re.sub("[ \n]+", " ", html.unescape(re.sub(r"<[^>]*>", " ", text)))


def action_of(text: str) -> str:
    """The action section as it is read, without the places where a name may break."""
    section = re.split(r'<section[^>]*id="action"', text)[1].split("</section>")[0]
    words_of_it = visible(section.replace("<wbr>", "")).replace(words.NARROW_SPACE, " ")
    return re.sub(r" (?=[.,:;])", "", words_of_it)


def test_last_weeks_action_says_what_became_of_it(demo_warehouse: Path, tmp_path: Path) -> None:
    """Whether it was done, and whether its guardrail holds in this week."""
    text = action_of(written(demo_warehouse, tmp_path / "one.html", "--week", f"{LAST_WEEK}"))
    assert (
        "Agree with Bluefin on a plan for its migration, account management, due 14 Oct:"
        " done 13 Oct. bluefin_share holds: 8.5 %, at most 30 %." in text
    )
    assert "due 16 Oct: not done. reply_release_gate holds: $0.00824, at most $0.00850." in text
    assert "7 of 7 hold" in text
    assert "Overdue" not in text
    # A week later it is overdue, and the week is not over.
    text = action_of(written(demo_warehouse, tmp_path / "two.html", "--week", "2026-10-19"))
    assert "Overdue No version goes to everybody while the release gate says hold" in text
    assert "since 16 Oct." in text
    assert "of the others the week is not over" in text
    text = action_of(written(demo_warehouse, tmp_path / "three.html", "--week", "2026-08-24"))
    assert "due 28 Aug: done 31 Aug, 3 days late. reply_retry_limit holds: 2.9 %" in text


def test_a_guardrail_that_does_not_hold_is_named(marts: Path, tmp_path: Path) -> None:
    broken = world(
        marts,
        tmp_path,
        "update guardrail_status set holds = false, reason = null, value = 0.5"
        " where guardrail_id = 'bluefin_share'",
        "update guardrail_status set holds = null, reason = 'not_counted'"
        " where guardrail_id = 'reply_release_gate'",
    )
    text = action_of(written(broken, tmp_path / "one.html", "--week", f"{LAST_WEEK}"))
    assert "5 of 7 hold bluefin_share does not" in text
    assert "bluefin_share does not hold: 50 %, at most 30 %." in text
    assert "reply_release_gate may hold or not: calls that are not counted could break it." in text


def test_an_empty_register_is_said_and_is_no_success(marts: Path, tmp_path: Path) -> None:
    empty = world(marts, tmp_path, "delete from guardrail_status", "delete from guardrail_register")
    text = action_of(written(empty, tmp_path / "one.html", "--week", f"{LAST_WEEK}"))
    assert "not known the register of guardrails is empty" in text
    assert "not known none was in force" in text


def test_an_empty_warehouse(marts: Path, browser: Any, tmp_path: Path) -> None:
    empty = world(marts, tmp_path, *(f"delete from {mart}" for mart in MARTS_OF_THE_PAGE))
    file = tmp_path / "review.html"
    text = visible(written(empty, file))
    assert "There is no telemetry yet" in text
    assert "1970" not in text.split("Notes")[0]
    assert not re.search(r"\b(None|NaN|nan)\b", text)
    opened(browser, file).close()


def test_a_warehouse_whose_calls_have_no_price(marts: Path, browser: Any, tmp_path: Path) -> None:
    changes = [
        "update tenant_share set cost_usd = null, spend_share = null, cumulative_share = null,"
        " unpriced_attempts = attempts",
        "update tenant_concentration set cost_usd = null, top_1_share = null, top_5_share = null,"
        " hhi = null, effective_tenants = null, gini = null",
        "update week_on_week set metric_value = null, previous_value = null, change = null,"
        " growth = null, four_week_value = null, standard_error = null, p_value = null,"
        " chance_low = null, chance_high = null, judgement = 'not_known', reason = 'no_value'"
        " where metric in ('spend', 'cost_per_resolved')",
        "update cost_per_resolved_ticket set ticket_cost_usd = null, unattributed_cost_usd = null,"
        " cost_per_handled_usd = null, cost_per_resolved_usd = null",
        "update endpoint_economics set cost_usd = null, waste_cost_usd = null",
        "update fct_tickets set cost_usd = null",
        "update longest_threads set cost_usd = null",
        "delete from spend_change",
        "delete from spend_change_drivers",
        "delete from spend_spikes",
        "delete from spend_leaks",
        "update remedies set endpoint_cost_usd = null, saving_usd = null,"
        " saving_in_order_usd = null, unpriced_calls = calls_affected",
    ]
    unpriced = world(marts, tmp_path, *changes)
    file = tmp_path / "review.html"
    text = visible(written(unpriced, file))
    assert "What models cost is not known" in text
    assert "100\u202f% of the calls have no price" in text
    tab = opened(browser, file)
    check_numbers(tab, unpriced)
    tab.close()


def test_hundreds_of_customers_with_long_hostile_names(
    marts: Path, browser: Any, tmp_path: Path
) -> None:
    long = "A very long name of a customer who likes to be called by all of it, number "
    many = world(
        marts,
        tmp_path,
        "insert into tenant_share select period_grain, period_start, 'more-' || number,"
        f" '{long}' || number, cost_usd, spend_share, spend_rank + number, cumulative_share,"
        " attempts, unpriced_attempts from tenant_share cross join range(300) as more(number)"
        " where period_start = date '2026-10-12' and period_grain = 'week' and spend_rank = 2",
        f"update tenant_share set tenant_name = {sql(HOSTILE)} where tenant_id = 'northwind'",
        f"update tenant_share set tenant_name = '{RIGHT_TO_LEFT}' where tenant_id = 'harborhq'",
        f"update endpoint_economics set endpoint_tag = {sql(HOSTILE)}"
        " where endpoint_tag = 'support.reply'",
        f"update fct_tickets set intent = {sql(HOSTILE)} where intent = 'refund'",
        f"update dim_prompt_releases set prompt_version = {sql(HOSTILE)}"
        " where prompt_version = 'reply_v13'",
        f"update prompt_version_regression set prompt_version = {sql(HOSTILE)}"
        " where prompt_version = 'reply_v13'",
        f"update longest_threads set workflow_id = {sql(HOSTILE)}, tenant_id = {sql(HOSTILE)}",
        f"update spend_change set segment_value = {sql(HOSTILE)} where segment_type = 'endpoint'"
        " and segment_value = 'dev.generate_patch'",
        f"update dim_endpoints set owner = {sql(HOSTILE)}, escalation_path = {sql(HOSTILE)}",
        f"update week_on_week set outcome_definition = {sql(HOSTILE)}",
        f"update budget_status set budget_id = {sql(HOSTILE)}, scope_value = {sql(HOSTILE)},"
        f" owner = {sql(HOSTILE)} where budget_id = 'bluefin_monthly'",
    )
    file = tmp_path / "review.html"
    text = written(many, file)
    tab = opened(browser, file)
    # A title that says otherwise was set by a script of a name.
    assert tab.title().startswith("Weekly review")
    assert tab.evaluate("() => document.scripts.length") == 1
    assert "\x07" not in text
    assert "\u202e" not in text
    names = tab.evaluate("() => [...document.querySelectorAll('.name')].map(n => n.textContent)")
    assert any(name.startswith("</script>") for name in names)
    assert RIGHT_TO_LEFT in names
    assert tab.evaluate(
        f"() => [...document.querySelectorAll('bdi')].some(b => b.textContent === '{RIGHT_TO_LEFT}'"
        " && getComputedStyle(b).direction === 'rtl')"
    )
    assert max(map(len, names)) <= 60
    assert re.search(r"3\d\d others", visible(text))
    for width in (1280, 390):
        tab.set_viewport_size({"width": width, "height": 900})
        assert tab.evaluate("() => document.documentElement.scrollWidth") <= width
    check_numbers(tab, many)
    tab.close()


def sql(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def test_a_company_with_one_ticket(marts: Path, browser: Any, tmp_path: Path) -> None:
    """One case in one week: nothing to compare with, nothing to rank, a line of one point."""
    week = "date '2026-10-12'"
    one = "(select min(ticket_id) from fct_tickets where is_resolved and opened_at >= {})"
    by_period = ("cost_per_resolved_ticket", "cost_per_deflection", "endpoint_economics")
    small = world(
        marts,
        tmp_path,
        f"delete from fct_tickets where ticket_id <> {one.format(week)}",
        f"update fct_tickets set opened_at = {week}, resolved_at = {week} + interval 2 hour",
        f"delete from week_on_week where period_start <> {week} or segment_type <> 'all'",
        "update week_on_week set previous_value = null, change = null, growth = null,"
        " four_week_value = null, target_value = null, units = 1, previous_units = null,"
        " standard_error = null, p_value = null, chance_low = null, chance_high = null,"
        " judgement = 'not_known', reason = 'no_week_before'",
        *(f"delete from {mart} where period_start <> {week}" for mart in by_period),
        "delete from endpoint_economics where endpoint_tag <> 'support.reply'",
        f"delete from tenant_share where period_start <> {week} or spend_rank > 1",
        f"delete from tenant_concentration where period_start <> {week}",
        *(
            f"delete from {mart}"
            for mart in ("spend_change", "spend_change_drivers", "spend_spikes", "spend_leaks")
        ),
        "delete from remedies",
        *(f"delete from {mart}" for mart in ("request_bursts", "prompt_version_regression")),
        "delete from longest_threads",
    )
    file = tmp_path / "review.html"
    text = visible(written(small, file))
    assert "there is no week before to compare it with" in text
    assert "1 cases" not in text
    tab = opened(browser, file)
    check_numbers(tab, small)
    tab.close()


def test_a_week_in_which_nothing_was_resolved(marts: Path, browser: Any, tmp_path: Path) -> None:
    week, monday = "period_start = date '2026-10-05'", "date '2026-10-05'"
    none = world(
        marts,
        tmp_path,
        "update week_on_week set metric_value = null, change = null, growth = null,"
        " judgement = 'not_known', reason = 'no_value'"
        f" where metric = 'cost_per_resolved' and {week}",
        "update week_on_week set previous_value = null, change = null, growth = null,"
        " judgement = 'not_known', reason = 'no_value_before'"
        " where metric = 'cost_per_resolved' and period_start = date '2026-10-12'",
        "update cost_per_resolved_ticket set resolved_tickets = 0,"
        f" cost_per_resolved_usd = null where period_grain = 'week' and {week}",
        f"delete from spend_spikes where {week}",
        f"delete from request_bursts where started_at >= {monday}",
    )
    file = tmp_path / "review.html"
    text = visible(written(none, file, "--week", "2026-10-05"))
    assert "No ticket was resolved in this week; one cost $0.0662 in the week of 28 Sep" in text
    assert (
        "has not been" not in text.split("What a resolved ticket costs")[1].split("Who spends")[0]
    )
    assert text.count("Find why no case was resolved:") == 2
    assert "no ticket was resolved 4 weeks" in text
    tab = opened(browser, file)
    check_numbers(tab, none)
    tab.close()
    text = visible(written(none, file, "--week", "2026-10-12"))
    assert "a resolved ticket; no ticket was resolved in the week before." in text
    assert "no ticket was resolved the week before" in text
    assert "no week before" not in text


def test_a_fall_without_prices_is_not_judged_on_the_page(marts: Path, tmp_path: Path) -> None:
    moved = world(
        marts,
        tmp_path,
        "update week_on_week set judgement = 'not_known', reason = 'unpriced_calls',"
        " metric_value = 0.01, value_at_most = 0.2"
        " where metric in ('spend', 'cost_per_resolved') and period_start = date '2026-08-17'",
    )
    file = tmp_path / "review.html"
    text = visible(written(moved, file, "--week", "2026-08-17"))
    assert text.count("calls without a price may explain it") == 3
    assert "a week before is over" not in text
    assert text.count("Give the calls without a price theirs first") == 2
    assert "calls without a price aside" in text
    assert "has not been cheaper" not in text


def test_the_week_in_which_telemetry_began_is_no_point_of_a_line(
    marts: Path, browser: Any, tmp_path: Path
) -> None:
    """Its sums are of a part of it, though it has passed."""
    began = world(
        marts,
        tmp_path,
        "delete from week_on_week where period_start < date '2026-09-28'",
        "update week_on_week set data_begin_in_week = true where period_start = date '2026-09-28'",
        "delete from tenant_share where period_start < date '2026-09-30'",
    )
    file = tmp_path / "review.html"
    text = visible(written(began, file, "--week", "2026-09-28"))
    assert "Telemetry begins in this week, on 30 Sep." in text
    assert "not complete" not in text.split("Notes")[0]
    tab = opened(browser, file)
    check_numbers(tab, began)
    tab.close()
    written(began, file, "--week", "2026-10-12")
    tab = opened(browser, file)
    points = "() => [...document.querySelectorAll('#cost .table tbody tr')].length"
    assert tab.evaluate(points) == 2
    tab.close()


def test_a_week_that_decides_nothing_says_so_twice(demo_warehouse: Path, tmp_path: Path) -> None:
    file = tmp_path / "review.html"
    for week, decided in (
        ("2026-09-07", "Nothing has to be decided."),
        ("2026-10-19", "Nothing yet: the week ends on 25 Oct."),
    ):
        assert visible(written(demo_warehouse, file, "--week", week)).count(decided) == 2


def test_weeks_without_calls(marts: Path, tmp_path: Path) -> None:
    """In the data, after them and beside them."""
    gap = "period_start between date '2026-09-28' and date '2026-10-11'"
    holed = world(
        marts,
        tmp_path,
        *(
            f"delete from {mart} where {gap}"
            for mart in ("week_on_week", "cost_per_resolved_ticket", "endpoint_economics")
        ),
        *(f"delete from {mart} where {gap}" for mart in ("spend_change", "spend_spikes")),
        *(f"delete from {mart} where {gap}" for mart in ("tenant_share", "tenant_concentration")),
        "delete from request_bursts",
    )
    file = tmp_path / "review.html"
    text = visible(written(holed, file, "--week", "2026-09-30"))
    assert "This week holds no calls; data reach to 25 Oct, 22:00." in text
    assert "not complete" not in text.split("Notes")[0]
    assert text.count("Find out whether telemetry failed to arrive") == 2


def test_a_week_that_the_data_do_not_reach_is_refused(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for day, monday in (("2026-07-05", "2026-06-29"), ("2026-10-26", "2026-10-26")):
        options = ["--warehouse", str(demo_warehouse), "--output", str(tmp_path / "no.html")]
        assert command.main([*options, "--week", day]) == 1
        assert capsys.readouterr().err == (
            f"The warehouse knows nothing of the week of {monday}: its weeks are 2026-07-06 to"
            " 2026-10-19.\n"
        )
        assert export.main(["--warehouse", str(demo_warehouse), "--week", day]) == 1
        assert f"knows nothing of the week of {monday}" in capsys.readouterr().err


def test_open_cases_are_those_that_are_open(marts: Path, browser: Any, tmp_path: Path) -> None:
    desk = world(
        marts,
        tmp_path,
        "update fct_tickets set outcome = 'resolved_assumed', is_resolved = true,"
        " waiting_on = null, status_category = 'closed'",
        "update fct_tickets set is_handled = true, outcome = 'escalated', is_resolved = false,"
        " status_category = 'open' where ticket_id in"
        " (select ticket_id from fct_tickets where is_handled order by 1 limit 3)",
        "update fct_tickets set outcome = 'unknown', is_resolved = false, status_category ="
        " 'on_hold' where ticket_id in (select ticket_id from fct_tickets"
        " where is_handled and outcome <> 'escalated' order by 1 limit 2)",
        "update fct_tickets set outcome = 'pending', is_resolved = false, waiting_on = 'unknown'"
        " where ticket_id in (select ticket_id from fct_tickets"
        " where is_handled and status_category = 'closed' order by 1 limit 1)",
    )
    file = tmp_path / "review.html"
    text = visible(written(desk, file))
    assert ("Open now 6 0 wait on us, 1 on unknown, 3 escalated, 2 other") in text
    tab = opened(browser, file)
    check_numbers(tab, desk)
    tab.close()


def test_customers_and_quiet_days_are_counted_as_they_are_known(
    demo_warehouse: Path, tmp_path: Path
) -> None:
    text = visible(written(demo_warehouse, tmp_path / "review.html", "--week", "2026-10-12"))
    assert "equal customers; there are 34 , and unknown users count as one more." in text
    ((quiet_known,),) = query(
        demo_warehouse,
        "select count(*) from fct_tickets where is_handled and is_deflected"
        " and resolved_at between timestamp '2026-10-12' and timestamp '2026-10-18 22:00:30'"
        " and requester_id is not null",
    )
    assert f"of {quiet_known} whose 7 days are over" in text
    assert "mostly by fewer workflows" in text
    assert "fewer cases" not in text


def test_marks_of_the_chart_lie_within_its_weeks(marts: Path, tmp_path: Path) -> None:
    short = world(
        marts, tmp_path, "delete from week_on_week where period_start < date '2026-09-28'"
    )
    text = written(short, tmp_path / "review.html", "--week", "2026-10-12")
    drawn = text.split('class="chart wide"')[2].split("</svg>")[0]
    assert "reply_v13" in drawn
    assert "reply_v12" not in drawn
    assert "ragans_v5" not in drawn
    # The whole drawing is no wider than it was made.
    assert max(float(x) for x in re.findall(r"translate\((-?[\d.]+),", drawn)) < 896
    # The dates stand at the Mondays of their weeks, a mark of Thursday right of them by three days.
    at = {
        text: float(x)
        for x, text in re.findall(r"<text [^>]*translate\(([\d.]+),[^>]*>([^<]+)</text>", drawn)
    }
    day = (at["12 Oct"] - at["5 Oct"]) / 7
    assert 3 * day < at["reply_v13"] - at["12 Oct"] < 4 * day


def test_releases_are_those_of_endpoints_with_calls(
    marts: Path, browser: Any, tmp_path: Path
) -> None:
    own = world(
        marts,
        tmp_path,
        "delete from endpoint_economics where endpoint_tag = 'docs.summarize'",
        "update dim_prompt_releases set is_registered = false where prompt_version = 'reply_v12'"
        " and endpoint_tag = 'support.reply'",
        "update dim_prompt_releases set first_seen_at = null where prompt_version = 'reply_v13'",
    )
    file = tmp_path / "review.html"
    text = written(own, file, "--week", "2026-10-12")
    said = visible(text).split("Releases")[1].split("Source")[0]
    assert "docsum_v6" not in said
    assert "reply_ v12 not registered" in said
    assert "no call yet" in said
    # What nobody has called changed no cost.
    assert "reply_v13" not in text.split('class="chart wide"')[2].split("</svg>")[0]
    tab = opened(browser, file)
    check_numbers(tab, own)
    tab.close()


def test_the_band_of_a_release_is_the_lift_that_it_was_judged_by(
    marts: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    bands = []
    for lift in (0.10, 0.25):
        judged = world(marts, tmp_path, f"update prompt_version_regression set min_lift = {lift}")
        text = written(judged, file, "--week", "2026-10-12")
        assert f"less than {words.percent(lift)} does not matter" in visible(text)
        bands.append(float(re.findall(r'class="within" x="[\d.]+" width="([\d.]+)"', text)[0]))
        tab = opened(browser, file)
        check_numbers(tab, judged)
        tab.close()
    assert bands[1] / bands[0] == pytest.approx(math.log(1.25) / math.log(1.1), rel=0.05)


def test_tables_fit_a_laptop_and_a_narrow_window(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    for week in ("2026-10-12", "2026-09-21"):
        written(demo_warehouse, file, "--week", week)
        for width, tables in ((1200, ("#endpoints", "#releases")), (500, ("#releases",))):
            tab = opened(browser, file, width=width)
            for table in tables:
                room = f"() => {{ const s = document.querySelector('{table} .scroll');"
                assert tab.evaluate(room + " return s.scrollWidth - s.clientWidth }") <= 0
            assert tab.locator("#releases .on-narrow").first.is_visible() == (width == 500)
            tab.close()


def test_every_page_has_its_own_file() -> None:
    week = date(2026, 9, 21)
    pages = [("EUR", "USD"), (None, "EUR"), ("a b", "USD"), ("a_b", "USD"), ("a b", "EUR")]
    names = {command.file_of(week, tenant, currency).name for tenant, currency in pages}
    assert len(names) == len(pages)
    assert command.file_of(week, None).name == "review_2026-09-21.html"
    assert command.file_of(week, "northwind", "EUR").name == "review_2026-09-21_northwind.EUR.html"
    # The page of another warehouse does not take the place of the project's.
    others = [Path("warehouse/mine.duckdb"), Path("other/llm_costs.duckdb"), Path("o/a b.duckdb")]
    names = {command.file_of(week, None, warehouse=other).name for other in others}
    assert len(names | {command.file_of(week, None).name}) == 4
    own = Path(DEFAULT_WAREHOUSE)
    assert command.file_of(week, None, warehouse=own.resolve()) == command.file_of(week, None)
    assert all(re.fullmatch(r"review_2026-09-21\.[\w-]+-[0-9a-f]{8}\.html", name) for name in names)


# One customer, another currency, mistakes


def test_a_customers_page_holds_nothing_of_others(
    demo_warehouse: Path, browser: Any, tmp_path: Path
) -> None:
    file = tmp_path / "review.html"
    text = visible(written(demo_warehouse, file, "--tenant", "northwind", "--week", "2026-08-10"))
    others = query(
        demo_warehouse,
        "select tenant_id, coalesce(tenant_name, tenant_id) from dim_tenants"
        " where tenant_id <> 'northwind'",
    )
    for tenant, name in others:
        assert not re.search(rf"\b({re.escape(tenant)}|{re.escape(name)})\b", text)
    assert "Northwind Outfitters" in text
    tab = opened(browser, file)
    check_numbers(tab, demo_warehouse)
    left_out = {section.name for section in SECTIONS if not section.is_for_a_tenant}
    shown = set(tab.evaluate("() => [...document.querySelectorAll('section')].map(s => s.id)"))
    assert left_out
    assert not left_out & shown
    # Whatever the query, its answer is the customer's.
    asked = tab.evaluate(QUERIES)
    restricted = [name for name, sql_ in asked.items() if "'northwind'" not in sql_]
    assert restricted == []
    tab.close()


def test_another_currency_shows_the_same_dollars(
    marts: Path, browser: Any, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    rates = "insert into stg_reference__exchange_rates values ('eur', date '2026-01-01', 1.25)"
    file = tmp_path / "review.html"
    warehouse = world(marts, tmp_path, rates)
    text = visible(written(warehouse, file, "--currency", "eur"))
    assert "Models cost €0.0418 a resolved ticket" in text
    assert "$" not in text.split("Source")[0]
    tab = opened(browser, file)
    check_numbers(tab, warehouse)
    tab.close()
    arguments = ["--warehouse", str(warehouse), "--output", str(tmp_path / "no.html")]
    assert command.main([*arguments, "--currency", "xyz"]) == 1
    assert "There is no rate for XYZ" in capsys.readouterr().err


def test_mistakes_end_in_a_sentence(
    demo_warehouse: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.duckdb"
    assert command.main(["--warehouse", str(missing)]) == 1
    assert "make build" in capsys.readouterr().err
    duckdb.connect(str(tmp_path / "empty.duckdb")).close()
    assert command.main(["--warehouse", str(tmp_path / "empty.duckdb")]) == 1
    assert "dbt build --full-refresh" in capsys.readouterr().err
    assert command.main(["--warehouse", str(demo_warehouse), "--tenant", "nobody"]) == 1
    assert "no ticket of a tenant 'nobody'" in capsys.readouterr().err
    with pytest.raises(SystemExit) as stopped:
        command.main(["--week", "last"])
    assert stopped.value.code == 2


def test_the_same_warehouse_gives_the_same_page(built: Warehouse, demo_warehouse: Path) -> None:
    again = Warehouse(demo_warehouse)
    assert page(Review(built, LAST_WEEK)) == page(Review(again, LAST_WEEK))
    again.close()
