"""The full-text index of SQLite: its table `search_words` of FTS5, with our own words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from time import thread_time
from typing import Any, NamedTuple

import orjson
from sqlalchemy.engine import Connection

from me_api.chat.search import index
from me_api.chat.search.index import SearchScope
from me_api.chat.search.phrases import Pattern
from me_api.chat.search.words import words
from me_api.chat.serializer import from_cells
from me_api.concurrency import ThreadPool
from me_api.eventlog import Change, EventLog, Transaction

FEW = 200
"""Most matching messages whose rooms are checked one by one; with more, the index does it."""
SECONDS = 0.003
"""Processor time for the words of a chunk. The committer takes up to twice that to store them."""

_INDEXED = "SELECT indexed FROM search"
_NEXT = """
SELECT text, rev FROM messages WHERE rev > ? AND rev <= ? AND text IS NOT NULL ORDER BY rev LIMIT ?
"""
# In one statement: at the end of each, FTS5 writes what it has, five times as slowly for each row.
# A message that was edited meanwhile has another rev.
_STORE = """
INSERT INTO search_words (rowid, words, room_id)
SELECT m.rev, said.value, m.room_id
FROM json_each(?) AS said CROSS JOIN messages AS m ON m.rev = CAST(said.key AS INTEGER)
"""
_FIND = """
SELECT rooms.name, m.id, m.rev, m.nick, m.verified, m.text, m.created, m.edited, m.deleted,
       CAST(m.payload AS TEXT)
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


class Chunk(NamedTuple):
    """The words of the messages with positions in (`after`, `upto`], as JSON: {rev: words, …}."""

    after: int
    upto: int
    words: bytes


def read_chunk(position: int, connection: Connection) -> Chunk:
    """Return the words of the next messages, up to a position. Runs in a native thread."""
    after: int = connection.exec_driver_sql(_INDEXED).scalar_one()
    said, upto, ends = dict[str, str](), after, thread_time() + SECONDS
    with connection.exec_driver_sql(_NEXT, (after, position, index.CHUNK)) as messages:
        for text, upto in messages:
            said[str(upto)] = " ".join(words(text))
            if thread_time() >= ends:
                break
        else:
            if len(said) < index.CHUNK:
                # To the end: a new epoch skips a million positions.
                upto = max(after, position)
    return Chunk(after, upto, orjson.dumps(said))


def store_chunk(chunk: Chunk, connection: Connection) -> int:
    """Add a chunk to the index, if it is the next; return up to which all are indexed."""
    indexed: int = connection.exec_driver_sql(_INDEXED).scalar_one()
    if indexed != chunk.after:
        return indexed
    connection.exec_driver_sql(_STORE, (chunk.words.decode(),))
    connection.exec_driver_sql("UPDATE search SET indexed = ?", (chunk.upto,))
    return chunk.upto


@dataclass(frozen=True, slots=True)
class IndexMessages(Change):
    """Add the next chunk of messages to the index: some milliseconds of the committer."""

    chunk: Chunk

    def apply(self, transaction: Transaction) -> int:
        """Index the chunk; return the position up to which all are indexed."""
        return store_chunk(self.chunk, transaction.connection)


class Fts5Store:
    """The index of SQLite, which is a table of FTS5. Implements `Store`."""

    spare = index.CHUNK
    backlog = 100_000
    behind = 120_000

    def __init__(self, log: EventLog, pool: ThreadPool) -> None:
        self._log = log
        self._pool = pool

    def add_chunk(self, position: int, *, background: bool) -> int:
        """Index the next messages, up to a position; return up to which all are indexed."""
        # The words are made before the committer's turn: it only stores them.
        read = partial(read_chunk, position)
        chunk = self._log.background.read(self._pool, read, admitted=True)
        if chunk.upto == chunk.after:
            return chunk.after
        indexed: int = self._log.commit(IndexMessages(chunk))
        return indexed

    def matching(
        self, patterns: Sequence[Pattern], scope: SearchScope, limit: int, connection: Connection
    ) -> list[dict[str, Any]]:
        """Return the last changed messages in the index with all patterns."""
        match = f"words : ({' AND '.join(map(_quote, patterns))})"
        # The cost of the index's own term grows with the messages of the rooms, that of the
        # condition with the messages that contain the words.
        condition = scope.condition("m.room_id")
        if not condition or _few(match, scope.before, connection):
            find = _FIND.format(condition)
        else:
            find, match = _FIND.format(""), f"{match} {_room_term(scope)}"
        rows = connection.exec_driver_sql(find, (match, scope.before, limit))
        return [from_cells(room, cells) for room, *cells in rows]


def _few(match: str, before: int, connection: Connection) -> bool:
    # Of all rooms; counting stops when there are too many.
    count: int = connection.exec_driver_sql(_COUNT, (match, before, FEW + 1)).scalar_one()
    return count <= FEW


def _quote(pattern: Pattern) -> str:
    quoted = " ".join(pattern.words).replace('"', '""')
    return f'"{quoted}"' + "*" * pattern.is_prefix


def _room_term(scope: SearchScope) -> str:
    if scope.room is not None:
        return f'AND room_id : "{scope.room}"'
    rooms = " OR ".join(f'"{number}"' for number in scope.closed)
    return f"NOT room_id : ({rooms})"
