"""The oracle against the design's check values and hand-worked examples."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import duckdb
import pytest
from compare import TABLES, WarehouseTies, compare_results
from oracle import RawTables, Results, load_raw, recompute
from oracle.cases import Case, Ticket, build_case, outcome_of, read_ticket, surviving_id
from oracle.fields import is_whole_count, parse_money, parse_time
from oracle.money import cost_sum, ratio
from oracle.pricing import price_row, priced_cost, priced_model
from oracle.raw import RawRow, split_rejected
from oracle.reference import OutcomeDefinition, Price, Reference, load_reference
from oracle.regression import (
    Estimate,
    benjamini_hochberg,
    compared_strata,
    estimate,
    lift,
    pooled_shares,
    standardised,
)
from oracle.tenants import concentration, share_rows
from oracle.unit_economics import period_end, period_start

# --- promptVersion regression (design section 5) --------------------------------------------------

# intent: (cost, resolved, requests) a case.
ARM_A = {
    "refund": [(".10", 1, 2), (".14", 1, 3), (".30", 0, 6), (".08", 1, 2)],
    "login": [(".05", 1, 1), (".07", 1, 2), (".06", 1, 1), (".20", 0, 4)],
}
ARM_B = {
    "refund": [
        (".12", 1, 2),
        (".22", 1, 4),
        (".40", 0, 7),
        (".16", 1, 3),
        (".18", 1, 3),
        (".45", 0, 8),
    ],
    "login": [(".06", 1, 1), (".09", 1, 2)],
}
Arm = Mapping[str, list[tuple[Fraction, Fraction]]]


def strata(arm: Mapping[str, list[tuple[str, int, int]]], weight: int) -> Arm:
    """Pairs of cost and one of the other two numbers, by intent."""
    return {
        intent: [(Fraction(case[0]), Fraction(case[weight])) for case in cases]
        for intent, cases in arm.items()
    }


def whole(arm: Arm) -> Estimate:
    """The estimate over all strata of an arm."""
    found = estimate([pair for pairs in arm.values() for pair in pairs])
    assert found is not None
    return found


def test_cost_per_resolved_and_its_lift_match_the_worked_example() -> None:
    a, b = whole(strata(ARM_A, 1)), whole(strata(ARM_B, 1))
    assert float(a.value) == pytest.approx(0.1666667, abs=5e-8)
    assert float(a.variance or 0) == pytest.approx(0.005619048, abs=5e-10)
    assert float(b.value) == pytest.approx(0.28, abs=1e-12)
    assert float(b.variance or 0) == pytest.approx(0.015892063, abs=5e-10)
    found = lift(a, b)
    assert found is not None
    assert found.error is not None
    assert found.log == pytest.approx(0.518793793, abs=1e-9)
    assert found.error == pytest.approx(0.636388722, abs=5e-10)
    assert found.log / found.error == pytest.approx(0.815215253, abs=1e-9)
    assert found.p_value == pytest.approx(0.41494911, abs=5e-9)


def test_cost_per_request_errors_match_the_worked_example() -> None:
    errors = [float(whole(strata(arm, 2)).variance or 0) ** 0.5 for arm in (ARM_A, ARM_B)]
    assert errors == pytest.approx([0.001873029, 0.001042585], abs=1e-9)


def test_standardised_ratios_match_the_worked_example() -> None:
    a, b = strata(ARM_A, 1), strata(ARM_B, 1)
    shares = pooled_shares(a, b)
    assert shares == {"login": Fraction(6, 16), "refund": Fraction(10, 16)}
    for arm, value, error in ((a, 0.17666667, 0.08729761), (b, 0.23684211, 0.08297926)):
        found = standardised(arm, shares)
        assert found is not None
        assert found.variance is not None
        assert float(found.value) == pytest.approx(value, abs=5e-9)
        assert float(found.variance) ** 0.5 == pytest.approx(error, abs=5e-9)


def test_strata_with_few_units_in_an_arm_are_not_compared() -> None:
    a, b = compared_strata(strata(ARM_A, 1), strata(ARM_B, 1), 3)
    assert {name: len(pairs) for name, pairs in a.items()} == {"refund": 4}
    assert {name: len(pairs) for name, pairs in b.items()} == {"refund": 6}
    assert compared_strata(strata(ARM_A, 1), strata(ARM_B, 1), 30) == ({}, {})
    assert compared_strata({"new": a["refund"]}, {}, 0) == ({}, {})


def test_benjamini_hochberg_matches_the_worked_example() -> None:
    p_values = [0.001, 0.008, 0.039, 0.041, 0.042, 0.06, 0.074, 0.205, 0.212, 0.216]
    q_values = [0.01, 0.04, 0.084, 0.084, 0.084, 0.1, 0.1057143, 0.216, 0.216, 0.216]
    assert benjamini_hochberg(p_values) == pytest.approx(q_values, abs=5e-8)
    assert benjamini_hochberg(p_values[::-1]) == pytest.approx(q_values[::-1], abs=5e-8)


def test_a_lift_without_variance_has_no_p_value() -> None:
    same = [(Fraction(1), Fraction(1))] * 3
    found = lift(estimate(same), estimate([(Fraction(2), Fraction(1))] * 3))
    assert found is not None
    assert found.relative == pytest.approx(1.0)
    assert found.p_value is None
    assert lift(estimate(same), estimate([(Fraction(1), Fraction(0))])) is None
    assert lift(estimate([(Fraction(0), Fraction(1))]), estimate(same)) is None


# --- tenants (design section 7) -------------------------------------------------------------------


def test_concentration_matches_the_worked_example() -> None:
    spend = [Decimal(value) for value in (50, 20, 10, 8, 5, 4, 2, 1)]
    found = concentration(spend)
    assert found["tenants"] == 8
    assert found["hhi"] == pytest.approx(0.311, abs=1e-12)
    assert found["effective_tenants"] == pytest.approx(3.215434, abs=5e-7)
    assert found["gini"] == pytest.approx(0.5675, abs=1e-12)
    rows = share_rows({f"t{index}": cost for index, cost in enumerate(spend)})
    assert rows[2]["cumulative_share"] == pytest.approx(0.80, abs=1e-12)


def test_shares_without_any_known_cost_are_null() -> None:
    assert [row["spend_share"] for row in share_rows({"a": None, "b": Decimal(0)})] == [None, None]
    assert concentration([None])["hhi"] is None
    ranked = share_rows({"z": Decimal(1), "a": Decimal(1), "b": None})
    assert [(row["tenant_id"], row["spend_rank"]) for row in ranked] == [
        ("a", 1),
        ("z", 2),
        ("b", 3),
    ]


# --- reading raw values (design section 3) --------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "expected"),
    [("12", True), ("12.0", True), ("0", True), ("12.5", False), ("abc", False), ("-3", False)],
)
def test_a_token_count_is_a_whole_number(text: str, expected: bool) -> None:
    assert is_whole_count(text) is expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-06-01T00:30:00+02:00", "2026-05-31 22:30:00"),
        ("2026-06-01T00:30:00Z", "2026-06-01 00:30:00"),
        ("2026-06-01 00:30:00", "2026-06-01 00:30:00"),
        ("2026-06-01T00:30:00.25-0530", "2026-06-01 06:00:00.250000"),
        ("2026-13-01T00:00:00Z", "None"),
        ("yesterday", "None"),
    ],
)
def test_times_are_utc_when_no_offset_is_given(text: str, expected: str) -> None:
    assert str(parse_time(text)) == expected


def test_money_is_exact_and_rounds_half_up_beyond_twelve_places() -> None:
    assert parse_money("0.1234567890125") == Decimal("0.123456789013")
    assert parse_money("0.12345678901249999") == Decimal("0.123456789012")
    assert parse_money("3.5e-05") == Decimal("0.000035")
    assert parse_money("n/a") is None
    assert ratio(Decimal(2), 3) == Decimal("0.666666666667")
    assert ratio(Decimal(1), 0) is None
    assert ratio(None, 3) is None
    assert cost_sum([]).value == 0
    assert cost_sum([None]).value is None
    assert cost_sum([None, Decimal("0.5")]).value == Decimal("0.5")


def test_lines_that_do_not_fit_become_corrupt_records(tmp_path: Path) -> None:
    home = tmp_path / "llm_requests" / "2026"
    home.mkdir(parents=True)
    (home / "a.jsonl").write_text(
        '{"externalRequestId": "r1", "inputTokens": 12.0, "reportedCostUsd": 0.10, "new": {}}\n'
        '\n{"externalRequestId": "r2", \n[1]\n"text"\n'
    )
    (home / "b.csv").write_text("external_request_id,input_tokens\nr3,5\n\nr4\nr5,1,2\n")
    rows = load_raw(tmp_path).llm_requests
    by_line = {(row.source_file.rsplit("/")[-1], row.source_line): row.values for row in rows}
    assert by_line == {
        ("a.jsonl", 1): {
            "external_request_id": "r1",
            "input_tokens": "12.0",
            "reported_cost_usd": "0.10",
        },
        ("a.jsonl", 3): {"corrupt_record": '{"externalRequestId": "r2", '},
        ("a.jsonl", 4): {"corrupt_record": "[1]"},
        ("a.jsonl", 5): {"corrupt_record": '"text"'},
        ("b.csv", 2): {"external_request_id": "r3", "input_tokens": "5"},
        ("b.csv", 4): {"corrupt_record": "r4"},
        ("b.csv", 5): {"corrupt_record": "r5,1,2"},
    }


def raw_row(**values: str | None) -> RawRow:
    """A raw row of the given fields."""
    return RawRow({name: value for name, value in values.items() if value}, "example", 1)


def test_rejections_come_in_the_order_of_the_rules() -> None:
    raw = RawTables(
        kind="seeds",
        llm_requests=[
            raw_row(corrupt_record="{", input_tokens="-1"),
            raw_row(occurred_at="noon", input_tokens="-1"),
            raw_row(occurred_at="noon", ingested_at="2026-06-01", input_tokens="1.5"),
            raw_row(occurred_at="2026-06-01", input_tokens="1.0"),
        ],
        tickets=[raw_row(status="open")],
        workflow_outcomes=[raw_row(outcome="email_sent")],
        provider_invoices=[raw_row(provider="openai"), raw_row(billing_month="2026-06")],
    )
    accepted, rejected = split_rejected(raw)
    assert [row.reason for row in rejected] == [
        "unparsable_line",
        "no_usable_time",
        "invalid_token_count",
        *["missing_key"] * 4,
    ]
    assert len(accepted.llm_requests) == 1


# --- price (design section 4) ---------------------------------------------------------------------


def price(start: str, cost: str, over: int = 0, cached: str | None = None) -> Price:
    """A price row whose output costs ten times its input."""
    amount = Decimal(cost)
    return Price(
        over,
        date.fromisoformat(start),
        amount,
        None if cached is None else Decimal(cached),
        None,
        amount * 10,
    )


PRICES = Reference(
    prices={
        ("p", "m"): {
            "standard": [
                price("2026-01-01", "1"),
                price("2026-06-01", "2", cached="0"),
                price("2026-06-01", "4", over=200),
            ],
            "batch": [price("2026-07-01", "0.5")],
        }
    },
    exact_aliases={("p", "m-pro"): "other"},
    prefix_aliases={"p": [("m-", "m"), ("m-2026-0", "none")]},
)


def test_aliases_exact_before_the_longest_prefix() -> None:
    names = ["m", "m-pro", "m-2025-01-01", "m-2026-01-01", "m-pro-2026", "x"]
    found = [priced_model(PRICES, "p", name) for name in names]
    assert found == ["m", "other", "m", "none", None, None]


@pytest.mark.parametrize(
    ("day", "tier", "tokens", "expected"),
    [
        ("2025-12-31", None, 10, None),
        ("2026-05-31", None, 10, "1"),
        ("2026-06-01", None, 200, "2"),
        ("2026-06-01", None, 201, "4"),
        ("2026-06-30", "batch", 10, "2"),
        ("2026-07-01", "batch", 10, "0.5"),
        ("2026-07-01", "nonsense", 10, "2"),
    ],
)
def test_tier_first_then_date_then_size(
    day: str, tier: str | None, tokens: int, expected: str | None
) -> None:
    found = price_row(PRICES, "p", "m", tier, date.fromisoformat(day), tokens)
    assert (found.input_price if found else None) == (Decimal(expected) if expected else None)


def test_buckets_are_disjoint_and_a_missing_cached_price_is_the_input_price() -> None:
    plain = price("2026-01-01", "1")
    # 100 input of which 30 cached and 20 written, all at 1; 7 output at 10.
    assert priced_cost(plain, 100, 30, 20, 7) == Decimal("0.000170")
    free = price("2026-01-01", "1", cached="0")
    assert priced_cost(free, 100, 30, 0, 7) == Decimal("0.000140")
    # More cached than input: the plain bucket is never below 0.
    assert priced_cost(plain, 10, 50, None, None) == Decimal("0.000050")
    assert priced_cost(plain, None, None, None, None) is None
    assert priced_cost(plain, None, None, None, 7) == Decimal("0.000070")
    assert priced_cost(None, 1, None, None, 1) is None
    no_output = dataclasses.replace(plain, output_price=None)
    assert priced_cost(no_output, 1, None, None, 0) == Decimal("0.000001")
    assert priced_cost(no_output, 1, None, None, 1) is None


# --- outcomes (design section 4) ------------------------------------------------------------------

DEFAULT = OutcomeDefinition(
    label="closed_without_escalation_v2",
    require_closed=False,
    require_reply=True,
    inactivity=timedelta(hours=72),
    reopen_window=timedelta(hours=168),
    maturity=timedelta(hours=168),
    accept_assumed=True,
    accept_escalated=False,
    human_reply_disqualifies=False,
    negative_csat_max=2,
    require_verdict=False,
)
STRICT = dataclasses.replace(
    DEFAULT,
    require_closed=True,
    accept_assumed=False,
    human_reply_disqualifies=True,
    negative_csat_max=None,
)
AS_OF = parse_time("2026-06-20")
STATUSES = {
    ("any", word): {"solved": "resolved"}.get(word, word) for word in ("closed", "solved", "open")
}


def ticket(**values: str | None) -> Ticket:
    """A ticket of the given fields."""
    return read_ticket(raw_row(ticket_id="T-1", **values), STATUSES)


@pytest.mark.parametrize(
    ("values", "by_default", "strictly"),
    [
        # 1 comes before everything.
        ({"is_spam": "true", "status": "closed"}, "excluded", "excluded"),
        ({"is_test": "True", "escalated_at": "2026-06-01"}, "excluded", "excluded"),
        # 2: an escalation, a request for a human; a human reply where the definition says so.
        ({"escalated_at": "2026-06-01", "status": "closed"}, "escalated", "escalated"),
        ({"human_requested_at": "2026-06-01", "csat": "5"}, "escalated", "escalated"),
        ({"human_public_replies": "1", "status": "closed"}, "resolved_assumed", "escalated"),
        ({"escalated_at": "soon", "status": "closed"}, "unknown", "unknown"),
        ({"status": "erledigt"}, "unknown", "unknown"),
        # 3: within the window, the last second included, and still open.
        (
            {"last_resolved_at": "2026-06-01", "last_reopened_at": "2026-06-08", "status": "open"},
            "reopened",
            "reopened",
        ),
        (
            {"last_resolved_at": "2026-06-01", "last_reopened_at": "2026-06-08T00:00:01Z"},
            "resolved_assumed",
            "pending",
        ),
        (
            {
                "last_resolved_at": "2026-06-01",
                "last_reopened_at": "2026-06-01",
                "status": "open",
            },
            "reopened",
            "reopened",
        ),
        (
            {
                "last_resolved_at": "2026-06-01",
                "last_reopened_at": "2026-06-02",
                "status": "solved",
            },
            "resolved_assumed",
            "reopened",
        ),
        # 4: only where the definition says so.
        ({"csat": "2", "status": "closed"}, "negative", "resolved_assumed"),
        # 5: said by the customer.
        ({"customer_confirmed": "true", "status": "Solved "}, "resolved_confirmed", "pending"),
        ({"csat": "4.0", "status": "closed"}, "resolved_confirmed", "resolved_confirmed"),
        ({"csat": "3", "status": "closed"}, "resolved_assumed", "resolved_assumed"),
        ({"customer_confirmed": "true", "status": "open"}, "pending", "pending"),
        (
            {"bot_public_replies": "0", "human_public_replies": "0", "status": "closed"},
            "closed_unanswered",
            "closed_unanswered",
        ),
        # 6: silence for 72 hours after a bot's answer, to the second.
        (
            {"bot_public_replies": "1", "last_customer_message_at": "2026-06-17"},
            "resolved_assumed",
            "pending",
        ),
        (
            {"bot_public_replies": "1", "last_customer_message_at": "2026-06-17T00:00:01Z"},
            "pending",
            "pending",
        ),
        # 7: silence, and the bot never answered; unknown replies are neither.
        (
            {
                "bot_public_replies": "0",
                "human_public_replies": "0",
                "last_customer_message_at": "2026-06-17",
            },
            "abandoned",
            "abandoned",
        ),
        ({"last_customer_message_at": "2026-06-01"}, "pending", "pending"),
        ({"bot_public_replies": "0"}, "pending", "pending"),
        # 8
        ({"status": "open"}, "pending", "pending"),
    ],
)
def test_the_first_outcome_rule_that_matches_wins(
    values: dict[str, str], by_default: str, strictly: str
) -> None:
    assert outcome_of(ticket(**values), False, DEFAULT, AS_OF) == by_default
    assert outcome_of(ticket(**values), False, STRICT, AS_OF) == strictly
    merged = "unknown" if by_default == "unknown" else "excluded"
    assert outcome_of(ticket(**values), True, DEFAULT, AS_OF) == merged


def test_resolution_is_dated_and_matures_after_the_reopen_window() -> None:
    silent = {"bot_public_replies": "1", "last_customer_message_at": "2026-06-01"}

    def case(as_of: str, **values: str) -> Case:
        return build_case("T-1", ticket(**values), False, [], DEFAULT, parse_time(as_of))

    assert case("2026-06-20", **silent).resolved_at == parse_time("2026-06-04")
    closed = {**silent, "status": "closed", "closed_at": "2026-06-05"}
    assert case("2026-06-20", **closed).resolved_at == parse_time("2026-06-04")
    solved = {**closed, "last_resolved_at": "2026-06-03"}
    assert case("2026-06-20", **solved).resolved_at == parse_time("2026-06-03")
    assert case("2026-06-20", status="closed").resolved_at is None
    assert not case("2026-06-10", **solved).is_mature
    assert case("2026-06-10T00:00:01Z", **solved).is_mature
    assert case("2026-06-20", status="closed").is_deflected is None
    answered = {"status": "closed", "bot_public_replies": "1"}
    assert case("2026-06-20", **answered, human_public_replies="0").is_deflected is True
    assert case("2026-06-20", **answered, human_public_replies="2").is_deflected is False
    assert case("2026-06-20", status="open", human_public_replies="0").is_deflected is False


def test_merges_are_followed_to_the_end_and_cycles_keep_their_own_ids() -> None:
    chain = {
        name: ticket(merged_into_ticket_id=target)
        for name, target in {
            "A": "B",
            "B": "C",
            "X": "Y",
            "Y": "X",
            "tail": "X",
            "self": "self",
        }.items()
    }
    found = {name: surviving_id(name, chain) for name in (*chain, "C", "other")}
    assert found == {
        **dict.fromkeys("ABC", "C"),
        "X": "X",
        "Y": "Y",
        "tail": "tail",
        "self": "self",
        "other": "other",
    }


def test_periods_start_on_mondays_and_first_days() -> None:
    sunday = date(2026, 5, 31)
    assert period_start("week", sunday) == date(2026, 5, 25)
    assert period_start("week", date(2026, 6, 1)) == date(2026, 6, 1)
    assert period_start("month", sunday) == date(2026, 5, 1)
    assert period_end("month", date(2026, 12, 1)) == date(2027, 1, 1)
    assert period_end("week", date(2026, 5, 25)) == date(2026, 6, 1)


# --- a small company, worked by hand --------------------------------------------------------------

REFERENCE = {
    "model_prices": (
        "provider,model,service_tier,over_input_tokens,effective_from,input_usd_per_million,"
        "cached_input_usd_per_million,cache_write_usd_per_million,output_usd_per_million\n"
        "openai,m,standard,0,2026-01-01,1,,,10\n"
    ),
    "endpoint_taxonomy": (
        "tag,canonical_tag,use_case,stage,risk_level\n"
        "support.reply,support.reply,support,answer,medium\n"
        "chat_answer,support.reply,support,answer,medium\n"
        "docs.summarize,docs.summarize,documents,summarise,\n"
    ),
    "tenants": "tenant_id,tenant_name,plan_id,is_internal\nacme,Acme,starter,false\n",
    "tenant_users": "user_id,tenant_id\nu1,acme\n",
    "intents": (
        "intent,risk_level,baseline_escalation_rate,human_handle_minutes\n"
        "refund,high,0.25,10\nlogin,low,0.50,6\n"
    ),
    "outcome_definitions": (
        "definition_id,version,require_closed,require_reply,inactivity_hours,reopen_window_hours,"
        "maturity_hours,accept_assumed,accept_escalated,human_reply_disqualifies,"
        "negative_csat_max,require_verdict\n"
        "closed_without_escalation,2,false,true,72,168,168,true,false,false,2,false\n"
        "closed_without_escalation,3,true,true,72,168,168,true,false,false,2,false\n"
    ),
    "ticket_statuses": (
        "source_system,word,category\nany,open,open\nany,closed,closed\nany,solved,resolved\n"
    ),
}


@pytest.fixture
def reference_dir(tmp_path: Path) -> Path:
    """A few reference tables."""
    folder = tmp_path / "reference"
    folder.mkdir()
    for name, text in REFERENCE.items():
        (folder / f"{name}.csv").write_text(text)
    return folder


def event(request: str | None, at: str, **values: str | None) -> RawRow:
    """A successful production attempt of 1000 input tokens: 0.001 USD."""
    usual: dict[str, str | None] = {
        "external_request_id": request,
        "occurred_at": at,
        "provider": "openai",
        "model": "m",
        "endpoint_tag": "support.reply",
        "input_tokens": "1000",
        "status": "success",
        "data_mode": "real",
        "environment": "prod",
    }
    return raw_row(**{**usual, **values})


def company() -> RawTables:
    """Four cases, an unattributed chat and a document in June 2026, and a test."""
    return RawTables(
        kind="seeds",
        llm_requests=[
            # T-1: a failed attempt on another model, its retry, and that retry delivered again.
            event(
                "r1", "2026-06-01T10:00:00Z", attempt_number="1", status="timeout", ticket_id="T-1"
            ),
            event(
                "r1",
                "2026-06-01T10:00:05Z",
                attempt_number="2",
                model="mystery",
                reported_cost_usd="0.004",
                ticket_id="T-1",
                ingested_at="2026-06-01T11:00:00Z",
            ),
            event(
                "r1",
                "2026-06-01T10:00:05Z",
                attempt_number="2",
                model="mystery",
                reported_cost_usd="0.003",
                ticket_id="T-1",
                ingested_at="2026-06-01T10:30:00Z",
            ),
            # T-2 was merged into T-3, which is closed in July.
            event("r2", "2026-06-02T10:00:00Z", ticket_id="T-2", user_id="u1"),
            event("r3", "2026-06-02T11:00:00Z", ticket_id="T-3", intent=" Login "),
            # A conversation without a ticket row, and one attempt whose price is unknown.
            event("r4", "2026-06-03T10:00:00Z", conversation_id="C-1", endpoint_tag="chat_answer"),
            event("r5", "2026-06-03T11:00:00Z", conversation_id="C-1", model="mystery"),
            event("r6", "2026-06-04T10:00:00Z", tenant_id="acme"),
            event("r7", "2026-06-05T10:00:00Z", workflow_id="W-1", endpoint_tag="docs.summarize"),
            event("r8", "2026-06-05T11:00:00Z", ticket_id="T-1", data_mode="test"),
        ],
        tickets=[
            raw_row(ticket_id="T-1", status="open", updated_at="2026-06-01"),
            raw_row(
                ticket_id="T-1",
                tenant_id="acme",
                intent="refund",
                status="closed",
                opened_at="2026-06-01",
                closed_at="2026-06-02",
                bot_public_replies="1",
                human_public_replies="0",
                updated_at="2026-06-02",
            ),
            raw_row(ticket_id="T-2", merged_into_ticket_id="T-3", opened_at="2026-06-01"),
            raw_row(
                ticket_id="T-3",
                status="solved",
                opened_at="2026-06-01",
                last_resolved_at="2026-07-01",
                bot_public_replies="1",
                human_public_replies="1",
                handle_minutes="2.5",
            ),
            raw_row(ticket_id="T-4", status="closed", closed_at="2026-06-09"),
        ],
        workflow_outcomes=[
            raw_row(workflow_id="W-1", outcome="document_accepted", is_success="true")
        ],
    )


def the(results: Results, name: str, **keys: object) -> dict[str, Any]:
    """The one row with these keys."""
    rows = [
        row
        for row in results.records(name)
        if all(row[key] == value for key, value in keys.items())
    ]
    assert len(rows) == 1, rows
    return rows[0]


JUNE: dict[str, object] = {"period_grain": "month", "period_start": date(2026, 6, 1)}
ALL: dict[str, object] = {"segment_type": "all"}


def test_retries_cost_and_redeliveries_do_not(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir, {"as_of": "2026-07-02"})
    first = the(results, "attempts", request_id="r1", attempt_index=1)
    second = the(results, "attempts", request_id="r1", attempt_index=2)
    assert (first["status"], first["waste_cost_usd"]) == ("error", Decimal("0.001"))
    assert (second["is_retry"], second["is_fallback"], second["is_final"]) == (True, True, True)
    assert (second["cost_usd"], second["cost_source"]) == (Decimal("0.004"), "reported")
    assert (second["priced_cost_usd"], second["waste_cost_usd"]) == (None, Decimal(0))
    again = results.records("redeliveries")
    assert [(row["request_id"], row["has_conflict"]) for row in again] == [("r1", True)]
    assert the(results, "attempts", request_id="r2")["workflow_id"] == "T-3"
    assert the(results, "attempts", request_id="r5")["cost_source"] == "unpriced"


def test_cases_and_workflows_of_the_small_company(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir, {"as_of": "2026-07-02"})
    found = {row["ticket_id"]: row for row in results.records("tickets")}
    assert {name: row["outcome"] for name, row in found.items()} == {
        "T-1": "resolved_assumed",
        "T-2": "excluded",
        "T-3": "resolved_assumed",
        "T-4": "resolved_assumed",
        "C-1": "unknown",
    }
    assert {name: row["automation_class"] for name, row in found.items()} == {
        "T-1": "fully_automated",
        "T-2": "human_only",
        "T-3": "partially_automated",
        "T-4": "human_only",
        "C-1": "unknown",
    }
    assert found["T-1"]["cost_usd"] == Decimal("0.005")
    assert (found["T-1"]["requests"], found["T-1"]["attempts"], found["T-1"]["retries"]) == (
        1,
        2,
        1,
    )
    assert (found["T-3"]["tenant_id"], found["T-3"]["intent"]) == ("acme", "login")
    assert [found["C-1"][name] for name in ("is_deflected", "is_escalated")] == [False, None]
    assert not found["T-4"]["is_handled"]
    document = the(results, "workflows", workflow_id="W-1")
    assert (document["outcome"], document["is_success"], document["use_case"]) == (
        "document_accepted",
        True,
        "documents",
    )


def test_unit_economics_of_the_small_company(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir, {"as_of": "2026-07-02"})
    june = the(results, "cost_per_resolved_ticket", **JUNE, **ALL)
    # T-1 0.005, T-3 0.002, C-1 0.001 and one unpriced; only T-1 is resolved in June by the bot.
    assert june["ticket_cost_usd"] == Decimal("0.008")
    assert june["unattributed_cost_usd"] == Decimal("0.001")
    assert (june["handled_tickets"], june["resolved_tickets"]) == (3, 1)
    assert june["cost_per_handled_usd"] == Decimal("0.002666666667")
    assert june["cost_per_resolved_usd"] == Decimal("0.008")
    assert june["cost_per_resolved_fully_loaded_usd"] == Decimal("0.009")
    assert june["cost_to_resolve_usd"] == Decimal("0.005")
    assert june["unpriced_attempts"] == 1
    assert (june["cohort_tickets"], june["cohort_resolved_tickets"]) == (3, 2)
    assert june["cohort_cost_usd"] == Decimal("0.008")
    assert (june["cohort_is_mature"], june["cohort_cost_per_resolved_usd"]) == (False, None)
    later = recompute(company(), reference_dir, {"as_of": "2026-07-11"})
    june = the(later, "cost_per_resolved_ticket", **JUNE, **ALL)
    assert (june["cohort_is_mature"], june["cohort_cost_per_resolved_usd"]) == (
        True,
        Decimal("0.004"),
    )


def test_deflection_of_the_small_company(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir, {"as_of": "2026-07-02"})
    june = the(results, "cost_per_deflection", **JUNE, **ALL)
    assert (june["deflected_tickets"], june["cost_per_deflection_usd"]) == (1, Decimal("0.008"))
    # A refund at .25, and a login at .50 that a person took over; C-1 has no intent.
    assert june["escalations_avoided"] is None
    assert june["cost_per_escalation_avoided_usd"] is None
    # All ten minutes of the refund, and 6 - 2.5 of the login.
    assert june["minutes_saved"] == Decimal("13.5")
    assert june["minutes_saved_per_handled"] == Decimal("4.5")


def test_the_bridge_closes_to_the_cent(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir, {"as_of": "2026-07-02"})
    june = {
        row["category"]: row["cost_usd"]
        for row in results.records("spend_bridge")
        if (row["period_grain"], row["period_start"]) == ("month", date(2026, 6, 1))
    }
    assert {name: cost for name, cost in june.items() if cost} == {
        "resolved_in_period": Decimal("0.005"),
        "resolved_in_other_period": Decimal("0.002"),
        "unknown_outcome": Decimal("0.001"),
        "unattributed": Decimal("0.001"),
    }


def test_tenant_shares_count_every_use_case(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir)
    june = {
        row["tenant_id"]: (row["cost_usd"], row["spend_rank"])
        for row in results.records("tenant_share")
        if row["period_grain"] == "month"
    }
    assert june == {"unknown": (Decimal("0.008"), 1), "acme": (Decimal("0.002"), 2)}


def test_a_definition_without_a_version_is_its_highest_one(reference_dir: Path) -> None:
    reference = load_reference(reference_dir)
    assert reference.outcome_definition("closed_without_escalation").require_closed
    assert not reference.outcome_definition("closed_without_escalation_v2").require_closed
    results = recompute(
        company(), reference_dir, {"outcome_definition": "closed_without_escalation"}
    )
    assert {row["outcome_definition"] for row in results.records("tickets")} == {
        "closed_without_escalation_v3"
    }


# --- the comparison itself ------------------------------------------------------------------------

TYPES = {
    bool: "boolean",
    int: "bigint",
    float: "double",
    str: "varchar",
    datetime: "timestamp",
    date: "date",
    Decimal: "decimal(38, 12)",
}


def warehouse_of(results: Results) -> duckdb.DuckDBPyConnection:
    """A warehouse that holds exactly these results."""
    connection = duckdb.connect()
    connection.execute("create schema marts")
    for table in TABLES.values():
        rows = results.records(table.result)
        names = [str(name) for name in getattr(results, table.result).columns]
        types = {}
        for name in names:
            given = [row[name] for row in rows if row[name] is not None]
            types[name] = TYPES[type(given[0])] if given else "varchar"
        if table.result == "attempts":
            names, types = [*names, "attempt_key"], {**types, "attempt_key": "varchar"}
            rows = [{**row, "attempt_key": f"key-{index}"} for index, row in enumerate(rows)]
        columns = ", ".join(f'"{name}" {kind}' for name, kind in types.items())
        connection.execute(f"create table marts.{table.name} ({columns})")
        marks = ", ".join("?" for _ in names)
        for row in rows:
            values = [row[name] for name in names]
            connection.execute(f"insert into marts.{table.name} values ({marks})", values)
    return connection


def test_a_warehouse_that_agrees_has_no_differences(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir)
    assert compare_results(results, warehouse_of(results)) == []


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        (
            "update marts.fct_attempts set cost_usd = cost_usd + 0.000000000001"
            " where request_id = 'r2'",
            "fct_attempts: [request_id=r2, attempt_index=1] cost_usd",
        ),
        (
            "update marts.fct_attempts set cost_usd = 0 where request_id = 'r5'",
            "fct_attempts: [request_id=r5, attempt_index=1] cost_usd: None by the rules",
        ),
        ("delete from marts.fct_tickets where ticket_id = 'T-1'", "1 rows by the rules, 0 in the"),
        ("insert into marts.fct_tickets from marts.fct_tickets", "1 rows by the rules, 2 in the"),
        ("update marts.redeliveries set has_conflict = false", "redeliveries: 1 more by the rules"),
        ("alter table marts.fct_workflows drop column attempts", "column attempts is missing"),
        ("drop table marts.tenant_share", "tenant_share: no such table or view"),
        ("create view main.spend_bridge as select 1 as one", "in several schemas"),
        (
            "alter table marts.fct_tickets alter cost_usd type double",
            "which is a double, not exact",
        ),
    ],
)
def test_the_comparison_notices(reference_dir: Path, statement: str, expected: str) -> None:
    results = recompute(company(), reference_dir)
    connection = warehouse_of(results)
    connection.execute(statement)
    found = compare_results(results, connection)
    assert any(expected in line for line in found), found


def test_opaque_ties_are_settled_as_the_warehouse_settled_them(reference_dir: Path) -> None:
    at = "2026-06-01T10:00:00Z"
    raw = RawTables(
        kind="landing",
        llm_requests=[
            event("r1", at, attempt_id="a", prompt_version="v1", ticket_id="T-1"),
            event("r1", at, attempt_id="a", prompt_version="v2", ticket_id="T-1"),
        ],
        tickets=[
            raw_row(ticket_id="T-1", status="open", project="one"),
            raw_row(ticket_id="T-1", status="closed", project="two"),
        ],
    )
    results = recompute(raw, reference_dir)
    connection = warehouse_of(results)
    version = the(results, "attempts")["prompt_version"]
    project = the(results, "tickets")["project"]
    turned = {"v1": "v2", "v2": "v1", "one": "two", "two": "one"}
    connection.execute(f"update marts.fct_attempts set prompt_version = '{turned[version]}'")
    connection.execute(f"update marts.fct_tickets set project = '{turned[project]}'")
    other = recompute(raw, reference_dir, ties=WarehouseTies(connection))
    assert the(other, "attempts")["prompt_version"] == turned[version]
    assert the(other, "tickets")["project"] == turned[project]
    connection.execute("update marts.fct_attempts set prompt_version = 'v3'")
    assert the(recompute(raw, reference_dir, ties=WarehouseTies(connection)), "attempts")[
        "prompt_version"
    ] in ("v1", "v2")


def test_times_with_a_zone_are_read_as_utc(reference_dir: Path) -> None:
    results = recompute(company(), reference_dir)
    connection = warehouse_of(results)
    connection.execute("set timezone = 'Asia/Tokyo'")
    connection.execute(
        "alter table marts.fct_attempts alter occurred_at"
        " type timestamptz using occurred_at at time zone 'UTC'"
    )
    assert compare_results(results, connection, ["attempts"]) == []
