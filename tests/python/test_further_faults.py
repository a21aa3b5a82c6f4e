"""Plausible wrong input beyond what other tables hold, with its right value: one build.

Names of cases are ids: each event has a ticket of its own, `T <name>`, unless it says another.
"""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

import pytest
from conftest import connect

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]

NODES: Final = (
    "--select",
    *("+attribution_coverage", "+rejected_rows", "+unreadable_values", "+fct_tickets"),
    *("+fct_requests", "+redeliveries", "+ticket_coverage", "+near_miss_ids"),
)
AS_OF: Final = "2026-11-25T00:00:00Z"
NO_BREAK, EM, IDEOGRAPHIC, ZERO_WIDTH, MARK = "\u00a0", "\u2003", "\u3000", "\u200b", "\ufeff"
NIL_UUID: Final = "00000000-0000-0000-0000-000000000000"

# Two dollars by the list.
CALL: Final[Row] = {
    "occurredAt": "2026-11-02T10:00:00Z",
    "ingestedAt": "2026-11-02T10:05:00Z",
    "endpointTag": "support.reply",
    "status": "success",
    "dataMode": "real",
    "environment": "prod",
    "provider": "openai",
    "model": "gpt-4.1",
    "inputTokens": 1_000_000,
    "outputTokens": 0,
}
LIST: Final[Row] = {"cost_usd": "2", "cost_source": "priced"}
NOBODY: Final[Row] = {"ticket_id": None, "unattributed_reason": "no_workflow_id"}
OPUS: Final[Row] = {"provider": "anthropic", "model": "claude-opus-4-8"}

# What an event says beside CALL, and the columns of fct_attempts that it gives.
CALLS: Final[dict[str, tuple[Row, Row]]] = {
    # placeholders in other cases, and blanks of other scripts around them
    "none in mixed letters": ({"ticketId": "nOnE"}, NOBODY),
    "undefined in capitals": ({"ticketId": "UNDEFINED"}, NOBODY),
    "blanks of other scripts": ({"ticketId": NO_BREAK + EM + IDEOGRAPHIC + ZERO_WIDTH}, NOBODY),
    "null between blanks": ({"ticketId": f"{NO_BREAK}Null{IDEOGRAPHIC}"}, NOBODY),
    "nan after a mark": ({"ticketId": f"{MARK}NaN"}, NOBODY),
    "a word for missing": ({"ticketId": "Unknown"}, NOBODY),
    "a template": ({"ticketId": "${ticket_id}"}, NOBODY),
    "an object": ({"ticketId": "[object Object]"}, NOBODY),
    "nil UUID in braces": ({"ticketId": "{" + NIL_UUID + "}"}, NOBODY),
    "nil UUID as a name": ({"ticketId": f"urn:uuid:{NIL_UUID}"}, NOBODY),
    "tenant Nil": ({"tenantId": " Nil\n"}, {"tenant_id": None}),
    "user N/A": ({"userId": "N/A"}, {"user_id": None}),
    "conversation after no ticket": (
        {"ticketId": "NULL", "conversationId": " C-77 "},
        {"ticket_id": None, "workflow_id": "C-77"},
    ),
    "wide letters are no placeholder": (
        {"ticketId": "\uff2e\uff4f\uff4e\uff45"},
        {"ticket_id": "\uff2e\uff4f\uff4e\uff45"},
    ),
    "a word of another language is no placeholder": (
        {"ticketId": "\u043d\u0435\u0442"},
        {"ticket_id": "\u043d\u0435\u0442"},
    ),
    # ids with blanks
    "blanks around an id": ({"ticketId": f"{NO_BREAK} TK 81{MARK}\r\n"}, {"ticket_id": "TK 81"}),
    "a blank within an id": (
        {"ticketId": f"TK{NO_BREAK}82"},
        {"ticket_id": f"TK{NO_BREAK}82"},
    ),
    # counts
    "1e3": ({"inputTokens": "1e3"}, {"input_tokens": 1000, "cost_usd": "0.002"}),
    "1E+06": ({"inputTokens": "1E+06"}, {"input_tokens": 1_000_000}),
    "1.5e3": ({"inputTokens": "1.5e3"}, {"input_tokens": 1500}),
    "1.000e3": ({"inputTokens": "1.000e3"}, {"input_tokens": 1000}),
    "+12": ({"inputTokens": "+12"}, {"input_tokens": 12}),
    "000012": ({"inputTokens": "000012"}, {"input_tokens": 12}),
    "12.00": ({"inputTokens": "12.00"}, {"input_tokens": 12}),
    "a float": ({"inputTokens": 12.0}, {"input_tokens": 12}),
    "no text": ({"inputTokens": "", "outputTokens": 100}, {"input_tokens": None}),
    "latency with a unit": (
        {"latencyMs": "840ms"},
        LIST | {"latency_ms": None, "unreadable_value": "latency_ms: 000xx"},
    ),
    "latency with underscores": ({"latencyMs": "1_840"}, LIST | {"latency_ms": None}),
    "total in words": ({"totalTokens": "a million"}, LIST | {"total_tokens": None}),
    "an attempt number with a zero": ({"attemptNumber": "2.0"}, {"attempt_number": 2}),
    "an attempt number with underscores": ({"attemptNumber": "1_0"}, {"attempt_number": None}),
    "an hour of what is not said to be written": (
        OPUS | {"cacheWrite1hTokens": 400_000},
        {"cache_write_tokens": 400_000, "cost_usd": "7"},
    ),
    "uncached with an hour": (
        OPUS | {"inputTokens": None, "uncachedInputTokens": 600_000, "cacheWrite1hTokens": 400_000},
        {"input_tokens": 1_000_000, "cost_usd": "7", "input_meaning": "cache_added"},
    ),
    # what it cost
    "euros in small letters": (
        {"reportedCost": "0.40", "reportedCostCurrency": "eur"},
        LIST | {"reported_cost_status": "no_exchange_rate", "reported_cost_currency": "eur"},
    ),
    "a sign for a currency": (
        {"reportedCost": "0.40", "reportedCostCurrency": "\u20ac"},
        LIST | {"reported_cost_status": "no_exchange_rate"},
    ),
    "Usd": (
        {"reportedCost": "1e-3", "reportedCostCurrency": " Usd"},
        {"cost_usd": "0.001", "cost_source": "reported"},
    ),
    "a currency alone": (
        {"reportedCostCurrency": "EUR"},
        LIST | {"reported_cost_status": "missing"},
    ),
    "zero in dollars": (
        {"reportedCost": "0.00", "reportedCostCurrency": "USD"},
        LIST | {"reported_cost_status": "reported_zero"},
    ),
    "less than nothing in dollars": (
        {"reportedCost": "-0.40", "reportedCostCurrency": "USD"},
        LIST | {"reported_cost_status": "unreadable", "reported_cost": None},
    ),
    "a cost with underscores": (
        {"reportedCostUsd": "1_0.50"},
        LIST | {"reported_cost_status": "unreadable"},
    ),
    "a cost with a percent sign": (
        {"reportedCostUsd": "40%"},
        LIST | {"reported_cost_status": "unreadable"},
    ),
    "unreadable dollars beside a zero": (
        {"reportedCostUsd": "n/a", "reportedCost": "0", "reportedCostCurrency": "USD"},
        LIST | {"reported_cost_status": "reported_zero"},
    ),
    "a zero without a list price of a tier": (
        {"serviceTier": "scale", "reportedCostUsd": "0.0"},
        LIST | {"reported_cost_status": "reported_zero"},
    ),
    "a fee beside a zero": (
        {"toolFeeUsd": "0.01", "reportedCostUsd": "0"},
        {"cost_usd": "2.01", "reported_cost_status": "reported_zero"},
    ),
    "a fee below nothing": ({"toolFeeUsd": "-0.01"}, LIST | {"tool_fee_usd": None}),
    "a fee of a hit": (
        {"isCacheHit": "t", "toolFeeUsd": "0.01"},
        {"cost_usd": "0", "cost_source": "cache_hit"},
    ),
    "perhaps a hit": (
        {"isCacheHit": "perhaps"},
        LIST | {"is_cache_hit": None, "unreadable_value": "is_cache_hit: xxxxxxx"},
    ),
    # tiers
    "BATCH": ({"serviceTier": " BATCH "}, {"cost_usd": "1", "service_tier": "batch"}),
    "Default": ({"serviceTier": "Default"}, LIST),
    "On_Demand": ({"serviceTier": "On_Demand"}, LIST),
    "a tier that nobody has": ({"serviceTier": "gold"}, LIST | {"service_tier": "gold"}),
    # how it ended, in the words of other providers
    **{
        f"ended {word}": ({"status": word}, {"status": status, "is_truncated": is_truncated})
        for word, status, is_truncated in (
            ("COMPLETE", "success", False),
            ("Tool-Calls", "success", False),
            ("endoftext", "success", False),
            ("FinishReason.TOOL_USE", "success", False),
            ("200.0", "success", False),
            ("maxTokens", "success", True),
            ("MAX TOKENS", "success", True),
            ("model_length", "success", True),
            ("content_filtered", "error", False),
            ("ERROR_LIMIT", "error", False),
            ("insufficient_system_resource", "error", False),
            ("USER_CANCEL", "error", False),
            ("BLOCKLIST", "error", False),
            ("DEADLINE_EXCEEDED", "error", False),
            ("RESOURCE_EXHAUSTED", "error", False),
            ("ThrottlingException", "error", False),
            ("503.0", "error", False),
            ("500 Internal Server Error", "error", False),
            ("HTTP 500", "error", False),
            ("HTTP/1.1 429 Too Many Requests", "error", False),
            ("status_code=404", "error", False),
            ("200 OK", "success", False),
            ("ReadTimeout", "error", False),
            ("connection_error", "error", False),
            ("server_error", "error", False),
            ("no_error", "unknown", False),
            ("in_progress", "unknown", False),
            ("None", "unknown", False),
            ("\u6210\u529f", "unknown", False),
            ("100", "unknown", False),
        )
    },
    # one field in two spellings
    "nothing in one spelling": ({"input_tokens": "", "inputTokens": 1_000_000}, LIST),
    "blanks in one spelling": ({"input_tokens": " \t", "inputTokens": 1_000_000}, LIST),
    "no ticket in one spelling": ({"ticket_id": "", "ticketId": "TT1"}, {"ticket_id": "TT1"}),
    "no status in one spelling": ({"error_code": "", "errorCode": "e"}, {"error_code": "e"}),
    "no time in one spelling": (
        {"occurred_at": "", "occurredAt": "2026-11-02T10:04:00Z"},
        {"occurred_at": "2026-11-02 10:04"},
    ),
    "null in one spelling": ({"ticket_id": "null", "ticketId": "TT2"}, {"ticket_id": "TT2"}),
    "null in the other spelling": ({"ticket_id": "TT3", "ticketId": "None"}, {"ticket_id": "TT3"}),
    "a template in one spelling": (
        {"user_id": "${user}", "userId": "u-77"},
        {"user_id": "u-77"},
    ),
    "nothing in both spellings": ({"ticket_id": "null", "ticketId": "N/A"}, NOBODY),
    "a word for no code in one spelling": (
        {"error_code": " None ", "errorCode": "e"},
        {"error_code": "e"},
    ),
    "a word for no time in one spelling": (
        {"occurred_at": "NULL", "occurredAt": "2026-11-02T10:04:00Z"},
        {"occurred_at": "2026-11-02 10:04"},
    ),
    "a word for no cost in one spelling": (
        {"reported_cost_usd": "n/a", "reportedCostUsd": "0.4"},
        {"cost_usd": "0.4", "cost_source": "reported", "unreadable_value": None},
    ),
    "a word for no count in one spelling": (
        {"input_tokens": "null", "inputTokens": 1_000_000},
        LIST | {"has_differing_counts": False},
    ),
    "a zero is a number in one spelling": (
        {"attempt_number": 0, "attemptNumber": 3},
        {"attempt_number": 0},
    ),
    "a zero hides no written count": (
        OPUS | {"inputTokens": 3, "cache_write_tokens": 0, "cache_creation_input_tokens": 800_000},
        {"cost_usd": "5.000015", "input_meaning": "unknown_cache_added"},
    ),
    "a zero hides no cached count": (
        OPUS | {"cachedInputTokens": 0, "cache_read_tokens": 800_000},
        {"cost_usd": "1.4", "has_differing_counts": False},
    ),
    "a zero hides no count of Anthropic": (
        OPUS | {"cachedInputTokens": 0, "cache_read_input_tokens": 800_000},
        {"cost_usd": "1.4", "input_meaning": "unknown", "has_differing_counts": False},
    ),
    "a zero hides no prompt": (
        {"inputTokens": None, "input_tokens": 0, "prompt_tokens": 1_000_000},
        LIST | {"has_differing_counts": False},
    ),
    "a zero hides no completion": (
        {"outputTokens": None, "output_tokens": "0", "completion_tokens": 1_000_000},
        {"cost_usd": "10"},
    ),
    "a zero of no point hides nothing": (
        {"input_tokens": "0.0", "prompt_tokens": "1000000.0"},
        LIST | {"has_differing_counts": False},
    ),
    "two counts that differ": (
        {"prompt_tokens": 2_000_000},
        {"cost_usd": "4", "has_differing_counts": True},
    ),
    "two counts of the cache that differ": (
        OPUS | {"cachedInputTokens": 5, "cache_read_input_tokens": 800_000},
        {"cost_usd": "1.4", "has_differing_counts": True},
    ),
    "one count in two spellings": (
        {"prompt_tokens": "1000000.0"},
        LIST | {"has_differing_counts": False},
    ),
    # half a usage
    "a total without its input": (
        {"inputTokens": None, "outputTokens": 100, "totalTokens": 1_000_100},
        {"cost_usd": None, "cost_source": "unpriced", "output_tokens": 100},
    ),
    "a total without its output": (
        {"inputTokens": 1000, "outputTokens": None, "totalTokens": 1_000_000},
        {"cost_usd": None, "cost_source": "unpriced"},
    ),
    "a total without its output, and a cost": (
        {"outputTokens": None, "totalTokens": 2_000_000, "reportedCostUsd": "1.5"},
        {"cost_usd": "1.5", "cost_source": "reported"},
    ),
    "a total that is the input": ({"outputTokens": None, "totalTokens": 1_000_000}, LIST),
    "a total that is not the sum": ({"totalTokens": 2_000_000}, LIST),
    # a gateway's own answer that was billed
    "a hit that was billed": (
        {"isCacheHit": True, "reportedCostUsd": "0.5"},
        {
            "cost_usd": "0.5",
            "cost_source": "reported",
            "is_cache_hit": True,
            "reported_cost_status": "billed_cache_hit",
        },
    ),
    "a hit that was billed in dollars": (
        {"isCacheHit": True, "reportedCost": "0.5", "reportedCostCurrency": "USD"},
        {"cost_usd": "0.5", "reported_cost_status": "billed_cache_hit"},
    ),
    # what follows the name of a model
    **{
        f"{provider} {model}": (
            {"provider": provider, "model": model},
            {"priced_model": priced, "cost_source": "priced" if priced else "unpriced"},
        )
        for provider, model, priced in (
            ("anthropic", "claude-opus-4-8-fast", None),
            ("anthropic", "claude-opus-4-10", None),
            ("anthropic", "claude-haiku-4-55", None),
            ("anthropic", "claude-opus-5-2026x", None),
            ("azure", "o4-mini-deep-research", None),
            ("google", "gemini-1.5-flash-8b", None),
            ("google", "gemini-3.6-flash-lite", None),
            ("openai", "gpt-5-nano-search", None),
            ("moonshotai", "kimi-k2.55", None),
            ("anthropic", "claude-opus-4-1-20250805", "claude-opus-4-1"),
            ("anthropic", "claude-opus-4-8@20260801", "claude-opus-4-8"),
            ("anthropic", "claude-opus-5-20260801", "claude-opus-5"),
            ("anthropic", "claude-haiku-4-5-latest", "claude-haiku-4-5"),
            ("azure", "o4-mini-2025-04-16", "o4-mini"),
            ("azure", "o4-mini-high", "o4-mini"),
            ("google", "gemini-1.5-flash-001", "gemini-1.5-flash"),
            ("google", "gemini-3.6-flash-preview-09-2026", "gemini-3.6-flash"),
            ("openai", "gpt-5-nano-2025-08-07", "gpt-5-nano"),
            ("openai", "ft:gpt-4-0613:acme::a1", "gpt-4"),
            ("moonshotai", "kimi-k2.5-preview", "kimi-k2.5"),
            ("aws", "anthropic.claude-opus-4-8-v1:0", "anthropic.claude-opus-4-8"),
        )
    },
    # numbers of text
    "an attempt number below nothing": (
        {"attemptNumber": -1},
        {"attempt_number": None},
    ),
    "an attempt number that is a thousand": (
        {"attemptNumber": "1.000"},
        {"attempt_number": None},
    ),
    # times
    "the last moment of a day": (
        {"occurredAt": "2026-11-02T23:59:59.999999999Z", "ingestedAt": "2026-11-03T00:00:00Z"},
        {"request_date": date(2026, 11, 2)},
    ),
    "an offset over midnight": (
        {"occurredAt": "2026-11-02 00:30:00 +0200"},
        {"request_date": date(2026, 11, 1), "occurred_at": "2026-11-01 22:30"},
    ),
    "the farthest offset": (
        {"occurredAt": "2026-11-03T00:00:00+14:00"},
        {"occurred_at": "2026-11-02 10:00"},
    ),
    "a day alone": ({"occurredAt": "2026-11-02"}, {"occurred_at": "2026-11-02 00:00"}),
    "epoch seconds with a fraction": (
        {"occurredAt": "1793577600.25", "ingestedAt": 1793577601},
        {"occurred_at": "2026-11-02 00:00:00.25"},
    ),
    "a day after it was loaded": (
        {"occurredAt": "2026-11-03T10:05:00Z"},
        {"occurred_at": "2026-11-03 10:05"},
    ),
    "the first day of 2000": (
        {"occurredAt": "2000-01-01T00:00:00Z"},
        {"request_date": date(2000, 1, 1)},
    ),
    "a time that nobody reads": (
        {"occurredAt": "yesterday, 10 o'clock"},
        {"occurred_at": "2026-11-02 10:05"},
    ),
    "GMT in words": (
        {"occurredAt": "2026-11-02 10:04:00 GMT"},
        {"occurred_at": "2026-11-02 10:04"},
    ),
    "the farthest offset of engines": (
        {"occurredAt": "2026-11-02T18:00:00+18:00"},
        {"occurred_at": "2026-11-02 00:00"},
    ),
    **{
        f"a zone of {zone}": (
            {"occurredAt": f"2026-11-02 05:30:00{zone}"},
            {"occurred_at": "2026-11-02 10:05"},
        )
        for zone in (" BST", "+99:00", "-18:30", " Europe/Paris", " GMT+5", " EST", "+24")
    },
    "eleven digits": ({"occurredAt": "17936640000"}, {"occurred_at": "2026-11-02 10:05"}),
    "of two days after its file was written": (
        {"occurredAt": "2026-11-27T00:00:00Z", "ingestedAt": "2026-11-26T00:00:00Z"},
        {"occurred_at": "2026-11-27 00:00"},
    ),
    "loaded at a time that nobody reads": (
        {"ingestedAt": "02-11-2026 10:05"},
        {"occurred_at": "2026-11-02 10:00"},
    ),
}

# Counts that are none, and times that cannot be: the row is rejected, and its value shown.
BAD_COUNTS: Final = (
    *("1000 tokens", "1k", "1K", "1_000", "1000.0_0", "0x3E8", "0b11", "1 000", f"1{NO_BREAK}000"),
    *("1\u202f000", "1'000", "1.000,0", "~1000", "\u0661\u0662", "\uff11\uff12", "1e-3", "true"),
    *("12L", "1e10", "-1e3", "--", "none", "0.001"),
)
REJECTED: Final[dict[str, tuple[Row, str]]] = {
    f"count {text}": ({"inputTokens": text}, "invalid_token_count") for text in BAD_COUNTS
} | {
    **{
        f"a thousand with blank {number}": ({"inputTokens": text}, "invalid_token_count")
        for number, text in enumerate(("1.000\t", "\n1.000", "1.000\v", f"1.000{NO_BREAK}"))
    },
    "a word beside a count": ({"prompt_tokens": "few"}, "invalid_token_count"),
    "output of a word": ({"outputTokens": "few"}, "invalid_token_count"),
    "an hour of underscores": ({"cacheWrite1hTokens": "1_0"}, "invalid_token_count"),
    "a second over a day after it was loaded": (
        {"occurredAt": "2026-11-03T10:05:01Z"},
        "no_usable_time",
    ),
    "the last second of 1999": ({"occurredAt": "1999-12-31T23:59:59Z"}, "no_usable_time"),
    "no time at all": ({"occurredAt": "soon", "ingestedAt": "later"}, "no_usable_time"),
}


def numbered(number: object, tokens: int, **given: Any) -> Row:
    return {"attemptNumber": number, "outputTokens": tokens, **given}


def named(attempt: str, tokens: int, **given: Any) -> Row:
    return {"attemptId": attempt, "outputTokens": tokens, **given}


def at(clock: str, day: int = 2) -> Row:
    moment = f"2026-11-0{day}T{clock}Z"
    return {"occurredAt": moment, "ingestedAt": moment}


ERROR: Final[Row] = {"status": "error"}
# Events of one request, in the order of their lines, and the attempts that they are, in theirs.
REQUESTS: Final[dict[str, tuple[list[Row], list[Row]]]] = {
    "corrected over midnight": (
        [named("a", 5, **at("23:59:59")), named("a", 9, ticketId="T two", **at("00:00:02", 3))],
        [{"output_tokens": 9, "ticket_id": "T two", "request_date": date(2026, 11, 3)}],
    ),
    "corrected by what was loaded first": (
        [
            named("a", 5, ticketId="T two", ingestedAt="2026-11-04T10:00:00Z"),
            named("a", 9, ticketId="T one", ingestedAt="2026-11-03T10:00:00Z"),
        ],
        [{"output_tokens": 5, "ticket_id": "T two"}],
    ),
    "a stream that learns its ticket": (
        [
            {"ticketId": None, "outputTokens": 3, **at("23:59:58")},
            {"ticketId": "T late", "outputTokens": 9, **at("00:00:01", 3)},
        ],
        [{"output_tokens": 9, "ticket_id": "T late", "request_date": date(2026, 11, 3)}],
    ),
    "a stream of numbers as text": (
        [{"outputTokens": "3.0", **at("10:00:00")}, {"outputTokens": "9", **at("10:00:01")}],
        [{"output_tokens": 9}],
    ),
    "a stream that ends in an error": (
        [{"outputTokens": 3, **at("10:00:00")}, {"outputTokens": 9, **at("10:00:01"), **ERROR}],
        [{"output_tokens": 3, "status": "success"}, {"output_tokens": 9, "status": "error"}],
    ),
    **{
        f"a try that ended with {ended}": (
            [
                {
                    "status": None,
                    "outputTokens": 100,
                    "reportedCostUsd": "0.5",
                    **said,
                    **at("10:00:00"),
                },
                {"outputTokens": 500, "reportedCostUsd": "0.7", **at("10:03:00")},
            ],
            [{"cost_usd": "0.5"}, {"cost_usd": "0.7", "status": "success"}],
        )
        for ended, said in (
            ("an error code", {"errorCode": "timeout"}),
            ("an error code and success", {"errorCode": "429", "status": "success"}),
            *(
                (word, {"status": word})
                for word in (
                    *("500 Internal Server Error", "HTTP 500", "ReadTimeout", "connection_error"),
                    *("server_error", "weird"),
                )
            ),
        )
    },
    **{
        f"a stream that says {word}": (
            [
                {"outputTokens": 3, **given, **at("10:00:00")},
                {"outputTokens": 9, **at("10:00:01")},
            ],
            [{"output_tokens": 9, "status": "success"}],
        )
        for word, given in (
            ("nothing", {"status": None, "errorCode": "none"}),
            ("None", {"status": "None"}),
            ("in_progress", {"status": "in_progress"}),
            ("streaming", {"status": "streaming", "errorCode": ""}),
        )
    },
    "a success and an error of one moment": (
        [
            {"outputTokens": tokens, "status": status, "model": model}
            for tokens, status, model in (
                *((1, "success", "gpt-4.1"), (2, "error", "gpt-4.1")),
                *((3, "error", "gpt-4.1"), (4, "error", "gpt-4.1"), (5, "error", "gpt-4.1")),
            )
        ],
        [*4 * [{"status": "error"}], {"status": "success", "waste_cost_usd": "0"}],
    ),
    "numbers below nothing": (
        [numbered(-1, 1, **ERROR), numbered(-1, 2, **at("10:00:09"))],
        [{"output_tokens": 1, "attempt_number": None}, {"output_tokens": 2}],
    ),
    "a stream through a cache hit": (
        [{"outputTokens": 3, **at("10:00:00")}, {"isCacheHit": True, **at("10:00:01")}],
        [{"output_tokens": 3, "cost_usd": "2.000024"}, {"output_tokens": None, "cost_usd": "0"}],
    ),
    "ids of two cases": (
        [named("m", 1, **ERROR), named("M", 2, **at("10:00:09"))],
        [{"output_tokens": 1}, {"output_tokens": 2}],
    ),
    "one number in three spellings": (
        [numbered("1", 1), numbered(1.0, 5), numbered(" 1 ", 3)],
        [{"output_tokens": 5, "attempt_number": 1}],
    ),
    "a number that is a placeholder of an id": (
        [numbered("0", 1, **ERROR), numbered("1", 2, **at("10:00:09"))],
        [{"attempt_number": 0}, {"attempt_number": 1}],
    ),
    "a request id with blanks": (
        [numbered(1, 1, **ERROR), numbered(2, 2, blanks=NO_BREAK, **at("10:00:09"))],
        [{"output_tokens": 1}, {"output_tokens": 2}],
    ),
    "a gateway's second spelling of a model": (
        [numbered(1, 1, **ERROR), numbered(1, 2, model="openai/gpt-4.1", **at("10:00:09"))],
        [{"output_tokens": 1}, {"output_tokens": 2, "priced_model": "gpt-4.1"}],
    ),
    "exactly a day apart": (
        [numbered(1, 1, **at("10:00:00")), numbered(1, 2, **at("10:00:00", 3))],
        [{"output_tokens": 2, "reused_request_id": None}],
    ),
}

# Closed on 3 November after one reply of the bot; silent since the second.
TICKET: Final[Row] = {
    "status": "closed",
    "opened_at": "2026-11-01T09:00:00Z",
    "last_resolved_at": "2026-11-03T00:00:00Z",
    "bot_public_replies": 1,
    "human_public_replies": 0,
    "last_customer_message_at": "2026-11-02T10:00:00Z",
    "updated_at": "2026-11-03T00:00:00Z",
}
RESOLVED: Final[Row] = {"outcome": "resolved_assumed", "is_deflected": True}
NO_FAVOUR: Final[Row] = {"outcome": "unknown", "is_resolved": False, "is_deflected": False}
OPEN: Final[Row] = {"status": "open", "last_resolved_at": None}
# Resolved on the first, reopened a week later to the second, and closed again.
AGAIN: Final[Row] = {
    "reopen_count": 1,
    "bot_public_replies": 2,
    "first_resolved_at": "2026-11-01T12:00:00Z",
    "last_reopened_at": "2026-11-08T12:00:00Z",
    "last_customer_message_at": "2026-11-08T12:00:00Z",
    "last_bot_reply_at": "2026-11-08T13:00:00Z",
    "last_resolved_at": "2026-11-09T00:00:00Z",
    "updated_at": "2026-11-09T00:00:00Z",
}


def following(ticket: str, opened: str, **given: Any) -> Row:
    return {
        "follow_up_of_ticket_id": f"T {ticket}",
        "opened_at": opened,
        "last_resolved_at": "2026-11-20T00:00:00Z",
        "last_customer_message_at": opened,
        "updated_at": "2026-11-20T00:00:00Z",
        **given,
    }


# What a ticket says beside TICKET, and the columns of fct_tickets that it gives.
TICKETS: Final[dict[str, tuple[Row, Row]]] = {
    # status words
    **{
        f"{source} says {word}".strip(): (
            {"status": word, "source_system": source},
            {"status_category": category},
        )
        for source, word, category in (
            (None, "  Solved\t", "resolved"),
            (None, "WAITING_FOR_CUSTOMER", "open"),
            (None, "waiting-on-third-party", "on_hold"),
            (None, "Escalated", "on_hold"),
            (None, "Waiting for support", "on_hold"),
            (None, "waiting_on_agent", "on_hold"),
            (None, "Unresolved", "on_hold"),
            (None, "Pending Customer", "open"),
            (None, "Re-Opened", "open"),
            (None, "Withdrawn", "cancelled"),
            (None, "Trashed", "deleted"),
            ("jira", "To_Do", "open"),
            ("Intercom", "Snoozed", "open"),
            ("front", "Snoozed", "on_hold"),
            ("ServiceNow", "7", "closed"),
            ("servicenow", "8", "cancelled"),
            ("Chatwoot", "1", "resolved"),
            ("chatwoot", 3, "on_hold"),
            ("freshdesk", 4, "resolved"),
        )
    },
    **{
        f"nobody knows {word}": ({"status": word, "source_system": source}, NO_FAVOUR)
        for source, word in (
            (None, "7"),
            ("zendesk", "4"),
            ("freshdesk", "6"),
            (None, "Closed?"),
            (None, "\u0645\u063a\u0644\u0642"),
            (None, "\u89e3\u6c7a\u6e08\u307f"),
            (None, "None"),
            (None, "false"),
        )
    },
    "a person is due": (
        {
            "status": "Waiting for support",
            "last_resolved_at": None,
            "last_bot_reply_at": "2026-11-02T11:00:00Z",
        },
        {"outcome": "pending", "is_resolved": False},
    ),
    # no reason
    **{
        f"excluded for {text!r}": ({"exclusion_reason": text}, RESOLVED)
        for text in ("NULL", "None", "n/a", "-", "false", "0", "[]", "", False, 0)
    },
    "excluded for a reason": ({"exclusion_reason": "Internal"}, {"outcome": "excluded"}),
    "blanks for a status": ({"status": "   "}, RESOLVED),
    "cancelled, with replies": (
        {"status": "cancelled", "human_public_replies": 2},
        {"outcome": "cancelled", "is_resolved": False},
    ),
    # windows and silences at their ends
    "reopened at the end of the window": (
        AGAIN,
        {"resolved_at": "2026-11-09", "returned_at": None},
    ),
    "reopened a second after it": (
        AGAIN | {"last_reopened_at": "2026-11-08T12:00:01Z"},
        {"resolved_at": "2026-11-01 12:00", "returned_at": "2026-11-08 12:00:01"},
    ),
    "reopened within the window of the later close": (
        AGAIN
        | {
            "status": "open",
            "first_resolved_at": None,
            "last_resolved_at": "2026-11-01T12:00:00Z",
            "closed_at": "2026-11-01T12:00:01Z",
            "last_reopened_at": "2026-11-08T12:00:01Z",
            "last_bot_reply_at": None,
        },
        {"outcome": "resolved_assumed", "resolved_at": "2026-11-11 12:00:01"},
    ),
    "mature a second ago": (
        {"last_resolved_at": "2026-11-17T23:59:59Z", "last_customer_message_at": "2026-11-16"},
        {"is_mature": True, "resolved_at": "2026-11-17 23:59:59"},
    ),
    "mature in this moment": (
        {"last_resolved_at": "2026-11-18T00:00:00Z", "last_customer_message_at": "2026-11-16"},
        {"is_mature": False, "judge_again_at": "2026-11-25"},
    ),
    "silent in this moment": (
        OPEN
        | {
            "last_customer_message_at": "2026-11-21T00:00:00Z",
            "last_bot_reply_at": "2026-11-22T00:00:00Z",
        },
        {"outcome": "resolved_assumed", "resolved_at": "2026-11-25"},
    ),
    "silent in a second": (
        OPEN
        | {
            "last_customer_message_at": "2026-11-21T00:00:00Z",
            "last_bot_reply_at": "2026-11-22T00:00:01Z",
        },
        {"outcome": "pending", "waiting_on": "customer", "judge_again_at": "2026-11-25 00:00:01"},
    ),
    "the bot and the customer in one moment": (
        OPEN | {"last_bot_reply_at": "2026-11-02T10:00:00Z"},
        {"outcome": "resolved_assumed", "resolved_at": "2026-11-05 10:00"},
    ),
    "the bot and a person in one moment": (
        OPEN
        | {
            "last_bot_reply_at": "2026-11-02T11:00:00Z",
            "last_human_reply_at": "2026-11-02T11:00:00Z",
        },
        {"outcome": "pending", "is_deflected": False},
    ),
    # follow-ups
    "followed up": ({}, {"outcome": "reopened"}),
    "follow-up that is followed up": (
        following("followed up", "2026-11-09T00:00:00Z", last_resolved_at="2026-11-12T00:00:00Z"),
        {"outcome": "reopened"},
    ),
    "follow-up of a follow-up": (
        following("follow-up that is followed up", "2026-11-19T00:00:00Z"),
        RESOLVED | {"resolved_at": "2026-11-20"},
    ),
    "follow-up of itself": (
        following("follow-up of itself", "2026-11-09T00:00:00Z"),
        RESOLVED | {"returned_at": None},
    ),
    "follow-up of nobody": (following("nobody at all", "2026-11-09T00:00:00Z"), RESOLVED),
    "follow-up of another case": (following("FOLLOWED UP", "2026-11-09T00:00:00Z"), RESOLVED),
    "follow-up of a placeholder": (
        {"follow_up_of_ticket_id": "None"},
        RESOLVED | {"returned_at": None},
    ),
    "followed up by spam": ({}, RESOLVED | {"returned_at": None}),
    "a follow-up that is spam": (
        following("followed up by spam", "2026-11-04T00:00:00Z", is_spam="T"),
        {"outcome": "excluded"},
    ),
    "followed up before it was resolved": ({}, RESOLVED | {"returned_at": None}),
    # of when it was opened nobody knows
    "followed up, nobody can read when": ({}, NO_FAVOUR),
    "a follow-up that nobody can read": (
        following("followed up, nobody can read when", "04-11-2026"),
        {"outcome": "unknown"},
    ),
    "followed up, nobody says when": ({}, NO_FAVOUR),
    "a follow-up without an opening": (
        following("followed up, nobody says when", "2026-11-04", opened_at=None),
        RESOLVED,
    ),
    "escalated, and followed up some time": (
        {"escalated_at": "2026-11-02T11:00:00Z"},
        {"outcome": "escalated"},
    ),
    "a follow-up of an escalated one": (
        following("escalated, and followed up some time", "2026-11-04", opened_at=None),
        RESOLVED,
    ),
    # by whichever of its moments it was resolved before
    "followed up on the day": ({"last_resolved_at": "2026-11-03"}, {"outcome": "reopened"}),
    "a follow-up of the day": (following("followed up on the day", "2026-11-03"), RESOLVED),
    "closed without a time, followed up in time": (
        {"last_resolved_at": None, "last_customer_message_at": "2026-11-02T23:00:00Z"},
        {"outcome": "reopened"},
    ),
    "a follow-up of an update": (
        following("closed without a time, followed up in time", "2026-11-10T00:00:00Z"),
        RESOLVED,
    ),
    "closed without a time, followed up late": (
        {"last_resolved_at": None},
        RESOLVED | {"resolved_at": "2026-11-03", "returned_at": "2026-11-10 00:00:01"},
    ),
    "a late follow-up of an update": (
        following("closed without a time, followed up late", "2026-11-10T00:00:01Z"),
        RESOLVED,
    ),
    "closed at some time before its update": (
        {
            "last_resolved_at": None,
            "last_customer_message_at": "2026-11-19T10:00:00Z",
            "updated_at": "2026-11-20",
        },
        {"outcome": "reopened"},
    ),
    "a follow-up before the update": (
        following("closed at some time before its update", "2026-11-10T00:00:00Z"),
        RESOLVED,
    ),
    "closed, nobody knows when, and followed up": (
        {"last_resolved_at": None, "updated_at": None, "last_customer_message_at": None},
        {"outcome": "reopened"},
    ),
    "a follow-up of what nobody knows": (
        following("closed, nobody knows when, and followed up", "2026-11-10T00:00:00Z"),
        RESOLVED,
    ),
    # Silent until 10:00 on the fifth.
    "silent, closed by the house, followed up": (
        {"last_resolved_at": "2026-11-20T00:00:00Z"},
        {"outcome": "reopened"},
    ),
    "a follow-up before the house": (
        following("silent, closed by the house, followed up", "2026-11-12T10:00:00Z"),
        RESOLVED,
    ),
    "silent, closed by the house, followed up late": (
        {"last_resolved_at": "2026-11-20T00:00:00Z"},
        RESOLVED | {"resolved_at": "2026-11-05 10:00", "returned_at": "2026-11-12 10:00:01"},
    ),
    "a late follow-up before the house": (
        following("silent, closed by the house, followed up late", "2026-11-12T10:00:01Z"),
        RESOLVED,
    ),
    "silent and open, followed up": (OPEN, {"outcome": "reopened"}),
    "a follow-up of a silent one": (
        following("silent and open, followed up", "2026-11-06T00:00:00Z"),
        RESOLVED,
    ),
    "followed up within the silence": (OPEN, {"outcome": "reopened"}),
    "a follow-up within the silence": (
        following("followed up within the silence", "2026-11-03T00:00:00Z"),
        RESOLVED,
    ),
    # reopened at a moment that nobody knows
    **{
        f"open again, {what}": (
            {"status": "open", "last_bot_reply_at": "2026-11-02T11:00:00Z", **given},
            {
                "outcome": outcome,
                "is_resolved": False,
                "is_earlier_resolution_unknown": True,
                "judge_again_at": None,
            },
        )
        for what, given, outcome in (
            ("and resolved before", {}, "pending"),
            ("and closed before", {"last_resolved_at": None, "closed_at": "2026-11-03"}, "pending"),
            ("and counted", {"reopen_count": 1}, "reopened"),
            ("and counted alone", {"reopen_count": 2, "last_resolved_at": None}, "reopened"),
            ("in its status", {"status": "Re-Opened", "last_resolved_at": None}, "reopened"),
            ("and answered since", {"last_bot_reply_at": "2026-11-04T00:00:00Z"}, "pending"),
            ("with no reply time", {"last_bot_reply_at": None}, "pending"),
            ("and rated", {"csat": 5}, "pending"),
            (
                "once more",
                {"last_reopened_at": "2026-11-02T12:00:00Z", "reopen_count": 2},
                "reopened",
            ),
        )
    },
    "reopened on the day, no reply time": (
        {"status": "open", "last_resolved_at": "2026-11-03", "last_reopened_at": "2026-11-03"},
        {"outcome": "reopened", "is_resolved": False},
    ),
    "reopened on the day, a reply of the day": (
        {
            "status": "open",
            "last_resolved_at": "2026-11-03",
            "last_reopened_at": "2026-11-03",
            "last_bot_reply_at": "2026-11-03T11:00:00Z",
        },
        {"outcome": "reopened", "is_resolved": False},
    ),
    "reopened on the day, answered on another": (
        {
            "status": "open",
            "last_resolved_at": "2026-11-03",
            "last_reopened_at": "2026-11-03",
            "last_bot_reply_at": "2026-11-04T11:00:00Z",
        },
        RESOLVED | {"resolved_at": "2026-11-07 11:00"},
    ),
    "resolved in a word that nobody knows": (
        {"status": "erledigt"},
        NO_FAVOUR | {"is_earlier_resolution_unknown": False},
    ),
    "closed again, nobody knows since when": (
        {"reopen_count": 1, "last_resolved_at": "2026-11-20T00:00:00Z"},
        {
            "outcome": "resolved_assumed",
            "resolved_at": "2026-11-20",
            "is_earlier_resolution_unknown": True,
        },
    ),
    # what follows a ticket that was merged away follows where it went
    "followed up by way of a merge": ({}, {"outcome": "reopened"}),
    "merged before it was followed up": (
        {"merged_into_ticket_id": "T followed up by way of a merge"},
        {"outcome": "excluded"},
    ),
    "a follow-up of what was merged": (
        following("merged before it was followed up", "2026-11-04T00:00:00Z"),
        RESOLVED,
    ),
    "a follow-up before": (
        following("followed up before it was resolved", "2026-11-02T00:00:00Z"),
        RESOLVED,
    ),
    # what of it was of the return
    **{
        f"came back, {what}": (
            {
                "opened_at": "2026-09-30T09:00:00Z",
                "last_resolved_at": "2026-10-03",
                "last_reopened_at": "2026-11-03",
                "status": "open",
                "last_customer_message_at": "2026-11-03",
                "updated_at": "2026-11-04",
                **given,
            },
            {"outcome": "resolved_assumed", "resolved_at": "2026-10-03", **right},
        )
        for what, given, right in (
            (
                "and both replies may be of the return",
                {"bot_public_replies": 2, "last_bot_reply_at": "2026-11-04"},
                {"is_deflected": None, "automation_class": "unknown"},
            ),
            (
                "and all replies were before",
                {"bot_public_replies": 2, "last_bot_reply_at": "2026-10-02"},
                {"is_deflected": True},
            ),
            (
                "and nobody knows when the reply was",
                {},
                {"is_deflected": None, "automation_class": "unknown"},
            ),
        )
    },
    # merges
    "reopened and merged": (
        AGAIN | {"status": "open", "merged_into_ticket_id": "T merged into"},
        {"outcome": "excluded", "cost_usd": "0"},
    ),
    "merged before": (
        {"merged_into_ticket_id": "T reopened and merged"},
        {"outcome": "excluded", "cost_usd": "0"},
    ),
    "merged into": ({}, RESOLVED | {"cost_usd": "6", "attempts": 3}),
    "merged into itself": (
        {"merged_into_ticket_id": "T merged into itself"},
        RESOLVED | {"cost_usd": "2"},
    ),
    "merged into a placeholder": ({"merged_into_ticket_id": "null"}, RESOLVED | {"cost_usd": "2"}),
    # ratings and verdicts
    "GOOD with blanks": ({"csat": " GOOD "}, {"csat": 5, "outcome": "resolved_confirmed"}),
    "good_with_comment": ({"csat": "good_with_comment"}, {"csat": 5}),
    "Bad_With_Comment": ({"csat": "Bad_With_Comment"}, {"csat": 1, "outcome": "negative"}),
    "4.0": ({"csat": "4.0"}, {"csat": 4, "outcome": "resolved_confirmed"}),
    "103": ({"csat": 103}, {"csat": 5}),
    "100": ({"csat": "100"}, {"csat": 3, "outcome": "resolved_assumed"}),
    "-101": ({"csat": "-101"}, {"csat": 2, "outcome": "negative"}),
    "Unoffered": ({"csat": "Unoffered"}, {"csat": None, "unreadable_fields": None}),
    **{
        f"rated {text}": (
            {"csat": text},
            {"csat": None, "outcome": "resolved_assumed", "unreadable_fields": "csat"},
        )
        for text in (
            "4.5",
            "0",
            "5/5",
            "5 stars",
            "\u2605\u2605\u2605\u2605\u2605",
            "very good",
            "-5",
            "1.000",
        )
    },
    "confirmed with Y": ({"customer_confirmed": "Y"}, {"outcome": "resolved_confirmed"}),
    "confirmed in a word": (
        {"customer_confirmed": "confirmed"},
        {"outcome": "resolved_assumed", "unreadable_fields": "customer_confirmed"},
    ),
    "a verdict of nobody": ({"quality_verdict": "meh"}, {"unreadable_fields": "quality_verdict"}),
    "FAILED": ({"quality_verdict": "FAILED"}, {"outcome": "negative"}),
    # who worked
    "resolved by a robot": (
        {"resolved_by": "robot"},
        {"is_deflected": None, "automation_class": "unknown", "unreadable_fields": "resolved_by"},
    ),
    "resolved by the BOT": ({"resolved_by": " BOT"}, RESOLVED),
    "resolved by an automation": ({"resolved_by": "automation"}, RESOLVED),
    "no minutes": ({"handle_minutes": "0.0"}, RESOLVED),
    "minutes with underscores": ({"handle_minutes": "1_5"}, {"is_deflected": None}),
    **{
        f"minutes of {text}": ({"handle_minutes": text}, {"is_deflected": None})
        for text in ("1.500", "1.000", "0.000")
    },
    "a thousand and a tab": (
        {"csat": "4.000\t", "handle_minutes": "0.000\n"},
        {"csat": None, "unreadable_fields": "csat, handle_minutes"},
    ),
    "replies of a thousand": ({"human_public_replies": "0.000"}, {"is_deflected": None}),
    "not spam in the other spelling": ({"is_spam": "n/a", "isSpam": True}, {"outcome": "excluded"}),
    "spam in the other spelling": ({"is_spam": "", "isSpam": True}, {"outcome": "excluded"}),
    "escalated in the other spelling": (
        {"escalated_at": "", "escalatedAt": "2026-11-02T10:00:00Z"},
        {"outcome": "escalated"},
    ),
    "closed in London": (
        {"last_resolved_at": "2026-11-03 00:00:00 BST"},
        NO_FAVOUR | {"unreadable_fields": "last_resolved_at"},
    ),
    "minutes below nothing": ({"handle_minutes": "-5"}, {"is_deflected": None}),
    "replies with a zero": (
        {"bot_public_replies": "2.0", "human_public_replies": "0.0"},
        RESOLVED,
    ),
    "replies with underscores": ({"human_public_replies": "1_0"}, {"is_deflected": None}),
    "no count of the bot": ({"bot_public_replies": ""}, {"is_deflected": None}),
    "no count of the bot, and a time": (
        {"bot_public_replies": None, "last_bot_reply_at": "2026-11-02T11:00:00Z"},
        RESOLVED,
    ),
    # times
    "asked for a person, some time": (
        {"human_requested_at": "after lunch"},
        NO_FAVOUR | {"unreadable_fields": "human_requested_at"},
    ),
    "closed in 2100": ({"closed_at": "2100-01-01T00:00:00Z"}, NO_FAVOUR),
    "closed in 1899": ({"closed_at": "1899-12-30"}, NO_FAVOUR),
    "small letters": ({"last_resolved_at": "2026-11-03t00:00:00z"}, {"resolved_at": "2026-11-03"}),
    "UTC in words": (
        {"last_resolved_at": "2026-11-03 00:00:00 UTC"},
        {"resolved_at": "2026-11-03"},
    ),
    "west of UTC": (
        {"last_resolved_at": "2026-11-02T12:00:00-12:00"},
        {"resolved_at": "2026-11-03"},
    ),
    "a date alone": ({"last_resolved_at": "2026-11-03"}, {"resolved_at": "2026-11-03"}),
    "months before days": ({"last_resolved_at": "11/03/2026"}, NO_FAVOUR),
    "a weekday": ({"last_resolved_at": "Tue, 03 Nov 2026 00:00:00 GMT"}, NO_FAVOUR),
    "a placeholder for a time": ({"escalated_at": "None"}, NO_FAVOUR),
    "blanks for a time": ({"escalated_at": "  "}, RESOLVED),
    # Its file was modified on the 25th.
    "closed long after its file was written": (
        {"last_resolved_at": "2031-01-01"},
        NO_FAVOUR | {"unreadable_fields": "last_resolved_at", "last_resolved_at": None},
    ),
    "rated, and closed in a year to come": (
        {"last_resolved_at": None, "closed_at": "2031-01-01", "csat": 5},
        NO_FAVOUR | {"unreadable_fields": "closed_at", "closed_at": None},
    ),
    "updated a day after its file was written": (
        {"updated_at": "2026-11-26T00:00:00Z"},
        RESOLVED | {"unreadable_fields": None},
    ),
    "closed a day after it was loaded": (
        {"ingested_at": "2026-11-03", "last_resolved_at": "2026-11-04"},
        RESOLVED | {"resolved_at": "2026-11-04"},
    ),
    "closed over a day after it was loaded": (
        {"ingested_at": "2026-11-03", "last_resolved_at": "2026-11-04T00:00:01Z"},
        NO_FAVOUR | {"unreadable_fields": "last_resolved_at"},
    ),
    "one of two versions is of a year to come": (
        {"csat": "9"},
        NO_FAVOUR | {"unreadable_fields": "csat, updated_at", "updated_at": "2026-11-03"},
    ),
    "one of two versions cannot be dated": (
        {"csat": "9"},
        NO_FAVOUR | {"unreadable_fields": "csat, updated_at", "updated_at": "2026-11-03"},
    ),
    "one of two versions has no date": ({}, RESOLVED | {"unreadable_fields": None}),
}

# Further versions of some of them.
VERSIONS: Final[dict[str, Row]] = {
    "one of two versions is of a year to come": {"status": "open", "updated_at": "2031-01-01"},
    "one of two versions cannot be dated": {"status": "open", "updated_at": "05-11-2026 00:00"},
    "one of two versions has no date": {"status": "open", "updated_at": None},
}

# A value in each field that is not just text, which nobody can read; what costs rejects its row.
JUNK: Final[dict[str, Row]] = {
    "llm_requests": dict.fromkeys(
        (
            *("occurred_at", "attempt_number", "input_tokens", "uncached_input_tokens"),
            *("cached_input_tokens", "cache_read_input_tokens", "cache_write_tokens"),
            *("cache_creation_input_tokens", "cache_write_1h_tokens", "output_tokens"),
            *("reasoning_tokens", "total_tokens", "max_output_tokens", "tool_output_tokens"),
            *("latency_ms", "turn_index", "retrieval_top_k", "retrieved_chunks", "retrieval_hit"),
            *("reported_cost_usd", "reported_cost", "tool_fee_usd", "is_cache_hit"),
        ),
        "zz?",
    ),
    "tickets": dict.fromkeys(
        (
            *("opened_at", "first_resolved_at", "last_resolved_at", "closed_at", "updated_at"),
            *("last_reopened_at", "escalated_at", "human_requested_at", "first_human_reply_at"),
            *("last_human_reply_at", "last_bot_reply_at", "last_customer_message_at"),
            *("ingested_at", "reopen_count", "human_public_replies", "bot_public_replies", "csat"),
            *("handle_minutes", "customer_confirmed", "is_spam", "is_test", "resolved_by"),
            *("quality_verdict", "status"),
        ),
        "zz?",
    ),
    "workflow_outcomes": dict.fromkeys(
        ("started_at", "completed_at", "is_success", "value_usd"), "zz?"
    ),
    "provider_invoices": dict.fromkeys(("billing_month", "billed_usd", "credit_usd"), "zz?"),
}
KEYS: Final[dict[str, Row]] = {
    "llm_requests": {"external_request_id": "junk", "ingested_at": "2026-11-02T10:00:00Z"},
    "tickets": {"ticket_id": "junk"},
    "workflow_outcomes": {"workflow_id": "junk", "use_case": "sales"},
    "provider_invoices": {"provider": "openai"},
}


def events() -> list[Row]:
    single = {name: given for name, (given, _) in {**CALLS, **REJECTED}.items()}
    single |= {f"of {name}": {"ticketId": f"T {name}"} for name in TICKETS}
    rows = [
        {**CALL, "externalRequestId": name, "ticketId": f"T {name}", **given}
        for name, given in single.items()
    ]
    for name, (several, _) in REQUESTS.items():
        for given in several:
            row = {**CALL, "externalRequestId": name, "ticketId": f"T {name}", **given}
            blanks = row.pop("blanks", "")
            rows.append(row | {"externalRequestId": f"{blanks}{name}{blanks}"})
    return rows


@pytest.fixture(scope="module")
def warehouse(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("landing")
    tickets = [
        {**TICKET, "ticket_id": f"T {name}", **given} for name, (given, _) in TICKETS.items()
    ]
    tickets += [{**TICKET, "ticket_id": f"T {name}", **row} for name, row in VERSIONS.items()]
    rows = {"llm_requests": events(), "tickets": tickets}
    for table, junk in JUNK.items():
        (landing / table).mkdir()
        every = [*rows.get(table, []), {**KEYS[table], **junk}]
        lines = "".join(json.dumps(row) + "\n" for row in every)
        (landing / table / "a.jsonl").write_text(lines, encoding="utf-8")
        # What carries no time of loading is believed by that of its file.
        loaded = datetime.fromisoformat(AS_OF).timestamp()
        os.utime(landing / table / "a.jsonl", (loaded, loaded))
    return build_warehouse(
        landing,
        arguments=(*NODES, "--indirect-selection", "cautious"),
        data_tests=True,
        as_of=AS_OF,
    )


def rows_of(warehouse: Path, sql: str) -> list[Row]:
    with connect(warehouse) as connection:
        found = connection.execute(sql)
        names = [column[0] for column in found.description]
        return [dict(zip(names, values, strict=True)) for values in found.fetchall()]


def differences(name: str, found: Row, expected: Row) -> list[str]:
    wrong = []
    for column, value in expected.items():
        got, right = found[column], value
        if isinstance(value, str) and isinstance(got, Decimal):
            right = Decimal(value)
        elif isinstance(value, str) and isinstance(got, datetime):
            right = datetime.fromisoformat(value)
        if got != right:
            wrong.append(f"{name}: {column} is {got}, not {right}")
    return wrong


def test_there_are_enough_of_them() -> None:
    assert len(CALLS) + len(REJECTED) + len(REQUESTS) + len(TICKETS) >= 150


def test_every_call_is_what_the_rules_make_of_it(warehouse: Path) -> None:
    found = {row["request_id"]: row for row in rows_of(warehouse, "select * from fct_attempts")}
    wrong = []
    for name, (_, expected) in CALLS.items():
        if name not in found:
            wrong.append(f"{name} is no attempt")
        else:
            wrong += differences(name, found[name], expected)
    assert not wrong, "\n".join(wrong)


def test_every_request_is_the_attempts_that_it_is(warehouse: Path) -> None:
    sql = "select * from fct_attempts order by request_id, attempt_index"
    found: dict[str, list[Row]] = {}
    for row in rows_of(warehouse, sql):
        found.setdefault(row["request_id"], []).append(row)
    wrong = []
    for name, (_, expected) in REQUESTS.items():
        if len(found[name]) != len(expected):
            wrong.append(f"{name}: {len(found[name])} attempts, not {len(expected)}")
            continue
        for row, right in zip(found[name], expected, strict=True):
            wrong += differences(name, row, right)
    assert not wrong, "\n".join(wrong)


def test_every_row_that_no_cost_can_follow_from_is_rejected(warehouse: Path) -> None:
    sql = "select row_id, reason from rejected_rows where raw_table = 'llm_requests'"
    found = {row["row_id"]: row["reason"] for row in rows_of(warehouse, sql)}
    expected = {name: reason for name, (_, reason) in REJECTED.items()}
    assert found == expected | {"junk": "invalid_token_count"}


def test_every_ticket_is_what_the_rules_make_of_it(warehouse: Path) -> None:
    found = {row["ticket_id"]: row for row in rows_of(warehouse, "select * from fct_tickets")}
    wrong = []
    for name, (_, expected) in TICKETS.items():
        wrong += differences(name, found[f"T {name}"], expected)
    assert not wrong, "\n".join(wrong)


def test_what_follows_an_id_that_no_ticket_has_is_counted(warehouse: Path) -> None:
    sql = """
        select status, sum(tickets)::int as tickets from ticket_coverage
        where dimension = 'follow_up_target' group by status
    """
    found = {row["status"]: row["tickets"] for row in rows_of(warehouse, sql)}
    follows = {
        name: given["follow_up_of_ticket_id"]
        for name, (given, _) in TICKETS.items()
        if given.get("follow_up_of_ticket_id", "None") != "None"
    }
    missing = sum(target.removeprefix("T ") not in TICKETS for target in follows.values())
    assert found == {"missing": missing, "found": len(follows) - missing}
    assert missing == 2
    misses = "select difference, example from near_miss_ids where id_kind = 'ticket'"
    assert {"difference": "case", "example": "T followed up beside T FOLLOWED UP"} in rows_of(
        warehouse, misses
    )


def test_every_field_that_cannot_be_read_is_counted(warehouse: Path) -> None:
    sql = "select raw_table, field, unreadable_values from unreadable_values"
    found = {
        (row["raw_table"], row["field"]): row["unreadable_values"]
        for row in rows_of(warehouse, sql)
    }
    # The time of loading is what stands in for the others; two of the cases have none either.
    others = {("llm_requests", "ingested_at")}
    assert set(found) == {(table, field) for table, row in JUNK.items() for field in row} | others
    # Beside the junk: `yesterday`, `soon`, eleven digits, a year that nobody means, seven zones.
    assert found["llm_requests", "occurred_at"] == 12
    assert found["llm_requests", "ingested_at"] == 2
    assert found["llm_requests", "cache_read_input_tokens"] == 1
    assert found["llm_requests", "is_cache_hit"] == 2
    assert found["workflow_outcomes", "value_usd"] == 1


def test_strangers_share_neither_a_request_nor_a_case(warehouse: Path) -> None:
    sql = """
        select count(*) as attempts, count(distinct attempt_key) as keys,
            count(distinct request_id) as requests
        from fct_attempts where ticket_id is null and workflow_id is null
    """
    expected = sum(values == NOBODY for _, values in CALLS.values())
    (found,) = rows_of(warehouse, sql)
    assert set(found.values()) == {expected}
