"""The written ground truth: what was planted, when, where and how large.

The generator reads its multipliers from here, so expectations cannot drift from the data.
Incidents keep apart in time, and no endpoint with a release under test has another incident or a
price change within 28 days of that release.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime


@dataclass(frozen=True)
class Incident:
    incident_id: str
    kind: str
    starts_at: datetime
    ends_at: datetime
    endpoint_tag: str
    prompt_version: str
    tenant_id: str
    model: str
    user_scope: str
    magnitude: float
    magnitude_unit: str
    expected_spike_class: str
    description: str

    def covers(self, tag: str, at: datetime) -> bool:
        return tag == self.endpoint_tag and self.starts_at <= at < self.ends_at


def utc(month: int, day: int, hour: int = 0) -> datetime:
    return datetime(2026, month, day, hour, tzinfo=UTC)


ROUTING_DRIFT = Incident(
    "I01", "routing_drift", utc(7, 20), utc(7, 27), "support.reply", "", "", "gpt-5.6-sol", "",
    0.85, "share of low-risk replies on the premium model", "mixed",
    "A routing rule sends low-risk intents to the premium model for a week",
)  # fmt: skip
CONTEXT_CREEP = Incident(
    "I02", "context_creep", utc(8, 3), utc(8, 10), "support.reply", "", "", "", "",
    10.0, "history tokens per turn, times normal", "token",
    "The history cap is off: whole threads are sent back with every turn",
)  # fmt: skip
ABUSE_BURST = Incident(
    "I03", "abuse_burst", utc(8, 12, 1), utc(8, 12, 5), "support.reply", "", "", "", "unknown",
    380, "requests by one unknown user", "abuse",
    "Somebody scrapes the public chat by night; nearly half of the requests fail",
)  # fmt: skip
RETRY_STORM = Incident(
    "I04", "retry_storm", utc(8, 19, 8), utc(8, 20, 16), "support.reply", "", "", "", "",
    8.0, "attempts per request", "retry_storm",
    "The provider times out for 32 hours and the client retries without a limit",
)  # fmt: skip
RAG_ANSWER_IMPROVED = Incident(
    "I05", "prompt_improvement", utc(8, 27, 8), utc(10, 26), "support.rag_answer", "ragans_v5",
    "", "", "", -0.32, "relative change of tokens per request", "none",
    "Passages are trimmed before the answer: cheaper, same outcome",
)  # fmt: skip
VERBOSITY = Incident(
    "I06", "verbosity", utc(8, 31), utc(9, 7), "docs.summarize", "", "", "", "",
    5.0, "output tokens per request, times normal", "token",
    "The output cap is lost in a configuration change: summaries grow long",
)  # fmt: skip
SUMMARY_HARMLESS = Incident(
    "I07", "harmless_release", utc(9, 8, 8), utc(10, 26), "support.thread_summary", "summary_v8",
    "", "", "", 0.0, "relative change of tokens per request", "none",
    "A wording change that costs nothing",
)  # fmt: skip
TOP_K_DRIFT = Incident(
    "I08", "top_k_drift", utc(9, 14), utc(9, 21), "rag.answer", "", "", "", "",
    24, "chunks asked for (8 before)", "token",
    "Retrieval asks for three times the chunks while the hit rate falls",
)  # fmt: skip
REPLY_REGRESSED = Incident(
    "I09", "prompt_regression", utc(9, 22, 8), utc(10, 15, 8), "support.reply", "reply_v12",
    "", "", "", 0.47, "relative change of tokens per request", "deploy",
    "More examples in the system prompt and longer answers, no better outcome",
)  # fmt: skip
CODE_DOMINANCE = Incident(
    "I10", "tenant_dominance", utc(10, 5), utc(10, 10), "dev.generate_patch", "", "bluefin", "", "",
    26, "extra patches by one tenant", "volume",
    "One customer migrates its code base and takes over a third of the week",
)  # fmt: skip
REPLY_IMPROVED = Incident(
    "I11", "prompt_improvement", utc(10, 15, 8), utc(10, 26), "support.reply", "reply_v13",
    "", "", "", -0.32, "relative change of tokens per request", "none",
    "The examples are removed again",
)  # fmt: skip
DOCS_HARMLESS = Incident(
    "I12", "harmless_release", utc(10, 6, 8), utc(10, 26), "docs.summarize", "docsum_v6",
    "", "", "", 0.0, "relative change of tokens per request", "none",
    "Headings in bold: no change of cost",
)  # fmt: skip

PLANTED = (
    ROUTING_DRIFT, CONTEXT_CREEP, ABUSE_BURST, RETRY_STORM, RAG_ANSWER_IMPROVED, VERBOSITY,
    SUMMARY_HARMLESS, TOP_K_DRIFT, REPLY_REGRESSED, CODE_DOMINANCE, REPLY_IMPROVED, DOCS_HARMLESS,
)  # fmt: skip
