"""Changes, which are what the committer writes, and the transaction that they are applied in."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable, Sequence
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, ClassVar, Generic, TypeVar

from sqlalchemy.engine import Connection

from me_api.errors import ApiError
from me_api.eventlog.entry import Entry

B = TypeVar("B")
"""What changes of one kind are decided on: the rows that they concern, in memory."""


class BatchDraft:
    """What a batch decides: the positions that it takes after `before`, its time, its entries."""

    def __init__(self, before: int, now: str) -> None:
        self.before = self.head = before
        self.now = now
        self.entries: list[Entry] = []

    def next_rev(self) -> int:
        """Assign and return the next position of the log."""
        self.head += 1
        return self.head

    def publish_after_commit(
        self, rev: int, topic: str, key: Hashable, body: dict[str, Any], created_rev: int = 0
    ) -> None:
        """Record this version of a row, which the tail publishes after the commit."""
        self.entries.append(Entry(rev, topic, key, body, created_rev))


class Transaction(BatchDraft):
    """One transaction of the committer, on its connection."""

    def __init__(self, connection: Connection, before: int, now: str) -> None:
        super().__init__(before, now)
        self.connection = connection
        self.access_changed = False

    def change_access(self) -> None:
        """Record that the transaction changes access, which is then applied to all connections."""
        self.access_changed = True


class Change(ABC):
    """One write, which is decided and applied inside the committer's transaction.

    It runs in a native thread, without Flask's contexts. It raises an `ApiError` for what a client
    did wrong, and must do so before it writes anything: the transaction goes on without it.
    """

    deferred: ClassVar[bool] = False
    """Whether the change waits for those queued with it, and gets a transaction of its own."""

    @abstractmethod
    def apply(self, transaction: Transaction) -> Any:
        """Apply the change; return what `log.commit` returns to its author."""

    @classmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Apply several changes; return an outcome for each: its result, or its `ApiError`.

        A feature with many writes overrides this to use a constant number of statements.
        """
        return [attempt(change, transaction) for change in changes]


class BatchedChange(Change, Generic[B]):
    """A change that is decided in memory, together with its neighbours of the same kind."""

    def apply(self, transaction: Transaction) -> Any:
        """Apply this change alone; raises the `ApiError` that refuses it."""
        outcome = self.apply_all(transaction, [self])[0]
        if isinstance(outcome, ApiError):
            raise outcome
        return outcome

    @classmethod
    @abstractmethod
    def apply_all(cls, transaction: Transaction, changes: Sequence[Any]) -> list[Any]:
        """Read a batch, decide the changes on it in order, and write it; return their outcomes."""

    @abstractmethod
    def decide(self, batch: B) -> Any:
        """Apply the change to the batch and return its result.

        Raises an `ApiError` if it is refused; the batch is unchanged then.
        """

    def outcome(self, batch: B) -> Any:
        """Decide the change; return its `ApiError`, if it is refused, instead of a result."""
        try:
            return self.decide(batch)
        except ApiError as refusal:
            return refusal


def attempt(change: Change, transaction: Transaction) -> Any:
    """Apply one change; return its `ApiError`, if it raises one, instead of a result."""
    try:
        return change.apply(transaction)
    except ApiError as error:
        return error


def apply_in_order(transaction: Transaction, changes: Sequence[Change]) -> list[Any]:
    """Apply all changes in their order; return an outcome for each."""
    # Grouped by the implementation of `apply_all`, not by class, so that a subclass that does not
    # override it shares the statements of its base. Only neighbours are grouped: a change may
    # depend on one of another kind before it.
    outcomes: list[Any] = []
    for _, group in groupby(changes, key=lambda change: type(change).apply_all.__func__):  # type: ignore[attr-defined]
        neighbours = list(group)
        outcomes.extend(type(neighbours[0]).apply_all(transaction, neighbours))
    return outcomes


def timestamp(moment: datetime | None = None) -> str:
    """Format a time as it is stored and sent: UTC, ISO 8601, in milliseconds; now by default."""
    text = (moment or datetime.now(UTC)).isoformat(timespec="milliseconds")
    return text.replace("+00:00", "Z")
