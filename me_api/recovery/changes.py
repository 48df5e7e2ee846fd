"""Changes of sessions, applied in the committer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, delete, insert, update

from me_api.eventlog import Change, Transaction
from me_api.recovery.models import Session

_DELETE = delete(Session).where(Session.pid == bindparam("b_pid"))
_TOUCH = update(Session).where(Session.pid == bindparam("b_pid"))
_EXPIRE = delete(Session).where(Session.seen < bindparam("b_expired"))


@dataclass(frozen=True, slots=True)
class SaveSession(Change):
    """Save the present state of a session."""

    pid: str
    namespace: str
    sender: str
    nick: str | None
    start: int
    topics: dict[str, int]

    def apply(self, transaction: Transaction) -> None:
        self.apply_all(transaction, [self])

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Save all with two statements; of several states of a session the last counts."""
        newest = {change.pid: change for change in changes}
        rows = [change.row(transaction.now) for change in newest.values()]
        transaction.connection.execute(_DELETE, [{"b_pid": pid} for pid in newest])
        transaction.connection.execute(insert(Session), rows)
        return [None] * len(changes)

    def row(self, now: str) -> dict[str, Any]:
        """Return the row of the table `sessions`."""
        return {
            "pid": self.pid,
            "namespace": self.namespace,
            "sender": self.sender,
            "nick": self.nick,
            "start": self.start,
            "topics": self.topics,
            "seen": now,
        }


@dataclass(frozen=True, slots=True)
class EndSessions(Change):
    """Delete sessions that their clients have ended."""

    pids: tuple[str, ...]

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(_DELETE, [{"b_pid": pid} for pid in self.pids])


@dataclass(frozen=True, slots=True)
class TouchSessions(Change):
    """Record that sessions are or were just connected; delete those last seen before `expired`."""

    pids: tuple[str, ...]
    expired: str

    def apply(self, transaction: Transaction) -> None:
        self.apply_all(transaction, [self])

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Update and delete with one statement each."""
        touched = [{"b_pid": pid, "seen": transaction.now} for c in changes for pid in c.pids]
        if touched:
            transaction.connection.execute(_TOUCH, touched)
        expired = max(change.expired for change in changes)
        transaction.connection.execute(_EXPIRE, {"b_expired": expired})
        return [None] * len(changes)
