"""Recovery: what a client that comes back with a pid and an offset is still to get.

The rules are those of `docs/protocol.md`, section Recovery.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orjson import loads
from sqlalchemy import Text, bindparam, cast, select

from me_api.auth.identity import digest
from me_api.config import Settings
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.recovery.changes import SaveSession, TouchSessions
from me_api.recovery.models import Session
from me_api.storage.statements import CompiledStatement

_FIND = CompiledStatement(
    select(
        Session.namespace,
        Session.sender,
        Session.nick,
        Session.start,
        cast(Session.topics, Text),
        Session.seen,
    ).where(Session.pid == bindparam("pid"))
)


@dataclass(frozen=True, slots=True)
class Resumption:
    """A session that goes on: what it follows, and the position it has everything up to.

    `fresh` tells that it was noted a moment ago that its client is connected.
    """

    stored: SaveSession
    topics: dict[str, int]
    after: int
    fresh: bool

    @property
    def nick(self) -> str | None:
        """The nick it had."""
        return self.stored.nick

    @property
    def start(self) -> int:
        """The position at which it began."""
        return self.stored.start


class Recovery:
    """Finds sessions within the window of time and number that the settings give."""

    def __init__(self, settings: Settings) -> None:
        self._window = timedelta(hours=settings.recovery_hours)
        self._limit = settings.recovery_limit
        self.refresh = min(30.0, self._window.total_seconds() / 8)
        """Seconds between two notes that a client is connected."""

    def find(self, pid: str, offset: str | None, namespace: str, sender: str) -> Resumption | None:
        """Find the session to go on with; None where it would not be complete or is another's."""
        hashed = digest(pid)
        found = _FIND.rows(db.engine, {"pid": hashed})
        if not found or found[0][:2] != (namespace, sender):
            return None
        *_, nick, start, topics, seen = found[0]
        if seen < self._oldest():
            return None
        offered = _position(offset)
        if offered > log.delivered:
            log.tail.catch_up()
        if offered > log.delivered:
            return None
        stored = SaveSession(hashed, namespace, sender, nick, start, loads(topics))
        fresh = seen > _ago(timedelta(seconds=self.refresh))
        return Resumption(stored, stored.topics, max(offered, start), fresh)

    def within_limit(self, topics: Mapping[str, int], after: int) -> bool:
        """Tell whether the changes to be replayed are not too many."""
        if log.delivered - after <= self._limit:
            return True
        return log.tail.count(topics, after, self._limit + 1) <= self._limit

    def touch(self, pids: list[str]) -> TouchSessions:
        """Make the change that notes these clients as seen now."""
        return TouchSessions(tuple(pids), self._oldest())

    def _oldest(self) -> str:
        """Give the time a session must have been seen since.

        Who is connected was noted at most two refreshes ago: one passes between two notes, and
        one after a return, which is not noted where the last note is fresh.
        """
        return _ago(self._window + timedelta(seconds=2 * self.refresh))


def new_pid() -> str:
    """Make the secret by which a client comes back."""
    return secrets.token_urlsafe(24)


def _ago(time: timedelta) -> str:
    return timestamp(datetime.now(UTC) - time)


def _position(offset: str | None) -> int:
    """Read an offset; one that is no position says nothing, and the session's start counts."""
    return int(offset) if offset is not None and offset.isascii() and offset.isdigit() else 0
