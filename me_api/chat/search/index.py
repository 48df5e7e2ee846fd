"""The full-text index: SQLite and PostgreSQL store the same words, each in a way of its own."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from time import monotonic
from typing import Any, NamedTuple, Protocol

from sqlalchemy import Select
from sqlalchemy.engine import Connection

from me_api.chat.models import Message
from me_api.chat.search.excerpt import make_excerpt
from me_api.chat.search.matches import has_all
from me_api.chat.search.phrases import Pattern
from me_api.chat.serializer import from_row, select_messages
from me_api.concurrency import ThreadPool
from me_api.errors import StorageUnavailable
from me_api.eventlog import EventLog
from me_api.extensions import app_extension

CHUNK = 512
"""Messages that are indexed at a time."""
FEW = 64
"""The most messages outside of the index that a search reads, rather than have them indexed."""
MANY = 2048
"""The most that it reads if more have been posted or edited meanwhile."""
SECONDS = 5.0
"""For how long a search indexes messages before it is refused."""
ATTEMPTS = 5
"""How often a search is tried while so much is posted that the index does not keep up."""

_STATE = "SELECT head, indexed FROM log, search"


class SearchScope(NamedTuple):
    """Which messages may be found: those before a position, in one room or in all but some."""

    before: int
    room: int | None = None
    closed: tuple[int, ...] = ()

    def condition(self, column: str) -> str:
        """Return the SQL condition on the column with a message's room, beginning with AND."""
        if self.room is not None:
            return f"AND {column} = {self.room}"
        return f"AND {column} NOT IN ({', '.join(map(str, self.closed))})" if self.closed else ""


class Store(Protocol):
    """The index of one kind of database."""

    spare: int
    """Positions that may wait to be indexed while little is written."""
    backlog: int
    """Positions that may wait while more than a chunk is written in each interval."""
    behind: int
    """The most positions that a search has indexed: those of short messages take two seconds."""

    def matching(
        self, patterns: Sequence[Pattern], scope: SearchScope, limit: int, connection: Connection
    ) -> list[dict[str, Any]]:
        """Return the last changed messages in the index with all patterns, in a native thread."""

    def add_chunk(self, position: int, *, background: bool) -> int | None:
        """Index the next messages, up to a position; return up to which all are indexed.

        Returns None if it is `background` work, and another node is about it. Raises
        `StorageUnavailable`.
        """


class SearchIndex:
    """Finds messages by their words."""

    def __init__(self, log: EventLog, pool: ThreadPool, store: Store) -> None:
        self._log = log
        self._pool = pool
        self.store = store

    def find(
        self, patterns: Sequence[Pattern], scope: SearchScope, limit: int
    ) -> list[dict[str, Any]]:
        """Return the last changed messages with all patterns, each with its excerpt.

        All that was committed before is found. Raises `Busy` or `StorageUnavailable`.
        """
        waiting = FEW
        for _ in range(ATTEMPTS):
            query = partial(find, self.store, patterns, scope, limit, waiting)
            head, indexed, hits = self._log.background.read(self._pool, query)
            if hits is not None:
                return hits
            if head - indexed > self.store.behind:
                self._skip(head)
            self._catch_up(head)
            waiting = MANY
        raise StorageUnavailable("So much is being posted that nothing can be found: try again.")

    def _skip(self, head: int) -> None:
        """Index the next messages; raise `StorageUnavailable` if too many are left then."""
        # A chunk may reach the head: the million positions that a new epoch skips are no work.
        reached = self.store.add_chunk(head, background=False)
        if reached is not None and head - reached > self.store.behind:
            raise _incomplete(reached, head)

    def _catch_up(self, position: int) -> None:
        """Index all messages up to a position; raise `StorageUnavailable` if that takes long."""
        deadline = monotonic() + SECONDS
        # Also while another node has the background work: a paused one must not hold up a search.
        while (reached := self.store.add_chunk(position, background=False)) is not None:
            if reached >= position:
                return
            if monotonic() > deadline:
                raise _incomplete(reached, position)


def _incomplete(indexed: int, head: int) -> StorageUnavailable:
    return StorageUnavailable(
        f"The index of messages is being built, {100 * indexed // head} % is done: try again later."
    )


search_index: SearchIndex = app_extension("search_index")


class Found(NamedTuple):
    """The head of the log, up to where the index reaches, and the messages that were found.

    None instead of messages if more than `waiting` are not in the index.
    """

    head: int
    indexed: int
    hits: list[dict[str, Any]] | None


def find(
    store: Store,
    patterns: Sequence[Pattern],
    scope: SearchScope,
    limit: int,
    waiting: int,
    connection: Connection,
) -> Found:
    """Return the matching messages, last changed first. Runs in a native thread."""
    head, indexed = connection.exec_driver_sql(_STATE).one()
    if head - indexed > waiting:
        return Found(head, indexed, None)
    hits: list[dict[str, Any]] = []
    if head > indexed:
        newest = connection.execute(_not_indexed(indexed, scope))
        hits = [from_row(row) for row in newest if has_all(patterns, row.text)][:limit]
    if len(hits) < limit:
        hits += store.matching(patterns, scope, limit - len(hits), connection)
    return Found(
        head, indexed, [{**hit, "excerpt": make_excerpt(hit["text"], patterns)} for hit in hits]
    )


def _not_indexed(indexed: int, scope: SearchScope) -> Select[Any]:
    messages = select_messages().where(Message.rev > indexed, Message.rev < scope.before)
    if scope.room is not None:
        messages = messages.where(Message.room_id == scope.room)
    else:
        messages = messages.where(Message.room_id.not_in(scope.closed))
    return messages.where(Message.text.is_not(None)).order_by(Message.rev.desc())
