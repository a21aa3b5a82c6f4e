"""What an event says of its tokens, its cost and its end, and what becomes of it: one table of
inputs with their right values, one build.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any, TextIO

import pytest
from conftest import PROJECT, connect
from oracle import fields
from oracle.pricing import meant
from oracle.reference import load_reference

BuildWarehouse = Callable[..., Path]
Row = dict[str, Any]

BASE: Row = {
    "occurredAt": "2026-11-02T10:00:00Z",
    "endpointTag": "support.reply",
    "status": "success",
    "dataMode": "real",
    "environment": "prod",
    "provider": "openai",
    "model": "gpt-4.1",
    "inputTokens": 1_000_000,
    "outputTokens": 0,
}

SUCCESS = [
    "success",
    "stop",
    "STOP",
    "stop_sequence",
    "tool_calls",
    "tool-calls",
    "tool_use",
    "function_call",
    "end_turn",
    "eos",
    "eos_token",
    "pause_turn",
    "FinishReason.STOP",
    '["stop"]',
    "200",
]
TRUNCATED = [
    "length",
    "max_tokens",
    "MAX_TOKENS",
    "max_output_tokens",
    "model_length",
    "FinishReason.MAX_TOKENS",
    "model_context_window_exceeded",
]
ERROR = [
    "content_filter",
    "content-filter",
    "refusal",
    "SAFETY",
    "RECITATION",
    "PROHIBITED_CONTENT",
    "SPII",
    "timeout",
    "guardrail_intervened",
    "MALFORMED_FUNCTION_CALL",
    "error_toxic",
    "529",
]
UNKNOWN = ["other", "FINISH_REASON_UNSPECIFIED", "incomplete", "302", None]


def statuses() -> dict[str, tuple[Row, Row]]:
    cases = {}
    for words, status, is_truncated in (
        (SUCCESS, "success", False),
        (TRUNCATED, "success", True),
        (ERROR, "error", False),
        (UNKNOWN, "unknown", False),
    ):
        for word in words:
            expected = {"status": status, "is_truncated": is_truncated}
            cases[f"status {word}"] = ({"status": word}, expected)
    return cases


SONNET: Row = {"provider": "anthropic", "model": "claude-sonnet-4-6", "outputTokens": 0}
OPUS: Row = {"provider": "anthropic", "model": "claude-opus-4-6"}
OPUS_8: Row = {"provider": "anthropic", "model": "claude-opus-4-8", "outputTokens": 0}
LIST = {"cost_usd": "2", "cost_source": "priced"}
# One point or comma before three digits: a thousand for some senders, a unit for others.
REJECTED = [
    *(
        "1.000",
        "1,000",
        "12.345",
        " 1.000 ",
        "-1",
        "-0.5",
        "12.5",
        "abc",
        "NaN",
        "Infinity",
        "1e3x",
    ),
    *("1000000001", "9223372036854775807", "9223372036854775808", "1" * 40, "1.000.000", "0x10"),
]
ACCEPTED = {"12.0": 12, "12": 12, " 12 ": 12, "1000000000": 1_000_000_000, "0": 0, "1000.0": 1000}
COSTING = [
    "inputTokens",
    "uncachedInputTokens",
    "cachedInputTokens",
    "cacheWriteTokens",
    "cacheWrite1hTokens",
    "outputTokens",
    "prompt_tokens",
    "cache_read_input_tokens",
]
FREE = [
    "maxOutputTokens",
    "totalTokens",
    "reasoningTokens",
    "toolOutputTokens",
    "latencyMs",
    "turnIndex",
    "retrievalTopK",
    "retrievedChunks",
]
WITHOUT_INPUT = {"inputTokens": None, "outputTokens": None}


def snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z0-9])", "_", name).lower()


def free_counts() -> dict[str, tuple[Row, Row]]:
    """What costs nothing never rejects a row."""
    cases = {}
    for field in FREE:
        for value in ("-1", "1.000", "9223372036854775807", "many", "0.5"):
            expected = LIST | {snake(field): None}
            cases[f"{field} {value}"] = ({field: value}, expected)
    return cases


TOKENS: dict[str, tuple[Row, Row]] = {
    **{
        f"count {text.replace(' ', '_')}": ({"inputTokens": text}, {"input_tokens": n})
        for text, n in ACCEPTED.items()
    },
    **free_counts(),
    "uncached": (
        SONNET
        | {
            "inputTokens": None,
            "uncachedInputTokens": 800,
            "cachedInputTokens": 700,
            "cacheWriteTokens": 400,
        },
        {"input_tokens": 1900, "cost_usd": "0.004110", "input_meaning": "cache_added"},
    ),
    "uncached alone": (
        SONNET | {"inputTokens": None, "uncached_input_tokens": 1000},
        {"input_tokens": 1000, "cost_usd": "0.003"},
    ),
    "uncached and input that fit": (
        SONNET | {"inputTokens": 1900, "uncachedInputTokens": 800, "cachedInputTokens": 1100},
        {"input_tokens": 1900, "input_meaning": "cache_added"},
    ),
    "uncached and input that do not fit": (
        SONNET | {"inputTokens": 1800, "uncachedInputTokens": 800, "cachedInputTokens": 1100},
        {"input_tokens": 1900, "input_meaning": "disagrees"},
    ),
    "one hour": (
        OPUS_8 | {"cacheWriteTokens": 1_000_000, "cacheWrite1hTokens": 1_000_000},
        {"cost_usd": "10", "cache_write_1h_tokens": 1_000_000},
    ),
    "one hour alone": (
        OPUS_8 | {"cacheWrite1hTokens": 1_000_000},
        {"cost_usd": "10", "cache_write_tokens": 1_000_000},
    ),
    "one hour in part": (
        OPUS_8 | {"cacheWriteTokens": 1_000_000, "ephemeral_1h_input_tokens": 400_000},
        {"cost_usd": "7.75"},
    ),
    "five minutes": (OPUS_8 | {"cacheWriteTokens": 1_000_000}, {"cost_usd": "6.25"}),
    # No price for an hour: the cache-write price, else the input price.
    "one hour elsewhere": (
        {"cacheWriteTokens": 1_000_000, "cacheWrite1hTokens": 1_000_000},
        {"cost_usd": "2"},
    ),
    "streamed message": (
        OPUS
        | {
            "inputTokens": 25882,
            "cachedInputTokens": 17842,
            "cacheWriteTokens": 8037,
            "outputTokens": 441,
            "cacheWrite1hTokens": 8037,
        },
        {"cost_usd": "0.100331"},
    ),
    "other names": (
        {
            "inputTokens": None,
            "outputTokens": None,
            "prompt_tokens": 1000,
            "completionTokens": 100,
            "cache_read_tokens": 400,
        },
        {
            "input_tokens": 1000,
            "output_tokens": 100,
            "cached_input_tokens": 400,
            "input_meaning": None,
        },
    ),
    "z7": (
        OPUS
        | {
            "inputTokens": None,
            "input_tokens": 3,
            "cache_read_input_tokens": 17842,
            "cache_creation_input_tokens": 8037,
            "outputTokens": 441,
        },
        {"cost_usd": "0.07019225", "input_tokens": 25882, "input_meaning": "unknown_cache_added"},
    ),
    "anthropic names": (
        OPUS | {"inputTokens": 9000, "cache_read_input_tokens": 8000, "outputTokens": 100},
        {"cost_usd": "0.0115", "input_tokens": 9000, "input_meaning": "unknown"},
    ),
    "anthropic names without a cache": (
        OPUS | {"inputTokens": 9000, "cache_read_input_tokens": 0, "outputTokens": 100},
        {"input_tokens": 9000, "input_meaning": None},
    ),
    "anthropic names with uncached": (
        OPUS
        | {
            "inputTokens": None,
            "uncachedInputTokens": 9000,
            "cache_read_input_tokens": 8000,
            "outputTokens": 100,
        },
        {"cost_usd": "0.0515", "input_tokens": 17000, "input_meaning": "cache_added"},
    ),
    "z8": (
        OPUS
        | {
            "inputTokens": 9000,
            "cachedInputTokens": 8000,
            "outputTokens": 100,
            "sourceSystem": "Exclusive",
        },
        {"cost_usd": "0.0515", "input_tokens": 17000, "input_meaning": "cache_added"},
    ),
    "source that counts the cache in": (
        OPUS
        | {
            "inputTokens": 9000,
            "cache_read_input_tokens": 8000,
            "outputTokens": 100,
            "sourceSystem": "litellm",
        },
        {"cost_usd": "0.0115", "input_tokens": 9000, "input_meaning": None},
    ),
    "cache hit": (
        {"isCacheHit": "True", "outputTokens": 50, "reportedCostUsd": 0},
        {
            "cost_usd": "0",
            "cost_source": "cache_hit",
            "input_tokens": None,
            "output_tokens": None,
            "is_cache_hit": True,
            "reported_cost_status": "cache_hit",
        },
    ),
    "cache hit without tokens": (
        WITHOUT_INPUT | {"is_cache_hit": True},
        {"cost_usd": "0", "cost_source": "cache_hit"},
    ),
    "no cache hit": ({"isCacheHit": False}, LIST | {"is_cache_hit": False}),
    "fee": (
        {"toolFeeUsd": "0.01"},
        {
            "cost_usd": "2.01",
            "cost_source": "priced",
            "priced_cost_usd": "2",
            "tool_fee_usd": "0.01",
        },
    ),
    "fee in the reported cost": (
        {"toolFeeUsd": "0.01", "reportedCostUsd": "1.5"},
        {"cost_usd": "1.5", "cost_source": "reported"},
    ),
    "fee that cannot be read": (
        {"toolFeeUsd": "1 cent"},
        LIST | {"tool_fee_usd": None, "unreadable_value": "tool_fee_usd: 0 xxxx"},
    ),
    "who called": (
        {"agentName": " Triage", "parentRequestId": "p", "traceId": "T", "sourceSystem": "Otel"},
        {
            "agent_name": "triage",
            "parent_request_id": "p",
            "trace_id": "T",
            "source_system": "otel",
        },
    ),
}

# A tier's price holds as long as the standard price that it goes with (price_source says so).
TIERS: dict[str, tuple[Row, Row]] = {
    f"{tier} of {model} on {day}": (
        {"model": model, "serviceTier": tier, "occurredAt": f"{day}T10:00:00Z"},
        {"cost_usd": cost, "service_tier": tier},
    )
    for model, tier, day, cost in (
        ("gpt-4o-mini", "batch", "2026-09-15", "0.075"),
        ("gpt-4o-mini", "batch", "2026-11-15", "0.075"),
        ("gpt-4o-mini", "priority", "2026-09-15", "0.25"),
        ("gpt-4.1", "batch", "2026-09-15", "1"),
        ("gpt-4o-mini", "flex", "2026-09-15", "0.15"),
    )
} | {
    "batch of claude-opus-4-8 in June": (
        OPUS_8 | {"serviceTier": "batch", "occurredAt": "2026-06-15T10:00:00Z"},
        {"cost_usd": "2.5"},
    )
}

REPORTED: dict[str, tuple[Row, Row]] = {
    "z1": (
        OPUS
        | {
            "inputTokens": 7035,
            "cachedInputTokens": 6989,
            "outputTokens": 34,
            "reportedCostUsd": "0.0",
        },
        {
            "cost_usd": "0.0045745",
            "cost_source": "priced",
            "reported_cost_status": "reported_zero",
            "reported_cost_usd": "0",
        },
    ),
    **{
        f"reported {text}": (
            {"reportedCostUsd": text},
            LIST | {"reported_cost_status": "reported_zero"},
        )
        for text in ("0", "0.000", "-0", "0e0")
    },
    **{
        f"reported {text}": (
            {"reportedCostUsd": text},
            LIST | {"reported_cost_status": "unreadable", "reported_cost_usd": None},
        )
        for text in ("0,40", "$0.40", "NaN", "inf", "-1", "0.40 USD", "free", "1.234,56", "1000000")
    },
    "reported 0.40": (
        {"reportedCostUsd": "0.40"},
        {"cost_usd": "0.4", "cost_source": "reported", "reported_cost_status": "usable"},
    ),
    "reported nothing": ({"reportedCostUsd": ""}, LIST | {"reported_cost_status": "missing"}),
    "reported 0 of no tokens": (
        {"inputTokens": 0, "reportedCostUsd": 0},
        {"cost_usd": "0", "cost_source": "reported"},
    ),
    "reported 0 of an unknown model": (
        {"model": "house-7b", "reportedCostUsd": 0},
        {
            "cost_usd": "0",
            "cost_source": "reported",
            "reported_cost_status": "zero_without_list_price",
        },
    ),
    "reported 0 of free machines": (
        {"provider": "Azure", "reportedCostUsd": 0},
        {"cost_usd": "0", "cost_source": "reported", "reported_cost_status": "usable"},
    ),
    "euros without a rate": (
        {"reportedCost": "0.40", "reportedCostCurrency": "XYZ"},
        LIST | {"reported_cost_status": "no_exchange_rate", "reported_cost": "0.4"},
    ),
    "no currency": ({"reportedCost": "0.40"}, LIST | {"reported_cost_status": "no_currency"}),
    "dollars": (
        {"reportedCost": "0.40", "reportedCostCurrency": "USD "},
        {"cost_usd": "0.4", "cost_source": "reported"},
    ),
    "euros and dollars": (
        {"reportedCost": "9", "reportedCostCurrency": "EUR", "reportedCostUsd": "0.5"},
        {"cost_usd": "0.5", "reported_cost_status": "usable"},
    ),
    "unreadable euros": (
        {"reportedCost": "0,40", "reportedCostCurrency": "EUR"},
        LIST | {"reported_cost_status": "unreadable"},
    ),
}

# Providers and models as tools send them, one a line, and what of the price book is meant.
SPELLINGS = """
    bedrock               anthropic.claude-sonnet-4-6                 aws    anthropic.claude-sonnet-4-6
    aws.bedrock           anthropic.claude-sonnet-4-6                 aws    anthropic.claude-sonnet-4-6
    amazon_bedrock        us.anthropic.claude-sonnet-4-6              aws    ?
    bedrock_converse      eu.anthropic.claude-sonnet-4-6              aws    ?
    AWS-Bedrock           anthropic.claude-opus-4-8                   aws    anthropic.claude-opus-4-8
    bedrock               bedrock/anthropic.claude-opus-4-8           aws    anthropic.claude-opus-4-8
    -                     bedrock/us.anthropic.claude-opus-4-8        aws    ?
    litellm               bedrock/anthropic.claude-opus-4-8           aws    anthropic.claude-opus-4-8
    aws                   arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8 aws anthropic.claude-opus-4-8
    bedrock               arn:aws:bedrock:us-east-1:1:inference-profile/us.anthropic.claude-opus-4-8 aws ?
    -                     arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-opus-4-8 aws anthropic.claude-opus-4-8
    vertex_ai             gemini-2.5-flash                            google gemini-2.5-flash
    gcp.vertex_ai         gemini-2.5-pro                              google gemini-2.5-pro
    gemini                gemini-2.5-flash                            google gemini-2.5-flash
    gcp.gemini            models/gemini-2.5-flash                     google gemini-2.5-flash
    google                models/gemini-2.5-flash                     google gemini-2.5-flash
    google_genai          gemini-2.5-flash                            google gemini-2.5-flash
    google_vertex         publishers/google/models/gemini-2.5-flash   google gemini-2.5-flash
    vertex_ai_beta        projects/p/locations/us/publishers/google/models/gemini-2.5-flash google gemini-2.5-flash
    vertex_ai             vertex_ai/gemini-2.5-pro                    google gemini-2.5-pro
    -                     gemini/gemini-2.5-pro                       google gemini-2.5-pro
    -                     gemini-2.5-flash                            google gemini-2.5-flash
    vertex_ai             claude-sonnet-4-6                           google claude-sonnet-4-6
    azure_openai          gpt-4.1                                     azure  gpt-4.1
    azure.ai.openai       gpt-4.1                                     azure  gpt-4.1
    az.ai.openai          gpt-4.1-mini                                azure  gpt-4.1-mini
    azure                 azure/gpt-4.1                               azure  gpt-4.1
    azure                 openai/gpt-4.1                              azure  gpt-4.1
    azure_ai              gpt-4.1-mini                                azure  gpt-4.1-mini
    azure.ai.inference    gpt-4.1                                     azure  gpt-4.1
    Azure-OpenAI          gpt-4.1-2025-04-14                          azure  gpt-4.1
    openai                openai/gpt-4.1                              openai gpt-4.1
    openai                gpt-4.1-2025-04-14                          openai gpt-4.1
    openai.responses      gpt-4.1                                     openai gpt-4.1
    openai.chat           gpt-4.1-mini                                openai gpt-4.1-mini
    -                     openai/gpt-4.1                              openai gpt-4.1
    openrouter            openai/gpt-4.1                              openai gpt-4.1
    openrouter            openrouter/openai/gpt-4.1-mini              openai gpt-4.1-mini
    openrouter            openrouter/anthropic/claude-sonnet-4-6      anthropic claude-sonnet-4-6
    -                     openrouter/anthropic/claude-sonnet-4-6      anthropic claude-sonnet-4-6
    openrouter            anthropic/claude-opus-4-8                   anthropic claude-opus-4-8
    openrouter            google/gemini-2.5-flash                     google gemini-2.5-flash
    openrouter            x-ai/grok-4.5                               x-ai   grok-4.5
    vercel                xai/grok-4.5                                x-ai   grok-4.5
    litellm_proxy         litellm_proxy/anthropic/claude-opus-4-8     anthropic claude-opus-4-8
    anthropic             anthropic/claude-opus-4-8                   anthropic claude-opus-4-8
    Anthropic             claude-opus-4-8                             anthropic claude-opus-4-8
    anthropic.messages    claude-sonnet-4-6                           anthropic claude-sonnet-4-6
    xai                   grok-4.5                                    x-ai   grok-4.5
    x_ai                  grok-4.5                                    x-ai   grok-4.5
    xai                   xai/grok-4.5                                x-ai   grok-4.5
    fireworks_ai          accounts/fireworks/models/deepseek-v3p2     fireworks accounts/fireworks/models/deepseek-v3p2
    fireworks_ai          fireworks_ai/accounts/fireworks/models/deepseek-v3p2 fireworks accounts/fireworks/models/deepseek-v3p2
    -                     accounts/fireworks/models/deepseek-v3p2     fireworks accounts/fireworks/models/deepseek-v3p2
    together_ai           {together}                                  together {together}
    together_ai           together_ai/{together}                      together {together}
    togetherai            {together}                                  together {together}
    mistral_ai            {mistral}                                   mistral {mistral}
    mistralai             mistral/{mistral}                           mistral {mistral}
    cohere_chat           command-r                                   cohere command-r
    -                     cohere/command-r                            cohere command-r
    perplexity-ai         {perplexity}                                perplexity {perplexity}
    -                     {perplexity}                                perplexity {perplexity}
    groq                  groq/{groq}                                 groq   {groq}
    moonshot              {moonshotai}                                moonshotai {moonshotai}
    z-ai                  {zai}                                       zai    {zai}
    voyage                {voyageai}                                  voyageai {voyageai}
    openai                house-model                                 -      -
    house                 gpt-4.1                                     -      -
    -                     gpt-4.1                                     -      -
    groq                  openai/gpt-4.1                              -      -
    openai                anthropic/claude-opus-4-8                   -      -
    openrouter            openai/house-model                          -      -
    aws                   arn:aws:bedrock:us-east-1:1:application-inference-profile/abc -  -
    -                     -                                           -      -
"""  # noqa: E501


def spellings() -> dict[str, tuple[Row, Row]]:
    """What stays unknown has no price: of a model of several, nobody knows which was meant."""
    with (PROJECT / "seeds" / "reference" / "model_prices.csv").open(encoding="utf-8") as file:
        some = {row["provider"]: row["model"] for row in csv.DictReader(file)}
    cases = {}
    for number, line in enumerate(SPELLINGS.format(**some).strip().splitlines()):
        provider, model, *meant = (None if word == "-" else word for word in line.split())
        said = {"provider": provider, "model": model, "cachedInputTokens": 10, "outputTokens": None}
        expected = dict(zip(("priced_provider", "priced_model"), meant, strict=True))
        if meant[1] == "?":
            del expected["priced_model"]
        if meant[0] is None:
            expected |= {"cost_usd": None, "cost_source": "unpriced"}
        else:
            expected |= {"cost_source": "priced"}
        cases[f"spelling {number} {provider} {model}"] = (said, expected)
    return cases


# name: (what the event says beside BASE, the columns of fct_attempts that it gives).
CASES: dict[str, tuple[Row, Row]] = statuses() | TOKENS | TIERS | REPORTED | spellings()
# What no attempt can be made of, with the value that the rejected row shows.
UNUSABLE: dict[str, Row] = {
    # An id loses the blanks around it.
    f"rejected {field} {text.replace(' ', '_')}": WITHOUT_INPUT | {field: text}
    for field in COSTING[:1]
    for text in REJECTED
} | {f"rejected {field}": WITHOUT_INPUT | {field: "1000000001"} for field in COSTING}

# Flags of attribution_coverage: dimension, what the event says, status.
FLAGS: dict[str, tuple[Row, tuple[str, str]]] = {
    "both above input": (
        SONNET | {"inputTokens": 800, "cachedInputTokens": 700, "cacheWriteTokens": 400},
        ("token_counts", "cache_over_input"),
    ),
    "z6": (
        OPUS
        | {"inputTokens": 3, "cachedInputTokens": 0, "cacheWriteTokens": 82720, "outputTokens": 9},
        ("token_counts", "written_over_input"),
    ),
    "cached above input": ({"cachedInputTokens": 1_000_001}, ("token_counts", "cached_over_input")),
    "reasoning above output": (
        {"outputTokens": 5, "reasoningTokens": 6},
        ("token_counts", "reasoning_over_output"),
    ),
    "one hour above written": (
        {"cacheWriteTokens": 5, "cacheWrite1hTokens": 6},
        ("token_counts", "one_hour_over_written"),
    ),
    "unknown meaning": (
        {"inputTokens": 9000, "cache_read_input_tokens": 8000},
        ("token_counts", "input_meaning_unknown"),
    ),
    "input twice": ({"uncachedInputTokens": 7}, ("token_counts", "input_disagrees")),
    "total": ({"totalTokens": 7}, ("token_counts", "total_disagrees")),
    "total above its part": (
        {"outputTokens": None, "totalTokens": 2_000_000, "reportedCostUsd": 1},
        ("token_counts", "total_disagrees"),
    ),
    "two spellings": ({"prompt_tokens": 7}, ("token_counts", "spellings_disagree")),
    "unknown meaning beside a zero": (
        {"inputTokens": 9000, "cachedInputTokens": 0, "cache_read_input_tokens": 8000},
        ("token_counts", "input_meaning_unknown"),
    ),
    "billed hit": (
        {"isCacheHit": 1, "reportedCostUsd": 0.5},
        ("reported_cost", "billed_cache_hit"),
    ),
    "fine": (
        {"totalTokens": 1_000_000, "cachedInputTokens": 1_000_000},
        ("token_counts", "consistent"),
    ),
    "zero": ({"reportedCostUsd": 0}, ("reported_cost", "reported_zero")),
    "comma": ({"reportedCostUsd": "0,40"}, ("reported_cost", "unreadable")),
    "other money": (
        {"reportedCost": 1, "reportedCostCurrency": "CHF"},
        ("reported_cost", "no_exchange_rate"),
    ),
    "hit": ({"isCacheHit": 1}, ("cost", "cache_hit")),
    "hit is no usage": ({"isCacheHit": 1}, ("usage", "cache_hit")),
    "negative cap": ({"maxOutputTokens": -1}, ("optional_values", "max_output_tokens")),
    "odd fee": ({"toolFeeUsd": "x"}, ("optional_values", "tool_fee_usd")),
    "all readable": ({}, ("optional_values", "readable")),
    "tier without a price": (
        {"model": "gpt-4-turbo", "serviceTier": "flex"},
        ("service_tier", "standard_price_stands_in"),
    ),
    "tier with a price": ({"serviceTier": "batch"}, ("service_tier", "own_price")),
    "no tier": ({}, ("service_tier", "standard")),
    "default tier": ({"serviceTier": "default"}, ("service_tier", "standard")),
    "more than tokens": ({"model": "gpt-4.1"}, ("price_scope", "priced_by_text_tokens_only")),
    "tokens alone": (
        {"provider": "aws", "model": "anthropic.claude-opus-4-8"},
        ("price_scope", "complete"),
    ),
}


@pytest.fixture(scope="module")
def warehouse(build_warehouse: BuildWarehouse, tmp_path_factory: pytest.TempPathFactory) -> Path:
    landing = tmp_path_factory.mktemp("landing")
    (landing / "llm_requests").mkdir()
    with (landing / "llm_requests" / "a.jsonl").open("w", encoding="utf-8") as file:
        said = {name: said for name, (said, _) in CASES.items()} | UNUSABLE
        for number, (name, event) in enumerate(said.items()):
            write(file, event | {"externalRequestId": name, "ticketId": f"T-{number}"})
        # Each flag has a day of its own, so that coverage by day speaks of it alone.
        for number, (name, (event, _)) in enumerate(FLAGS.items()):
            day = {"occurredAt": f"{date(2026, 3, 1) + timedelta(days=number)}T08:00:00Z"}
            write(file, event | day | {"externalRequestId": f"flag {name}", "ticketId": name})
    return build_warehouse(
        landing,
        arguments=(
            *("--select", "+attribution_coverage", "+rejected_rows", "+reported_against_list"),
            *("--indirect-selection", "cautious"),
        ),
        data_tests=True,
        input_excludes_cache={"exclusive": True, "litellm": False},
        free_providers=["azure"],
    )


def write(file: TextIO, event: Row) -> None:
    given = {name: value for name, value in (BASE | event).items() if value is not None}
    file.write(json.dumps(given) + "\n")


def test_every_event_gives_what_it_says(warehouse: Path) -> None:
    with connect(warehouse) as connection:
        cursor = connection.execute("select * from fct_attempts")
        names = [column[0] for column in cursor.description]
        found = {
            row["request_id"]: row
            for row in (dict(zip(names, values, strict=True)) for values in cursor.fetchall())
        }
    wrong = []
    for name, (_, expected) in CASES.items():
        for column, value in expected.items():
            got = found[name][column] if name in found else "no attempt"
            right = Decimal(value) if isinstance(got, Decimal) and value is not None else value
            if got != right:
                wrong.append(f"{name}: {column} is {got}, not {right}")
    assert not wrong, "\n".join(wrong)


def test_the_oracle_reads_names_alike() -> None:
    reference = load_reference(PROJECT / "seeds" / "reference")
    for name, (said, expected) in spellings().items():
        names = fields.word(said["provider"]), fields.word(said["model"])
        found = meant(reference, *names) or (None, None)
        shown = dict(zip(("priced_provider", "priced_model"), found, strict=True))
        assert not {k for k, value in shown.items() if expected.get(k, value) != value}, name


def test_a_count_that_cannot_be_meant_is_rejected_with_its_value(warehouse: Path) -> None:
    sql = "select row_id, detail from rejected_rows where reason = 'invalid_token_count'"
    with connect(warehouse) as connection:
        found = dict(connection.execute(sql).fetchall())
    assert set(found) == set(UNUSABLE)
    assert found["rejected inputTokens 9223372036854775807"] == "input_tokens: 9223372036854775807"
    assert found["rejected inputTokens 1.000"] == "input_tokens: 1.000"
    assert found["rejected cacheWrite1hTokens"] == "cache_write_1h_tokens: 1000000001"


def test_what_looks_wrong_is_counted_with_its_dollars(warehouse: Path) -> None:
    sql = """
        select period_start, dimension, status, attempts, cost_usd from attribution_coverage
        where period_grain = 'day' and period_start < '2026-06-01'
    """
    with connect(warehouse) as connection:
        found = {
            (day, dimension): (status, attempts, cost_usd)
            for day, dimension, status, attempts, cost_usd in connection.execute(sql).fetchall()
        }
    for number, (name, (_, (dimension, status))) in enumerate(FLAGS.items()):
        got = found[date(2026, 3, 1) + timedelta(days=number), dimension]
        assert got[:2] == (status, 1), name
        assert got[2] is not None, name


def test_reported_and_listed_costs_are_compared_by_month_and_model(warehouse: Path) -> None:
    """In November gpt-4.1 was reported at 0.4, 0.5, 1.5 and so on for calls of 2 dollars each."""
    with connect(warehouse) as connection:
        sql = """
            select
                attempts, reported_cost_usd, list_cost_usd, equal_attempts, reported_zero_attempts
            from reported_against_list
            where period_start = '2026-11-01' and provider = 'openai' and model = 'gpt-4.1'
        """
        ((attempts, reported, listed, equal, zeros),) = connection.execute(sql).fetchall()
    figures = [
        Decimal(str(said["reportedCostUsd"]))
        for said, expected in REPORTED.values()
        if "model" not in said and "provider" not in said
        if expected.get("reported_cost_status") == "reported_zero"
    ]
    assert zeros == len(figures)
    # Beside the zeros: 0.40, no tokens, two in dollars, 1.5 with its fee.
    assert attempts == zeros + 5
    assert reported == Decimal("0.4") + Decimal("0.4") + Decimal("0.5") + Decimal("1.5")
    assert listed == 2 * attempts - 2 + Decimal("0.01")
    # The call of no tokens.
    assert equal == 1
