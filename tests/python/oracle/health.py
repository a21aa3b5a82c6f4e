"""Whether telemetry arrives, and when (DECISIONS.md, "Telemetry health")."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from itertools import pairwise
from typing import Any, Final

from .attempts import Attempt, Redelivery
from .fields import parse_time, word
from .operations import nearest_rank

DAY: Final = timedelta(days=1)
HOUR: Final = timedelta(hours=1)
ZERO: Final = timedelta(0)


@dataclass
class Source:
    """What one source system sent."""

    attempts: defaultdict[date, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    deliveries: defaultdict[date, list[Attempt]] = field(default_factory=lambda: defaultdict(list))
    # By the date of arrival: deliveries of an earlier date.
    late: defaultdict[date, list[Attempt]] = field(default_factory=lambda: defaultdict(list))

    def ended_silence(self, day: date) -> timedelta | None:
        """The longest silence that an event of the day ended; within neighbouring hours none."""
        moments = sorted(each.occurred_at for each in self.deliveries.get(day, ()))
        pauses = [
            later - earlier for earlier, later in pairwise(moments) if earlier.hour != later.hour
        ]
        before = self.newest(day - DAY)
        if moments and before is not None:
            pauses.append(moments[0] - before)
        return max(pauses, default=None)

    def newest(self, day: date) -> datetime | None:
        """The newest event up to the end of a day."""
        dates = [each for each in self.deliveries if each <= day]
        return max(each.occurred_at for each in self.deliveries[max(dates)]) if dates else None


def _ingested(delivery: Attempt) -> datetime | None:
    return parse_time(delivery.row.get("ingested_at"))


def _read(
    attempts: Sequence[Attempt], redeliveries: Sequence[Redelivery]
) -> defaultdict[str, Source]:
    sources: defaultdict[str, Source] = defaultdict(Source)
    for attempt in attempts:
        name = word(attempt.row.get("source_system")) or "unknown"
        sources[name].attempts[attempt.request_date].append(attempt)
    for delivery in [*attempts, *(each.delivery for each in redeliveries)]:
        source = sources[word(delivery.row.get("source_system")) or "unknown"]
        source.deliveries[delivery.request_date].append(delivery)
        arrived = _ingested(delivery)
        if arrived is not None and arrived.date() > delivery.request_date:
            source.late[arrived.date()].append(delivery)
    return sources


def health_records(
    attempts: Sequence[Attempt],
    redeliveries: Sequence[Redelivery],
    as_of: datetime | None,
) -> Iterator[dict[str, Any]]:
    """One record a UTC date and source."""
    if not attempts or as_of is None:
        return
    sources = _read(attempts, redeliveries)
    last = min(max(attempt.request_date for attempt in attempts), as_of.date())
    records = []
    for name, source in sources.items():
        first = min(source.deliveries)
        reached = [first + DAY * number for number in range((last - first).days + 1)]
        for day in sorted({*reached, *source.deliveries, *source.late}):
            is_reached = first <= day <= last
            records.append(
                {
                    "request_date": day,
                    "source_system": name,
                    **_arrivals(source, day),
                    **_silences(name, sources, day, is_reached, as_of),
                }
            )
    for record in records:
        record["sources_behind"] = sum(
            other["source_state"] == "behind"
            for other in records
            if other["request_date"] == record["request_date"]
        )
    yield from records


def _arrivals(source: Source, day: date) -> dict[str, Any]:
    own, sent = source.attempts.get(day, []), source.deliveries.get(day, [])
    undated = sum(_ingested(each) is None for each in sent)
    delays: dict[object, timedelta] = {}
    for delivery in sent:
        occurred, ingested = parse_time(delivery.row.get("occurred_at")), _ingested(delivery)
        if occurred is None or ingested is None:
            continue
        call = (
            delivery.row.get("external_request_id") or delivery.request_id,
            delivery.row.get("attempt_id"),
            delivery.attempt_number,
            delivery.provider,
            delivery.model,
            occurred,
        )
        delays[call] = min(ingested - occurred, delays.get(call, timedelta.max))
    late_calls = sum(delay > DAY for delay in delays.values())
    seconds = [delay.total_seconds() for delay in delays.values()]
    tokens = {
        kind: [
            count
            for attempt in own
            for count in (attempt.tokens["input_tokens"], attempt.tokens["output_tokens"])
            if count is not None and (kind == "all" or _is_estimated(attempt))
        ]
        for kind in ("all", "estimated")
    }
    known, estimated = sum(tokens["all"]), sum(tokens["estimated"])
    has_tokens = bool(tokens["all"])
    late = source.late.get(day, [])
    return {
        "attempts": len(own),
        "deliveries": len(sent),
        "deliveries_without_ingested_at": undated,
        "without_ingested_at_share": undated / len(sent) if sent else None,
        "timed_calls": len(delays),
        "median_delay_seconds": nearest_rank(seconds, 50),
        "p95_delay_seconds": nearest_rank(seconds, 95),
        "max_delay_seconds": max(seconds, default=None),
        "calls_later_than_a_day": late_calls,
        "later_than_a_day_share": late_calls / len(delays) if delays else None,
        "calls_before_their_time": sum(delay < ZERO for delay in delays.values()),
        "estimated_attempts": sum(map(_is_estimated, own)),
        "tokens": known if has_tokens else None,
        "estimated_tokens": estimated if has_tokens else None,
        "estimated_token_share": estimated / known if known else None,
        "arrived_for_earlier_dates": len(late),
        "arrived_later_than_a_day": sum(each.ingested_at - each.occurred_at > DAY for each in late),
        "oldest_date_arrived_for": min((each.request_date for each in late), default=None),
    }


def _is_estimated(attempt: Attempt) -> bool:
    return word(attempt.row.get("usage_source")) == "estimated"


def _silences(
    name: str,
    sources: defaultdict[str, Source],
    day: date,
    is_reached: bool,
    as_of: datetime,
) -> dict[str, Any]:
    end = datetime.combine(day + DAY, time.min)
    names = (
        *("newest_event_at", "silence_hours", "longest_silence_hours", "usual_silence_hours"),
        *("hours_behind_others", "is_behind_own_rhythm", "is_behind_others"),
    )
    if not is_reached:
        # What lies after as_of is not over, what lies before the source began is of no source.
        return {**dict.fromkeys(names), "is_day_over": False, "source_state": "not_reached"}
    source = sources[name]
    newest = source.newest(day)
    assert newest is not None
    silence = max(min(as_of, end) - newest, ZERO)
    longest = max(silence, source.ended_silence(day) or ZERO)
    rhythm = [
        pause
        for past in sorted(each for each in source.deliveries if each < day)[-28:]
        if (pause := source.ended_silence(past)) is not None
    ]
    usual = nearest_rank(rhythm, 95) if len(rhythm) >= 14 else None
    moments = [other.newest(day) for which, other in sources.items() if which != name]
    others = max((moment for moment in moments if moment is not None), default=None)
    behind = None if others is None else max(others - newest, ZERO)
    limit = None if usual is None else max(usual * 2, HOUR)
    if silence >= 28 * DAY:
        state = "ended"
    elif limit is None:
        state = "too_little_history"
    else:
        state = "behind" if longest > limit else "in_rhythm"
    return {
        "is_day_over": as_of >= end,
        "newest_event_at": newest,
        "silence_hours": silence / HOUR,
        "longest_silence_hours": longest / HOUR,
        "usual_silence_hours": None if usual is None else usual / HOUR,
        "hours_behind_others": None if behind is None else behind / HOUR,
        "is_behind_own_rhythm": None if limit is None else longest > limit,
        "is_behind_others": None if limit is None or behind is None else behind > limit,
        "source_state": state,
    }
