"""Changes that are decided on what was read without a lock, and stored if it is still so.

A database that several servers write to is locked only while one statement runs: a server that is
paused while it decides holds up no other.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Protocol

from sqlalchemy.engine import Connection

from me_api.eventlog.change import BatchDraft, Change

UNNUMBERED = 1 << 53
"""Positions count from here while a batch is decided: no log reaches it."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """What the database has assigned to a batch.

    Its positions follow `before`. `last` is what its function has returned to the parts, such as
    the last ids of what they have numbered.
    `placeholder` is what the batch had for the time while it was decided.
    """

    before: int
    last: dict[str, Any]
    time: str
    placeholder: str

    def rev(self, rev: int) -> int:
        """Return the position for one that was counted from `UNNUMBERED`; others are final."""
        return rev - UNNUMBERED + self.before if rev > UNNUMBERED else rev

    def moment(self, time: Any) -> Any:
        """Return the time for the placeholder; others are final."""
        return self.time if time == self.placeholder else time


class BatchPart(Protocol):
    """The changes of one feature in a batch, as they were decided: an outcome for each."""

    outcomes: list[Any]

    def document(self) -> dict[str, Any] | None:
        """Return what the database compares and stores, as JSON; None to store nothing."""

    def complete(self, numbers: Numbers) -> None:
        """Put what was assigned into the outcomes, and into the entries of the draft."""


class OptimisticChange(Change):
    """A change that may also be decided on what was read without a lock.

    All such changes of a batch that share `prepare_all` are prepared together, whatever is between
    them: features must not depend on each other here. `part` names the part that the database's
    function stores (`migrations/commit_3.sql`).
    """

    part: ClassVar[str]

    @classmethod
    @abstractmethod
    def prepare_all(
        cls, connection: Connection, draft: BatchDraft, changes: Sequence[Any]
    ) -> BatchPart:
        """Read what is needed, in one statement, and decide the changes in their order."""


@dataclass(slots=True)
class OptimisticBatch:
    """A batch of such changes while it is decided."""

    draft: BatchDraft
    parts: dict[str, BatchPart]
    outcomes: list[tuple[BatchPart, int]]

    @classmethod
    def prepare(
        cls, connection: Connection, placeholder: str, changes: Sequence[OptimisticChange]
    ) -> OptimisticBatch:
        """Decide all changes; the placeholder stands for the time."""
        draft = BatchDraft(UNNUMBERED, placeholder)
        groups: dict[str, list[OptimisticChange]] = {}
        places = []
        for change in changes:
            group = groups.setdefault(change.part, [])
            places.append((change.part, len(group)))
            group.append(change)
        parts = {
            name: group[0].prepare_all(connection, draft, group) for name, group in groups.items()
        }
        return cls(draft, parts, [(parts[name], number) for name, number in places])

    def documents(self) -> dict[str, dict[str, Any]]:
        """Return what is to be stored, by the names of the parts."""
        made = {name: part.document() for name, part in self.parts.items()}
        return {name: document for name, document in made.items() if document is not None}

    @property
    def revs(self) -> int:
        """The number of positions that the batch takes."""
        return self.draft.head - self.draft.before

    def complete(self, numbers: Numbers) -> list[Any]:
        """Put what was assigned into everything; return the outcomes in the changes' order."""
        for entry in self.draft.entries:
            entry.rev, entry.created_rev = numbers.rev(entry.rev), numbers.rev(entry.created_rev)
        for part in self.parts.values():
            part.complete(numbers)
        return [part.outcomes[number] for part, number in self.outcomes]
