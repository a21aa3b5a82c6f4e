"""What was announced, to whom: a SQLite file, because the warehouse is replaced and this is not.

    sending   written before a message leaves. Found by the next run: it may have arrived
    sent      the other side has taken it
    unknown   it may have arrived, and is never sent again
    refused   it has not arrived, and would be refused again (--retry-refused)
    waiting   it has not been sent yet: quiet hours, or the other side was out of order
    skipped   it is none for this destination: too old, or not grave enough

One run at a time has the file. SQLite's own lock does that: it ends with its process, however.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path
from typing import Any

from alerting.mart import Alert

NAME = "alerts_announced.sqlite"
# "LLMA": a SQLite file of somebody else's is not written to.
APPLICATION, VERSION = 0x4C4C4D41, 1
TABLES = """
    create table announcements (
        destination text not null,
        alert_id text not null,
        status text not null
            check (status in ('sending', 'sent', 'unknown', 'refused', 'waiting', 'skipped')),
        message text not null check (message in ('alert', 'summary', 'none')),
        opened_on text not null,
        tries integer not null,
        reason text not null,
        changed_at text not null,
        primary key (destination, alert_id)
    );
    create table looks (
        destination text not null,
        warehouse text not null,
        as_of text not null,
        primary key (destination, warehouse)
    );
"""
COLUMNS = (
    *("destination", "alert_id", "status", "message", "opened_on", "tries", "reason"),
    "changed_at",
)


class StateError(Exception):
    """The state cannot be had, so that nothing may be announced; the message says why."""


class State:
    def __init__(self, path: Path, wait: float, changes: bool = True) -> None:
        """`changes` False: a copy in memory, for a run that only says what it would do."""
        self.path = path
        try:
            if changes:
                self.connection = self._own(path, wait)
            else:
                self.connection = sqlite3.connect(":memory:", isolation_level=None)
                if path.is_file():
                    copy(path, wait, self.connection)
        except sqlite3.Error as error:
            raise StateError(self._said(error)) from error
        try:
            self._prepare()
        except BaseException as error:
            self.connection.close()
            if isinstance(error, sqlite3.Error):
                raise StateError(self._said(error)) from error
            raise

    def _own(self, path: Path, wait: float) -> sqlite3.Connection:
        connection = sqlite3.connect(path, timeout=wait, isolation_level=None)
        # What is written is on the disk before a message leaves, and the lock is kept to the end.
        connection.execute("pragma synchronous = full")
        connection.execute("pragma locking_mode = exclusive")
        return connection

    def _prepare(self) -> None:
        with self._together():
            (application,) = self.connection.execute("pragma application_id").fetchone()
            (version,) = self.connection.execute("pragma user_version").fetchone()
            (tables,) = self.connection.execute("select count(*) from sqlite_schema").fetchone()
            if not tables:
                for statement in TABLES.split(";"):
                    self.connection.execute(statement)
                self.connection.execute(f"pragma application_id = {APPLICATION}")
                self.connection.execute(f"pragma user_version = {VERSION}")
            elif (application, version) != (APPLICATION, VERSION):
                raise StateError(
                    f"{self.path} is not the state of `make alerts`, or that of another version."
                    " Name another file in LLM_COSTS_ALERTS_STATE."
                )

    def _said(self, error: sqlite3.Error) -> str:
        if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_BUSY:
            return f"Another run of `make alerts` has {self.path} and did not end in time."
        return (
            f"What was announced before cannot be read or kept in {self.path}: {error}. Without it"
            " an alert could be announced twice. Mend the file, or name another one in"
            " LLM_COSTS_ALERTS_STATE."
        )

    def __enter__(self) -> State:
        return self

    def __exit__(self, *_: object) -> None:
        self.connection.close()

    @contextmanager
    def _together(self) -> Iterator[None]:
        self.connection.execute("begin exclusive")
        try:
            yield
        except BaseException:
            self.connection.execute("rollback")
            raise
        self.connection.execute("commit")

    def _ask(self, sql: str, *parameters: str) -> list[tuple[Any, ...]]:
        try:
            return self.connection.execute(sql, parameters).fetchall()
        except sqlite3.Error as error:
            raise StateError(self._said(error)) from error

    def statuses(self, destination: str) -> dict[str, str]:
        return dict(
            self._ask(
                "select alert_id, status from announcements where destination = ?", destination
            )
        )

    def record(
        self,
        destination: str,
        alerts: Iterable[Alert],
        status: str,
        reason: str = "",
        message: str = "none",
        tries: int = 0,
    ) -> None:
        """All of them, or none. Tries are counted from run to run."""
        try:
            with self._together():
                self.connection.executemany(
                    """
                    insert into announcements
                    values (?, ?, ?, ?, ?, ?, ?, strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))
                    on conflict do update set
                        status = excluded.status, reason = excluded.reason,
                        message = excluded.message, tries = tries + excluded.tries,
                        changed_at = excluded.changed_at
                    """,
                    [
                        (
                            *(destination, one.alert_id, status, message, str(one.opened_on)),
                            *(tries, reason),
                        )
                        for one in alerts
                    ],
                )
        except sqlite3.Error as error:
            raise StateError(self._said(error)) from error

    def cut_off(self) -> list[tuple[str, str]]:
        """What a run had begun to send that did not come to its end: destination and alert."""
        try:
            with self._together():
                found = self.connection.execute(
                    "select destination, alert_id from announcements where status = 'sending'"
                    " order by 1, 2"
                ).fetchall()
                self.connection.execute(
                    "update announcements set status = 'unknown',"
                    " reason = 'the run that sent it was cut off' where status = 'sending'"
                )
        except sqlite3.Error as error:
            raise StateError(self._said(error)) from error
        return found

    def looked(self, destination: str, warehouse: str) -> date | None:
        """The day for which this warehouse spoke when the destination was last told."""
        found = self._ask(
            "select as_of from looks where destination = ? and warehouse = ?",
            *(destination, warehouse),
        )
        return date.fromisoformat(found[0][0]) if found else None

    def look(self, destination: str, warehouse: str, as_of: date) -> None:
        self._ask(
            "insert or replace into looks values (?, ?, ?)", destination, warehouse, str(as_of)
        )

    def undelivered(self) -> list[dict[str, object]]:
        """What was refused, may not have arrived, or waits."""
        rows = self._ask(
            f"select {', '.join(COLUMNS)} from announcements"
            " where status in ('sending', 'unknown', 'refused', 'waiting') order by 1, 5, 2"
        )
        return [dict(zip(COLUMNS, row, strict=True)) for row in rows]


def copy(path: Path, wait: float, into: sqlite3.Connection) -> None:
    source = sqlite3.connect(
        f"{path.resolve().as_uri()}?mode=rw", uri=True, timeout=wait, isolation_level=None
    )
    try:
        # Holds the file first: a copy of a locked one would wait for ever.
        source.execute("begin")
        source.execute("select count(*) from sqlite_schema").fetchone()
        source.backup(into)
    finally:
        source.close()
