"""Connection state recovery: finds the session of a client that reconnects with pid and offset.

The rules are in `docs/protocol.md`, section Recovery.
"""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from orjson import loads
from sqlalchemy import Text, bindparam, cast, select

from me_api.auth.identity import digest
from me_api.config import Settings
from me_api.errors import Gone
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.recovery.changes import SaveSession, TouchSessions
from me_api.recovery.models import Session
from me_api.storage.statements import CompiledStatement

_POSITION = re.compile(r"0|[1-9][0-9]{0,15}")
_FIND = CompiledStatement(
    select(
        Session.namespace,
        Session.sender,
        Session.nick,
        Session.start,
        cast(Session.topics, Text),
        Session.seen,
        Session.node,
    ).where(Session.pid == bindparam("pid"))
)
_NODES = select(Session.pid, Session.node).where(Session.pid.in_(bindparam("pids", expanding=True)))
SID_LENGTH = 20


@dataclass(frozen=True, slots=True)
class Resumption:
    """A session that can be resumed.

    The client has everything up to `after`. `fresh` is whether the session was recorded as
    connected within one heartbeat interval, so that it need not be recorded again.
    """

    stored: SaveSession
    topics: dict[str, int]
    after: int
    fresh: bool

    @property
    def nick(self) -> str | None:
        """The nick that the session had."""
        return self.stored.nick

    @property
    def start(self) -> int:
        """The position at which the session began."""
        return self.stored.start


class Recovery:
    """Finds sessions within the settings' limits of hours and of changes."""

    def __init__(self, settings: Settings) -> None:
        self._window = timedelta(hours=settings.recovery_hours)
        self._limit = settings.recovery_limit
        self.refresh = min(30.0, self._window.total_seconds() / 8)
        """Seconds between two heartbeats, which record that sessions are connected."""

    def find(self, pid: str, offset: str | None, namespace: str, sender: str) -> Resumption | None:
        """Return the session to resume; None if it is another sender's or cannot be complete.

        `offset` is the last one that the client received, None if it received none.
        """
        hashed = digest(pid)
        rows = _FIND.rows(db.engine, {"pid": hashed})
        if not rows or rows[0][:2] != (namespace, sender):
            return None
        *_, nick, start, topics, seen, node = rows[0]
        if seen < self._oldest():
            return None
        offered = _position(offset)
        if offered is None:
            return None  # What the client has is unknown: a replay could repeat it.
        if offered > log.delivered:
            # The client may have received it from another process.
            log.tail.catch_up()
        if offered > log.delivered:
            return None  # From before the database was restored from a backup.
        stored = SaveSession(hashed, namespace, sender, nick, start, loads(topics), node)
        fresh = seen > _ago(timedelta(seconds=self.refresh))
        return Resumption(stored, stored.topics, max(offered, start), fresh)

    def nodes(self, pids: list[str]) -> dict[str, str | None]:
        """Return at which nodes the sessions with these hashed pids are, if they are on disk."""
        with db.engine.connect() as connection:
            return dict(connection.execute(_NODES, {"pids": pids}).tuples().all())

    def within_limit(self, topics: Mapping[str, int], after: int) -> bool:
        """Return whether the changes to replay are all there, and within the settings' limit."""
        try:
            log.tail.check_complete(topics, after)
            # Cheap and sufficient: no more changes than positions.
            if log.delivered - after <= self._limit:
                return True
            return log.tail.count(topics, after, self._limit + 1) <= self._limit
        except Gone:
            return False

    def touch(self, pids: list[str]) -> TouchSessions:
        """Return the change that records these sessions as seen now, and deletes expired ones."""
        return TouchSessions(tuple(pids), self._oldest())

    def _oldest(self) -> str:
        """Return the time since which a session must have been seen."""
        # A session that is connected was recorded at most two intervals ago: one passes between
        # two heartbeats, and one after a resumption, which is not recorded while it is fresh.
        return _ago(self._window + timedelta(seconds=2 * self.refresh))


def new_pid() -> str:
    """Return a new secret by which a client resumes its session."""
    return secrets.token_urlsafe(24)


def sid_of(pid: str) -> str:
    """Return the id of a session in public, which lasts as long as its pid but does not reveal it.

    Connection state recovery promises that `socket.id` stays.
    """
    return digest(f"sid {pid}")[:SID_LENGTH]


def _ago(time: timedelta) -> str:
    return timestamp(datetime.now(UTC) - time)


def _position(offset: str | None) -> int | None:
    """Parse an offset: 0, which leaves the session's start, without one; None if it is invalid."""
    if offset is None:
        return 0
    return int(offset) if _POSITION.fullmatch(offset) else None
