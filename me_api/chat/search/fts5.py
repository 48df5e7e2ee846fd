"""The full-text index of SQLite: its table `search_words` of FTS5."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.engine import Connection

from me_api.chat.search import index
from me_api.chat.search.excerpt import MORE, SIZE
from me_api.chat.search.index import Scope
from me_api.chat.search.phrases import Phrase
from me_api.chat.serializer import from_cells
from me_api.concurrency import ThreadPool
from me_api.errors import StorageUnavailable
from me_api.eventlog import Change, EventLog, Transaction

ATTEMPTS = 5
"""How often a search is tried while the messages that it should find are being edited."""
FEW = 200
"""Most matching messages whose rooms are checked one by one; with more, the index does it."""

_NEXT = "SELECT rev, text, room_id FROM messages WHERE rev > {} AND rev <= {} AND text IS NOT NULL"
_FIND = """
SELECT rooms.name, m.id, m.rev, m.nick, m.verified, m.text, m.created, m.edited, m.deleted,
       CAST(m.payload AS TEXT), snippet(search_words, 0, ?, ?, ?, ?)
FROM search_words
CROSS JOIN messages AS m ON m.rev = search_words.rowid
CROSS JOIN rooms ON rooms.id = m.room_id
WHERE search_words MATCH ? AND search_words.rowid < ? {}
ORDER BY search_words.rowid DESC LIMIT ?
"""
_COUNT = """
SELECT count(*) FROM (
    SELECT rowid FROM search_words WHERE search_words MATCH ? AND rowid < ? LIMIT ?
)
"""
_STATE = """
SELECT head, indexed, EXISTS (SELECT 1 FROM messages WHERE rev > indexed AND edited IS NOT NULL)
FROM log, search
"""


@dataclass(frozen=True, slots=True)
class IndexMessages(Change):
    """Add the next chunk of messages to the index: about a millisecond of the committer."""

    def apply(self, transaction: Transaction) -> int:
        """Index at most a chunk; return the position up to which all are indexed."""
        return add_chunk(transaction.head, transaction.connection)


def add_chunk(position: int, connection: Connection) -> int:
    """Index the next messages, up to a position; return up to which all are indexed."""
    indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
    upto = min(position, indexed + index.CHUNK)
    if upto > indexed:
        rows = _NEXT.format(indexed, upto)
        connection.exec_driver_sql(f"INSERT INTO search_words (rowid, text, room_id) {rows}")
        connection.exec_driver_sql(f"UPDATE search SET indexed = {upto}")
    return upto


class Fts5Index:
    """The index of SQLite, which is a table of FTS5. Implements `Index`."""

    spare = index.CHUNK
    backlog = 100_000

    def __init__(self, log: EventLog, readers: Engine, pool: ThreadPool) -> None:
        self._log = log
        self._readers = readers
        self._pool = pool

    def fill(self, position: int) -> None:
        """Index all messages up to a position; raises `StorageUnavailable`."""
        with self._readers.connect() as connection:
            indexed: int = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        # In chunks, each a change of its own, so that other writers wait only for one of them.
        while indexed < position:
            indexed = self._log.commit(IndexMessages())

    def find(self, phrases: Sequence[Phrase], scope: Scope, limit: int) -> list[dict[str, Any]]:
        """Return the last changed messages that contain all phrases."""
        # The index has to be complete before it is searched, and it is filled by the committer.
        target = None
        for _ in range(ATTEMPTS):
            find = partial(_find, phrases, scope, limit, target)
            head, hits = self._log.background.read(self._pool, find)
            if hits is not None:
                return hits
            # The index was behind: it catches up with the head of then, not with what is added
            # since.
            self.fill(head)
            target = head
        raise StorageUnavailable("So much is being edited that nothing can be found: try again.")


def _find(
    phrases: Sequence[Phrase],
    scope: Scope,
    limit: int,
    target: int | None,
    connection: Connection,
) -> tuple[int, list[dict[str, Any]] | None]:
    """Return the head of the log and the matching messages. Runs in a native thread.

    Instead of messages, returns None if the index has not reached the target (by default the head),
    or if a message that was edited is not in the index yet.
    """
    head, indexed, edited = connection.exec_driver_sql(_STATE).one()
    if edited or indexed < (head if target is None else target):
        return head, None
    match = f"text : ({' AND '.join(map(_quote, phrases))})"
    # The cost of the index's own term grows with the messages of the rooms, that of the condition
    # with the messages that contain the words.
    condition = scope.condition("m.room_id")
    if not condition or _few(match, scope.before, connection):
        find = _FIND.format(condition)
    else:
        find, match = _FIND.format(""), f"{match} {_room_term(scope)}"
    # A random mark for the highlights, so that no message can contain it.
    mark = secrets.token_hex(16)
    values = (mark, mark, MORE, SIZE, match, scope.before, limit)
    return head, [_hit(row, mark) for row in connection.exec_driver_sql(find, values)]


def _few(match: str, before: int, connection: Connection) -> bool:
    # Of all rooms; counting stops when there are too many.
    count: int = connection.exec_driver_sql(_COUNT, (match, before, FEW + 1)).scalar_one()
    return count <= FEW


def _quote(phrase: Phrase) -> str:
    return f'"{phrase.text}"' + "*" * phrase.is_prefix


def _room_term(scope: Scope) -> str:
    if scope.room is not None:
        return f'AND room_id : "{scope.room}"'
    rooms = " OR ".join(f'"{number}"' for number in scope.closed)
    return f"NOT room_id : ({rooms})"


def _hit(row: Any, mark: str) -> dict[str, Any]:
    room, *cells, excerpt = row
    message = from_cells(room, cells)
    return {**message, "excerpt": _parts(excerpt, mark)}


def _parts(excerpt: str, mark: str) -> list[dict[str, Any]]:
    # The mark is before and behind each match, so every second part is one.
    parts = enumerate(excerpt.split(mark))
    return [{"text": part, "match": n % 2 == 1} for n, part in parts if part]
