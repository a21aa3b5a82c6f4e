"""What a webhook is sent: the row as it is (json), or what a person needs of it (slack).

Texts of a row come from whoever names endpoints, versions and tenants. In Slack they can neither
call anybody, nor lead anywhere, nor be longer than Slack takes.
"""

from __future__ import annotations

import json
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Any

from alerting.mart import SEVERITIES, Alert, plain

# Slack's limits: 3,000 characters a text, 2,000 a field, 10 fields, and all blocks of a message
# together somewhat over 13,000.
TEXT, FIELD, PREVIEW = 2500, 250, 600
NOT_KNOWN = "not known"


def of_alert(form: str, alert: Alert) -> bytes:
    if form == "slack":
        return encoded(slack_alert(alert))
    return encoded(
        {"message": "alert", "alert": {name: plain(value) for name, value in alert.row.items()}}
    )


def of_rest(form: str, rest: Sequence[Alert], sent: int) -> bytes:
    """One message for all that would be too many: how many, of what, and where they stand."""
    counts = {
        "by_severity": tally(str(alert.row["severity"]) for alert in rest),
        "by_kind": tally(str(alert.row["alert_kind"]) for alert in rest),
    }
    days = [alert.opened_on for alert in rest]
    if form == "slack":
        return encoded(slack_rest(counts, len(rest), sent, str(min(days)), str(max(days))))
    summary = {
        "alerts": len(rest),
        **counts,
        "opened_from": str(min(days)),
        "opened_to": str(max(days)),
        "where": "marts.alerts",
        "alert_ids": [alert.alert_id for alert in rest],
    }
    return encoded({"message": "summary", "summary": summary})


def tally(words: Iterable[str]) -> dict[str, int]:
    found = Counter(words)
    known = [severity for severity in SEVERITIES if severity in found]
    return {word: found[word] for word in [*known, *sorted(set(found) - set(known))]}


def encoded(message: dict[str, Any]) -> bytes:
    return json.dumps(message, allow_nan=False).encode("ascii")


def escaped(value: Any, limit: int) -> str:
    """One line of text for Slack, at most `limit` characters with what stands for &, < and >."""
    text = "".join(
        " " if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") else character
        for character in str(value)[: 2 * limit]
    )
    text = " ".join(text.split())
    said: list[str] = []
    length = 0
    for character in text:
        part = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}.get(character, character)
        # Slack does not say what it counts; a character outside of the first plane may be two.
        length += max(len(part), len(character.encode("utf-16-le")) // 2)
        if length > limit - 3:
            return "".join(said).rstrip() + "..."
        said.append(part)
    return "".join(said)


def shown(value: Any, limit: int = FIELD) -> str:
    if value is None or value == "":
        return NOT_KNOWN
    if isinstance(value, float):
        return f"{value:.6g}"
    return escaped(plain(value), limit)


def dollars(value: Decimal | None) -> str:
    if value is None:
        return NOT_KNOWN
    if 0 < abs(value) < Decimal("0.01"):
        return "under USD 0.01"
    return f"USD {value:,.2f}"


def title(alert: Alert, limit: int = FIELD) -> str:
    row = alert.row
    kind = shown(row["alert_kind"], limit).replace("_", " ")
    severity = shown(str(row["severity"]).upper(), limit)
    # Two budgets may be for the same.
    named = (
        ("budget", row["budget_id"])
        if row.get("budget_id")
        else (row["scope_type"], row["scope_value"])
    )
    scope = " ".join(shown(part, limit) for part in named)
    changed = " (worsened)" if row["change"] == "worsened" else ""
    return f"{severity}: {kind}{changed}, {scope}"


def slack_alert(alert: Alert) -> dict[str, Any]:
    row = alert.row
    numbers = (
        f"{shown(row['value'])}, usually {shown(row['baseline'])}, limit {shown(row['threshold'])}"
    )
    behind = [
        shown(row[column])
        for column in ("endpoint_tag", "driver_tenant_id", "prompt_version", "model")
        if row.get(column)
    ]
    facts = (
        # What a budget came to is its evidence.
        *(() if row.get("budget_id") else ((shown(row["metric"]), numbers),)),
        *((("Class", shown(row["spike_class"])),) if row.get("spike_class") else ()),
        *((("Behind it", ", ".join(behind)),) if behind else ()),
        ("Impact", dollars(row["impact_usd"])),
        ("Day", shown(row["opened_on"])),
        ("Owner", shown(row["owner"])),
        ("Escalation", shown(row["escalation_path"])),
        ("Runbook", shown(row["runbook"])),
    )
    fields = [mrkdwn(f"*{name}*\n{value}") for name, value in facts]
    return slack(
        f"{title(alert, PREVIEW // 8)}. {shown(row['evidence'], PREVIEW)}",
        {"type": "section", "text": mrkdwn(f"*{title(alert)}*")},
        {"type": "section", "text": mrkdwn(shown(row["evidence"], TEXT))},
        {"type": "section", "fields": fields},
        {"type": "context", "elements": [mrkdwn(f"alert {shown(alert.alert_id)}")]},
    )


def slack_rest(
    counts: dict[str, dict[str, int]], alerts: int, sent: int, first: str, last: str
) -> dict[str, Any]:
    severities, kinds = (
        ", ".join(f"{count:,} {escaped(name, FIELD)}" for name, count in list(of.items())[:20])
        for of in counts.values()
    )
    before = f"{alerts:,} more alerts" if sent else f"{alerts:,} alerts"
    text = f"{before}: {severities}"
    where = f"{kinds.replace('_', ' ')}. Opened {first} to {last}; they stand in `marts.alerts`."
    return slack(
        f"{text}. They stand in marts.alerts.",
        {"type": "section", "text": mrkdwn(f"*{text}*")},
        {"type": "section", "text": mrkdwn(where)},
    )


def mrkdwn(text: str) -> dict[str, Any]:
    # verbatim: names and addresses in a text stay text.
    return {"type": "mrkdwn", "text": text, "verbatim": True}


def slack(text: str, *blocks: dict[str, Any]) -> dict[str, Any]:
    return {"text": text, "blocks": list(blocks), "unfurl_links": False, "unfurl_media": False}
