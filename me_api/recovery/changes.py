"""Changes of sessions, applied in the committer's transaction."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from orjson import dumps
from sqlalchemy import bindparam, delete, insert, or_, select, update

from me_api.eventlog import Transaction
from me_api.recovery.models import Session
from me_api.recovery.session_part import Resumed, SessionChange, SessionPart
from me_api.storage.statements import CompiledStatement

_DELETE = delete(Session).where(Session.pid == bindparam("b_pid"))
_HERE = or_(Session.node.is_(None), Session.node == bindparam("b_node"))
# Locked, so that no other node deletes one that is being saved; SQLite has no need of that.
_KNOWN = (
    select(Session.pid, Session.node)
    .where(Session.pid.in_(bindparam("b_pids", expanding=True)))
    .order_by(Session.pid)
    .with_for_update()
)
_DELETE_COMPILED, _INSERT = CompiledStatement(_DELETE), CompiledStatement(insert(Session))
_TOUCH = update(Session).where(Session.pid == bindparam("b_pid"))
_EXPIRE = delete(Session).where(Session.seen < bindparam("b_expired"))


@dataclass(frozen=True, slots=True)
class SaveSession(SessionChange):
    """Save the present state of a session.

    With several nodes, `node` is this one. With `claims`, as when a client connects, a session of
    another node is taken over, or a new one created. With `resumes` it must exist: the outcome is
    `Resumed`, or None if the session has ended, and then nothing is saved.
    """

    pid: str
    namespace: str
    sender: str
    nick: str | None
    start: int
    topics: dict[str, int]
    node: str | None = None
    claims: bool = field(default=False, compare=False)
    resumes: bool = field(default=False, compare=False)

    def apply(self, transaction: Transaction) -> None:
        self.apply_all(transaction, [self])

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Save all with two statements; of several states of a session the last counts."""
        newest = {change.pid: change for change in changes}
        known = _known(transaction, changes)
        if known is not None:
            saved = SessionPart(changes).saved
            newest = {pid: newest[pid] for pid in saved if _may_save(saved[pid], known)}
        if newest:
            rows = [change.row(transaction.now) for change in newest.values()]
            _DELETE_COMPILED.run_many(transaction.connection, [{"b_pid": pid} for pid in newest])
            _INSERT.run_many(transaction.connection, rows)
        return [change.outcome(known or {}) for change in changes]

    def add_to(self, part: SessionPart) -> None:
        """Save the session instead of what was to be done to it."""
        if self.pid in part.deleted:
            if self.resumes:
                return
            part.deleted.discard(self.pid)
        earlier = part.saved.get(self.pid, {})
        part.saved[self.pid] = self.row("") | {
            "claims": self.claims or earlier.get("claims", False),
            "resumes": self.resumes or earlier.get("resumes", False),
        }

    def outcome(self, found: dict[str, str | None]) -> Resumed | None:
        """Return whether the session was there to be resumed."""
        return Resumed(found[self.pid]) if self.resumes and self.pid in found else None

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


def _known(
    transaction: Transaction, changes: Sequence[SaveSession]
) -> dict[str, str | None] | None:
    """Return the nodes of those sessions that are there; None if there are no nodes."""
    if changes[0].node is None:
        return None
    values = {"b_pids": list({change.pid for change in changes})}
    return {pid: node for pid, node in transaction.connection.execute(_KNOWN, values)}


def _may_save(row: dict[str, Any], known: dict[str, str | None]) -> bool:
    """Return whether a session may be saved, as `me_api_sessions_3` decides it."""
    if row["claims"] and not row["resumes"]:
        return True
    pid = row["pid"]
    return pid in known and (row["resumes"] or known[pid] in (None, row["node"]))
