"""Changes that are queued, and what a transaction of the committer has made of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from me_api.concurrency import PendingResult
from me_api.eventlog.change import Change
from me_api.eventlog.entry import Entry
from me_api.eventlog.shared_state import Counters


@dataclass(slots=True)
class QueuedChange:
    """A queued change, and where its result goes.

    That is None for a change that was submitted without waiting. A change of None ends the
    thread.
    """

    change: Change | None
    result: PendingResult | None


@dataclass(slots=True)
class Commit:
    """A committed batch: an outcome for each change, and the entries in (`before`, `head`]."""

    changes: list[QueuedChange]
    outcomes: list[Any]
    before: int = 0
    head: int = 0
    entries: list[Entry] = field(default_factory=list)
    counters: Counters | None = None
    ended: float = 0.0
    """When it was on disk, as `monotonic` counts; 0 if nothing was committed."""
