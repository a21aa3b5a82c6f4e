"""What the environment says of webhooks and quiet hours. A URL is a secret: it is never shown."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, time
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import requests

from alerting.mart import SEVERITIES

WEBHOOKS = "LLM_COSTS_ALERTS_WEBHOOKS"
QUIET = "LLM_COSTS_ALERTS_QUIET"
STATE = "LLM_COSTS_ALERTS_STATE"
FORMATS = ("json", "slack")
# The lines on stdout are kept by this name.
STDOUT = "stdout"
# A relay on the machine itself; nobody listens between.
OF_THIS_MACHINE = ("127.0.0.1", "::1", "localhost")


class SettingError(Exception):
    """A variable that says something else than it may; the message has both."""


@dataclass(frozen=True)
class Webhook:
    name: str
    format: str
    severity: str  # the least grave that it gets
    url: str = field(repr=False)

    def __str__(self) -> str:
        return f"{self.name} ({self.format}, {self.severity}, {masked(self.url)})"


@dataclass(frozen=True)
class Quiet:
    """Hours on the clock of a place, which may go over midnight."""

    starts: time
    ends: time
    zone: ZoneInfo

    def holds(self, moment: datetime) -> bool:
        there = moment.astimezone(self.zone).time()
        if self.starts < self.ends:
            return self.starts <= there < self.ends
        return there >= self.starts or there < self.ends


def masked(url: str) -> str:
    """Where it leads, and nothing that lets anybody post there."""
    host = re.match(r"(https?://)(?:[^/?#]*@)?([A-Za-z0-9.-]+|\[[0-9a-fA-F:.]+\])", url)
    return f"{host[1]}{host[2]}/..." if host else "..."


def word(text: str, known: tuple[str, ...]) -> str:
    """A word as it is shown in a message: one that could be a part of a secret is not."""
    return text if text in known or re.fullmatch("[A-Za-z]{0,12}", text) else "..."


def wrong(entry: str, why: str) -> SettingError:
    name, _, rest = entry.partition("=")
    parts = rest.split(",", 2)
    shown = [word(part, ()) for part in parts[:2]] + [masked(part) for part in parts[2:]]
    said = f"{word(name, ())}={','.join(shown)}" if rest else masked(entry)
    return SettingError(
        f"{WEBHOOKS} has the entry {said!r}: {why}. Expected NAME=FORMAT,SEVERITY,URL, e.g."
        " oncall=slack,critical,https://... with the format json or slack, the least severity"
        " critical, warning or info, and blanks between entries."
    )


def webhook(entry: str) -> Webhook:
    name, equals, rest = entry.partition("=")
    parts = rest.split(",", 2)
    if not equals or len(parts) != 3:
        raise wrong(entry, "it has not all of its parts")
    form, severity, url = parts
    if not re.fullmatch("[a-z][a-z0-9_-]{0,39}", name) or name == STDOUT:
        raise wrong(
            entry, f"a name is small letters, digits, _ and -, at most 40, and not {STDOUT}"
        )
    if form not in FORMATS:
        raise wrong(entry, "there is no such format")
    if severity not in SEVERITIES:
        raise wrong(entry, "there is no such severity")
    check_url(entry, url)
    return Webhook(name, form, severity, url)


def check_url(entry: str, url: str) -> None:
    try:
        parts = urlsplit(url)
        # What cannot be posted to is found here, not when there is something to say.
        requests.Request("POST", url).prepare()
        host, _ = parts.hostname, parts.port
    # What a broken name of a host raises is a ValueError too. Its text may hold the URL.
    except (requests.RequestException, ValueError):
        raise wrong(entry, "its URL cannot be read") from None
    if not host or parts.scheme not in ("https", "http"):
        raise wrong(entry, "its URL does not begin with https:// and a host")
    if parts.scheme == "http" and host not in OF_THIS_MACHINE:
        raise wrong(entry, "a URL needs https, but for one of this machine")


def webhooks(environment: Mapping[str, str]) -> tuple[Webhook, ...]:
    found = tuple(webhook(entry) for entry in environment.get(WEBHOOKS, "").split())
    for of in ("name", "url"):
        for first, second in twins(found, of):
            raise SettingError(
                f"{WEBHOOKS} has two entries with the same {of.replace('url', 'URL')}:"
                f" {first} and {second}. Each place is named once."
            )
    return found


def twins(found: tuple[Webhook, ...], of: str) -> Iterator[tuple[Webhook, Webhook]]:
    for position, second in enumerate(found):
        for first in found[:position]:
            if getattr(first, of) == getattr(second, of):
                yield first, second


def quiet(environment: Mapping[str, str]) -> Quiet | None:
    text = environment.get(QUIET, "").strip()
    if not text:
        return None
    expected = (
        f"{QUIET} is {text!r}. Expected HH:MM-HH:MM and the name of a time zone, e.g."
        " 20:00-07:00 Europe/Berlin (without a zone: UTC), with a start that is not the end."
    )
    parts = re.fullmatch(r"(\d\d:\d\d)-(\d\d:\d\d)(?:\s+(\S+))?", text, re.ASCII)
    if parts is None:
        raise SettingError(expected)
    try:
        starts, ends = time.fromisoformat(parts[1]), time.fromisoformat(parts[2])
        zone = ZoneInfo(parts[3] or "UTC")
    # A folder of zones, such as Europe, is no zone.
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise SettingError(expected) from None
    if starts == ends:
        raise SettingError(expected)
    return Quiet(starts, ends, zone)


def now() -> datetime:
    return datetime.now(UTC)
