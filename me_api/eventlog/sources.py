"""Where the position and the version of a log come from: SQLite, or a log that nodes share."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Protocol

from sqlalchemy import Engine

from me_api.eventlog import position
from me_api.eventlog.position import Position
from me_api.eventlog.publisher import PublisherSource
from me_api.eventlog.shared_state import Counters, SharedState
from me_api.storage import engines

Follow = Callable[[], int | None]
"""Applies that it has changed who may do what.

Returns the position up to which may be published before it is called again; None for any.
"""


class LogSource(PublisherSource, Protocol):
    """The log's row, and what follows from it."""

    @property
    def access_changed(self) -> bool:
        """Whether it has changed who may do what, since that was last followed."""

    def on_access(self, follow: Follow) -> None:
        """Call a function before later changes are published, and again where it says so."""

    @property
    def known_head(self) -> int:
        """The highest position that is known to be committed, whether it is published or not."""

    def note(self, counters: Counters, head: int) -> None:
        """Note what a commit has counted, and its head. Never waits."""

    def version(self) -> tuple[int, ...] | None:
        """Return a value that changes with what readers see; None if it is not known."""


class AccessSource:
    """What follows a change of who may do what, which any process may make."""

    def __init__(self) -> None:
        self._state = SharedState()
        self._follow: list[Follow] = []

    @property
    def access_changed(self) -> bool:
        """Whether it has changed who may do what, since that was last followed."""
        return self._state.access_changed

    def before_publishing(self) -> int | None:
        """Follow a change of who may do what, before what was committed after it.

        Return the position up to which may be published before this is called again, or None.
        """
        if not self._state.access_changed:
            return None
        access = self._state.access
        ends = [end for follow in self._follow if (end := follow()) is not None]
        if not ends:
            self._state.followed(access)
        return min(ends, default=None)

    def on_access(self, follow: Follow) -> None:
        """Call a function before later changes are published, and again where it says so.

        Several are called in the order in which they were given.
        """
        self._follow.append(follow)


class SqliteSource(AccessSource):
    """The log of an SQLite database, which says by itself whether something was committed."""

    known_head = 0

    def __init__(self, readers: Engine) -> None:
        super().__init__()
        self._readers = readers

    def read_position(self) -> Position:
        """Return the position that the database has now, and note whether access has changed."""
        with self._readers.connect() as connection:
            found, counters = position.read_with_access(connection)
        self._state.note(counters)
        return found

    def begin_epoch(self) -> None:
        """Do nothing: an SQLite database that is another one is not served."""

    def note(self, counters: Counters, head: int) -> None:
        """Note whether a commit has changed access. Reading the version takes microseconds."""
        self._state.note(counters)

    def version(self) -> tuple[int, ...] | None:
        """Return SQLite's own version of the data."""
        return engines.data_version(self._readers)


class SharedSource(AccessSource):
    """The log of a PostgreSQL database, to which other nodes write.

    Each reading of the position proves for a while what the version is.
    """

    def __init__(self, readers: Engine) -> None:
        super().__init__()
        self._readers = readers
        self._epochs = 1
        self.known_head = 0

    def read_position(self) -> Position:
        """Return the position that the database has now, and note what it counts."""
        sent = monotonic()
        found, counters = position.read_shared(self._readers)
        self._state.record_poll(counters, sent)
        self.known_head = max(self.known_head, found.head)
        return found

    def begin_epoch(self) -> None:
        """Make the version another one: what was read before may name the epoch before."""
        self._epochs += 1
        self.known_head = 0

    def note(self, counters: Counters, head: int) -> None:
        """Note what a commit has counted, and its head."""
        self._state.note(counters)
        self.known_head = max(self.known_head, head)

    def version(self) -> tuple[int, ...] | None:
        """Return the number of epochs, and the generation; None if the last poll is too old."""
        generation = self._state.version(monotonic())
        return None if generation is None else (self._epochs, generation)


def make_source(readers: Engine) -> LogSource:
    """Return the source for the kind of the database."""
    return SharedSource(readers) if readers.dialect.name == "postgresql" else SqliteSource(readers)
