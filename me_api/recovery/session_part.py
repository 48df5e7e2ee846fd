"""The sessions' part of a batch that is decided without a lock: what is to be done to each."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Connection

from me_api.eventlog import BatchDraft, Numbers, OptimisticChange


class Resumed(NamedTuple):
    """A session that was there, and belongs to this node now; `node` had it until then."""

    node: str | None


class SessionPart:
    """What a batch does to sessions; of several changes of one, the last counts.

    It needs nothing to have been read. The database's function stores it (`me_api_sessions_3` in
    `migrations/commit_3.sql`).
    """

    def __init__(self, changes: Sequence[SessionChange]) -> None:
        self.outcomes: list[Resumed | None] = [None] * len(changes)
        self._changes = changes
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
        """Put into the outcomes which sessions were there to be resumed."""
        if found := numbers.last.get("resumed"):
            self.outcomes = [change.outcome(found) for change in self._changes]


class SessionChange(OptimisticChange):
    """A change that creates, updates or ends sessions, in one batch with others."""

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

    def outcome(self, found: dict[str, str | None]) -> Resumed | None:
        """Return the outcome; `found` has the node of each session that is there."""
        return None
