"""What a writer hands to the committer, and what a change is applied in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any

from sqlalchemy.engine import Connection

from me_api.errors import ApiError
from me_api.eventlog import position
from me_api.eventlog.entry import Entry


class Transaction:
    """One transaction of the committer; positions are given inside it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.before = position.lock(connection)
        self.head = self.before
        self.now = timestamp()
        self.entries: list[Entry] = []

    def next_rev(self) -> int:
        """Give the next position of the log."""
        self.head += 1
        return self.head

    def publish(
        self, rev: int, topic: str, key: Hashable, body: dict[str, Any], created_rev: int = 0
    ) -> None:
        """Let readers of the topic have this version of a row after the commit."""
        self.entries.append(Entry(rev, topic, key, body, created_rev))

    def finish(self) -> None:
        """Store the new head, where it moved."""
        if self.head != self.before:
            position.move(self.connection, self.head)


class Change(ABC):
    """One write. It decides and writes inside the transaction, in a native thread, without Flask.

    What a user did wrong is raised as an `ApiError` before anything is written.
    """

    @abstractmethod
    def apply(self, transaction: Transaction) -> Any:
        """Make the change; return what its writer gets."""

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Make several; one outcome each, an `ApiError` for one that is refused.

        A feature with many writes overrides this with a constant number of statements.
        """
        return [attempt(change, transaction) for change in changes]


def attempt(change: Change, transaction: Transaction) -> Any:
    """Make one change; give the refusal back instead of raising it."""
    try:
        return change.apply(transaction)
    except ApiError as refusal:
        return refusal


def apply_in_order(transaction: Transaction, changes: Sequence[Change]) -> list[Any]:
    """Make all changes in their order, neighbours of one kind together; one outcome each."""
    outcomes: list[Any] = []
    for _, run in groupby(changes, key=lambda change: type(change).apply_all.__func__):  # type: ignore[attr-defined]
        kind = list(run)
        outcomes.extend(type(kind[0]).apply_all(transaction, kind))
    return outcomes


def timestamp(moment: datetime | None = None) -> str:
    """Write a time as it is stored and sent: UTC, ISO 8601, milliseconds."""
    text = (moment or datetime.now(UTC)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
