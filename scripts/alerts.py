"""Announces new alerts of marts.alerts: as JSON lines on stdout, and to webhooks, once each.

    make alerts                          # what is new since the last run
    make alerts DRY_RUN=1                # what would be announced; nothing is sent, nothing is kept
    make alerts SINCE=2026-10-01         # opened since that day, also what was passed over before
    python scripts/alerts.py --undelivered   # what was refused, may not have arrived, or waits

Webhooks stand in LLM_COSTS_ALERTS_WEBHOOKS, quiet hours in LLM_COSTS_ALERTS_QUIET (docs/alerts.md).
What was announced is kept in a SQLite file beside the warehouse, or in LLM_COSTS_ALERTS_STATE. All
but the lines goes to stderr. Exit codes: 0 all that is due was announced, 1 something was not, may
not have been, or cannot be known, 2 wrong arguments or a wrong variable.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime
from pathlib import Path
from time import sleep

import duckdb
from alerting.announcing import DAYS, MOST, Announcer, Asked, Told
from alerting.mart import as_json, read
from alerting.post import Patience, Result, post
from alerting.settings import STATE, SettingError, Webhook, now, quiet, webhooks
from alerting.state import NAME, State, StateError
from publishing.options import add_warehouse
from publishing.warehouse import ReaderError


def positive(text: str) -> float:
    number = float(text)
    if not 0 < number <= 3600:
        raise argparse.ArgumentTypeError(f"{text} is not a number of seconds from 0 to 3600")
    return number


def parse(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_warehouse(parser)
    parser.add_argument(
        "--state", type=Path, metavar="FILE", help=f"default: {STATE}, else {NAME} beside it"
    )
    parser.add_argument(
        "--since",
        type=date.fromisoformat,
        metavar="YYYY-MM-DD",
        help="announce what opened since this day, also what was passed over before (default:"
        f" {DAYS} days before the warehouse's as_of, or the last run, whichever is earlier)",
    )
    parser.add_argument("--dry-run", action="store_true", help="send nothing and keep nothing")
    parser.add_argument(
        "--undelivered", action="store_true", help="only list what has not surely arrived"
    )
    parser.add_argument(
        "--retry-refused", action="store_true", help="send once more what was refused"
    )
    parser.add_argument(
        "--most",
        type=int,
        choices=range(1, 1000),
        default=MOST,
        metavar="N",
        help="messages to a webhook and run; the last one sums up the rest (default: %(default)s)",
    )
    parser.add_argument(
        "--timeout",
        type=positive,
        default=Patience.timeout,
        metavar="SECONDS",
        help="for a connection, and for an answer (default: %(default)s)",
    )
    parser.add_argument(
        "--tries",
        type=int,
        choices=range(1, 11),
        default=Patience.tries,
        metavar="N",
        help="of a message that has surely not arrived (default: %(default)s)",
    )
    parser.add_argument(
        "--backoff",
        type=positive,
        default=Patience.backoff,
        metavar="SECONDS",
        help="before the second try, twice as long before each further one (default: %(default)s)",
    )
    parser.add_argument(
        "--wait",
        type=positive,
        default=300.0,
        metavar="SECONDS",
        help="for another run that is at work (default: %(default)s)",
    )
    options = parser.parse_args(arguments)
    # Not as a default: an empty variable is none.
    options.state = options.state or Path(os.environ.get(STATE) or options.warehouse.parent / NAME)
    return options


def write(text: str) -> None:
    if sys.stdout is None:
        raise OSError("stdout is closed")
    sys.stdout.write(text)
    sys.stdout.flush()


def say(*lines: str) -> None:
    for line in lines:
        print(line, file=sys.stderr)


def list_undelivered(path: Path, wait: float) -> int:
    with State(path, wait, changes=False) as state:
        write("".join(f"{as_json(row)}\n" for row in state.undelivered()))
    return 0


def announce(
    options: argparse.Namespace, environment: Mapping[str, str], clock: Callable[[], datetime]
) -> list[Told]:
    places, hours = webhooks(environment), quiet(environment)
    found = read(options.warehouse)
    if not found.is_complete:
        say("The last run did not rebuild all that it was to: alerts may be missing. `make build`.")
    is_quiet = hours is not None and hours.holds(clock())
    patience = Patience(options.timeout, options.tries, options.backoff, sleep)

    def send(webhook: Webhook, message: bytes, key: str) -> Result:
        if options.dry_run:
            return Result("sent", "dry run", 0)
        return post(webhook, message, key, patience)

    asked = Asked(options.since, options.retry_refused, options.most)
    with State(options.state, options.wait, changes=not options.dry_run) as state:
        cut_off = Told("An earlier run")
        cut_off.problems += [
            f"{destination}: alert {alert} may have arrived, and is not sent again: the run that"
            " sent it was cut off."
            for destination, alert in state.cut_off()
        ]
        announcer = Announcer(found, options.warehouse, state, asked)
        told = [announcer.print_lines(write)]
        say(*cut_off.problems, *told[0].problems, str(told[0]))
        for place in places:
            told.append(announcer.tell(place, is_quiet, send))
            say(*told[-1].problems, str(told[-1]))
    return [cut_off, *told]


def main(arguments: Sequence[str] | None = None, clock: Callable[[], datetime] = now) -> int:
    options = parse(arguments)
    try:
        if options.undelivered:
            return list_undelivered(options.state, options.wait)
        told = announce(options, os.environ, clock)
    except SettingError as error:
        say(f"Nothing was announced. {error}")
        return 2
    except (ReaderError, StateError, OSError, duckdb.Error) as error:
        say(f"Not everything was announced. {error}")
        return 1
    if options.dry_run:
        say("A dry run: nothing was sent, and nothing is kept.")
    return 1 if any(one.problems for one in told) else 0


if __name__ == "__main__":
    sys.exit(main())
