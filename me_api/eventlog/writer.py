"""What the committer writes batches with: one implementation for each kind of database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from me_api.eventlog.change import Change
from me_api.eventlog.entry import Entry
from me_api.eventlog.shared_state import Counters


@dataclass(slots=True)
class Written:
    """A batch on disk: an outcome for each change, and the entries in (`before`, `head`].

    `counters` are those of the log after it; on PostgreSQL None if the batch has changed nothing
    that readers see. Another process may have changed who may do what before it.
    """

    outcomes: list[Any]
    before: int
    head: int
    entries: list[Entry]
    counters: Counters | None = None


@dataclass(slots=True)
class CommitCounts:
    """What happens to commits where others write, too; counted in the native thread.

    `again` are the batches that were decided once more, because what they were decided on had
    changed, `in_doubt` the commits during which the connection was lost.
    """

    again: int = 0
    in_doubt: int = 0


class Writer(Protocol):
    """Writes batches of changes. But for `open` and `close`, it is used in one native thread."""

    def open(self) -> None:
        """Open the database for the first time, on the loop."""

    def together(self, changes: Sequence[Change]) -> int:
        """Return how many of the changes, from the first on, `write` takes at a time."""

    def write(self, changes: Sequence[Change]) -> Written:
        """Write the changes in one transaction; when this returns, they are on disk.

        Raises `StorageUnavailable`, what the database raises, or what a change raises that has a
        bug. Nothing is stored then, unless it is `OutcomeUnknown`.
        """

    def disconnect(self) -> None:
        """Close the connection, which ends its transaction; the next batch opens another."""

    def close(self) -> None:
        """Close everything, on the loop."""
