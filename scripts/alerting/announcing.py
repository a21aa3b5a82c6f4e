"""Who is told what, in which order, and what is kept of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from hashlib import sha256
from pathlib import Path

from alerting.mart import SEVERITIES, Alert, Found
from alerting.messages import of_alert, of_rest
from alerting.post import Result
from alerting.settings import STDOUT, Webhook
from alerting.state import State

Post = Callable[[Webhook, bytes, str], Result]

DAYS = 7
# Who is told so many by one run does not read the next.
MOST = 10


@dataclass(frozen=True)
class Asked:
    """What the caller wants otherwise than usual."""

    since: date | None = None
    refused_too: bool = False
    most: int = MOST


@dataclass
class Told:
    """What became of a destination in a run."""

    destination: str
    alone: int = 0
    in_summary: int = 0
    skipped: int = 0
    waiting: dict[str, int] = field(default_factory=dict)
    problems: list[str] = field(default_factory=list)

    def __str__(self) -> str:
        said = [f"{self.alone} announced"]
        if self.in_summary:
            said.append(f"{self.in_summary} in a summary")
        said += [f"{count} wait ({why})" for why, count in self.waiting.items()]
        if self.skipped:
            said.append(f"{self.skipped} skipped (opened earlier, or not grave enough)")
        return f"{self.destination}: {', '.join(said)}"


@dataclass(frozen=True)
class Announcer:
    found: Found
    warehouse: Path
    state: State
    asked: Asked

    def due(self, destination: str, least: str) -> tuple[list[Alert], list[Alert]]:
        """What is to be announced, in order, and what is passed over for good."""
        known = self.state.statuses(destination)
        first_day = self.first_day(destination)
        due, passed_over = [], []
        for alert in self.found.alerts:
            status = known.get(alert.alert_id)
            is_grave = alert.rank <= SEVERITIES.index(least)
            if status is None or (status == "skipped" and self.asked.since):
                is_due = is_grave and (first_day is None or alert.opened_on >= first_day)
            elif status == "waiting" or (status == "refused" and self.asked.refused_too):
                is_due = is_grave
            else:
                continue
            if is_due:
                due.append(alert)
            elif status != "skipped":
                passed_over.append(alert)
        return due, passed_over

    def first_day(self, destination: str) -> date | None:
        """As many days back as is usual, or to the last look where that is longer ago."""
        if self.asked.since or self.found.as_of is None:
            return self.asked.since
        usual = self.found.as_of - timedelta(days=DAYS)
        looked = self.state.looked(destination, self.name)
        return min(usual, looked) if looked else usual

    @property
    def name(self) -> str:
        return str(self.warehouse.resolve())

    def begin(self, destination: str, least: str) -> tuple[Told, list[Alert]]:
        due, passed_over = self.due(destination, least)
        self.state.record(
            destination, passed_over, "skipped", "opened earlier, or not grave enough"
        )
        told = Told(destination, skipped=len(passed_over))
        held = {alert.alert_id for alert in self.found.alerts}
        waiting = [
            of for of, is_now in self.state.statuses(destination).items() if is_now == "waiting"
        ]
        gone = sum(alert not in held for alert in waiting)
        if gone:
            told.waiting["this warehouse does not hold them"] = gone
        return told, due

    def end(self, destination: str) -> None:
        if self.found.as_of is not None:
            self.state.look(destination, self.name, self.found.as_of)

    def print_lines(self, write: Callable[[str], None]) -> Told:
        """Every new alert as a line, at any hour, however many."""
        told, due = self.begin(STDOUT, SEVERITIES[-1])
        if due:
            self.state.record(STDOUT, due, "sending", message="alert", tries=1)
            try:
                write("".join(f"{alert.line()}\n" for alert in due))
            except OSError as error:
                self.state.record(STDOUT, due, "unknown", str(error), "alert")
                told.problems.append(
                    f"{STDOUT}: {len(due)} lines may not all have been written, and are not written"
                    f" again ({error})."
                )
            else:
                self.state.record(STDOUT, due, "sent", message="alert")
                told.alone = len(due)
        self.end(STDOUT)
        return told

    def tell(self, webhook: Webhook, is_quiet: bool, post: Post) -> Told:
        told, due = self.begin(webhook.name, webhook.severity)
        now = [alert for alert in due if alert.rank == 0 or not is_quiet]
        self.wait(told, [alert for alert in due if alert.rank and is_quiet], "quiet hours")
        messages = self.messages(now)
        for position, message in enumerate(messages):
            is_summary = len(message) > 1
            kind = "summary" if is_summary else "alert"
            self.state.record(webhook.name, message, "sending", message=kind)
            if is_summary:
                key = sha256(" ".join(one.alert_id for one in message).encode()).hexdigest()[:32]
                result = post(webhook, of_rest(webhook.format, message, position), key)
            else:
                result = post(webhook, of_alert(webhook.format, message[0]), message[0].alert_id)
            self.state.record(
                webhook.name, message, result.status, result.reason, kind, result.tries
            )
            self.note(told, message, result)
            if not result.others_may_go:
                rest = [alert for later in messages[position + 1 :] for alert in later]
                self.wait(told, rest, "not tried after that")
                break
        self.end(webhook.name)
        return told

    def messages(self, alerts: Sequence[Alert]) -> list[list[Alert]]:
        """Each alone. Of too many the gravest and dearest, and then one message of the rest."""
        if len(alerts) <= self.asked.most:
            return [[alert] for alert in alerts]
        alone = self.asked.most - 1
        return [*([alert] for alert in alerts[:alone]), list(alerts[alone:])]

    def wait(self, told: Told, alerts: Iterable[Alert], why: str) -> None:
        waiting = list(alerts)
        if waiting:
            self.state.record(told.destination, waiting, "waiting", why)
            told.waiting[why] = told.waiting.get(why, 0) + len(waiting)

    def note(self, told: Told, message: Sequence[Alert], result: Result) -> None:
        if result.status == "sent":
            if len(message) > 1:
                told.in_summary += len(message)
            else:
                told.alone += 1
            return
        what = (
            f"alert {message[0].alert_id}"
            if len(message) == 1
            else f"the summary of {len(message)} alerts"
        )
        then = {
            "waiting": "has not arrived, and the next run tries again",
            "refused": "was refused. Once mended, --retry-refused sends it (RETRY_REFUSED=1)",
            "unknown": "may have arrived, and is not sent again: look there",
        }[result.status]
        if result.status == "waiting":
            told.waiting[result.reason] = told.waiting.get(result.reason, 0) + len(message)
        tries = f", {result.tries} tries" if result.tries > 1 else ""
        told.problems.append(f"{told.destination}: {what} {then} ({result.reason}{tries}).")
