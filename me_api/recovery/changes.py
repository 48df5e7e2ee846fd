"""Changes of sessions, applied in the committer's transaction."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orjson import dumps
from sqlalchemy import Connection, bindparam, delete, insert, or_, select, update

from me_api.eventlog import BatchDraft, Numbers, OptimisticChange, Transaction
from me_api.recovery.models import Session
from me_api.storage.statements import CompiledStatement

_DELETE = delete(Session).where(Session.pid == bindparam("b_pid"))
_HERE = or_(Session.node.is_(None), Session.node == bindparam("b_node"))
_OTHERS = select(Session.pid).where(
    Session.pid.in_(bindparam("b_pids", expanding=True)), Session.node != bindparam("b_node")
)
_DELETE_COMPILED, _INSERT = CompiledStatement(_DELETE), CompiledStatement(insert(Session))
_TOUCH = update(Session).where(Session.pid == bindparam("b_pid"))
_EXPIRE = delete(Session).where(Session.seen < bindparam("b_expired"))


class SessionPart:
    """What a batch does to sessions; of several changes of one, the last counts.

    It needs nothing to have been read. The database's function stores it (`me_api_sessions_2` in
    `migrations/commit_2.sql`).
    """

    def __init__(self, changes: Sequence[SessionChange]) -> None:
        self.outcomes: list[Any] = [None] * len(changes)
        self.saved: dict[str, dict[str, Any]] = {}
        self.deleted: set[str] = set()
        self.touched: set[str] = set()
        self.expired: str | None = None
        self.node: str | None = None
        for change in changes:
            change.add_to(self)

    def document(self) -> dict[str, Any]:
        """Return what to save, delete and touch."""
        return {
            "save": list(self.saved.values()),
            "delete": list(self.deleted),
            "touch": list(self.touched),
            "expired": self.expired,
            "node": self.node,
        }

    def complete(self, numbers: Numbers) -> None:
        """Do nothing: no outcome holds what the database assigns."""


class SessionChange(OptimisticChange):
    """A change of sessions."""

    part = "sessions"

    @classmethod
    def prepare_all(
        cls, connection: Connection, draft: BatchDraft, changes: Sequence[Any]
    ) -> SessionPart:
        """Put the changes together, in their order."""
        return SessionPart(changes)

    @abstractmethod
    def add_to(self, part: SessionPart) -> None:
        """Add what is to be done, after the changes before this one."""


@dataclass(frozen=True, slots=True)
class SaveSession(SessionChange):
    """Save the present state of a session.

    One that another node has resumed is left as it is, unless this change `claims` it.
    """

    pid: str
    namespace: str
    sender: str
    nick: str | None
    start: int
    topics: dict[str, int]
    node: str | None = None
    claims: bool = field(default=False, compare=False)

    def apply(self, transaction: Transaction) -> None:
        self.apply_all(transaction, [self])

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Save all with two statements; of several states of a session the last counts."""
        newest = {change.pid: change for change in changes}
        for pid in _elsewhere(transaction, changes):
            del newest[pid]
        if not newest:
            return [None] * len(changes)
        rows = [change.row(transaction.now) for change in newest.values()]
        _DELETE_COMPILED.run_many(transaction.connection, [{"b_pid": pid} for pid in newest])
        _INSERT.run_many(transaction.connection, rows)
        return [None] * len(changes)

    def add_to(self, part: SessionPart) -> None:
        """Save the session instead of what was to be done to it."""
        part.deleted.discard(self.pid)
        claims = self.claims or part.saved.get(self.pid, {}).get("claims", False)
        part.saved[self.pid] = self.row("") | {"claims": claims}

    def row(self, now: str) -> dict[str, Any]:
        """Return the row of the table `sessions`, with the topics as JSON text."""
        return {
            "pid": self.pid,
            "namespace": self.namespace,
            "sender": self.sender,
            "nick": self.nick,
            "start": self.start,
            "topics": dumps(self.topics).decode(),
            "seen": now,
            "node": self.node,
        }


@dataclass(frozen=True, slots=True)
class EndSessions(SessionChange):
    """Delete sessions that their clients have ended on a node, and not resumed on another."""

    pids: tuple[str, ...]
    node: str | None = None

    def apply(self, transaction: Transaction) -> None:
        statement = _DELETE if self.node is None else _DELETE.where(_HERE)
        rows = [{"b_pid": pid, "b_node": self.node} for pid in self.pids]
        transaction.connection.execute(statement, rows)

    def add_to(self, part: SessionPart) -> None:
        """Delete the sessions, also those that were to be saved."""
        part.node = self.node
        part.deleted.update(self.pids)
        for pid in self.pids:
            part.saved.pop(pid, None)


@dataclass(frozen=True, slots=True)
class TouchSessions(SessionChange):
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

    def add_to(self, part: SessionPart) -> None:
        """Touch the sessions: only those that exist, once others are saved and deleted."""
        part.touched.update(self.pids)
        part.expired = max(part.expired or "", self.expired)


def _elsewhere(transaction: Transaction, changes: Sequence[SaveSession]) -> set[str]:
    """Return those sessions that another node has resumed, and that no change claims."""
    node = changes[0].node
    if node is None:
        return set()
    pids = {change.pid for change in changes} - {c.pid for c in changes if c.claims}
    values = {"b_pids": list(pids), "b_node": node}
    return set(transaction.connection.scalars(_OTHERS, values))
