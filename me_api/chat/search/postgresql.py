"""The full-text index of PostgreSQL: the table `search_words`, with words that are made here."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import text
from sqlalchemy.engine import Connection

from me_api.chat.search import index
from me_api.chat.search.index import Scope
from me_api.chat.search.matches import compile_phrases
from me_api.chat.search.phrases import Phrase
from me_api.chat.search.postgresql_query import find
from me_api.chat.search.tsvector import has_all_positions, to_line, to_tsvector
from me_api.chat.search.words import words
from me_api.concurrency import ThreadPool
from me_api.errors import StorageUnavailable
from me_api.eventlog import EventLog

FEW = 64
"""The most messages outside of the index that a search reads, rather than have them indexed."""
MANY = 2048
"""The most that it reads if more have been posted or edited meanwhile."""
BEHIND = 20_000
"""The most messages that a search has indexed, which is about two seconds of work."""
ATTEMPTS = 5
"""How often a search is tried while so much is posted that the index does not keep up."""
LEASE = "2 seconds"
"""For how long one node does the background work alone; it extends that as long as it works."""

_CLAIM = text(f"""
UPDATE search SET node = :node, until = clock_timestamp() + interval '{LEASE}'
WHERE node = :node OR until < clock_timestamp() RETURNING indexed
""")
_INDEXED = text("SELECT indexed FROM search")
_NEXT = text("""
SELECT rev, text FROM messages WHERE rev > :after AND rev <= :upto AND text IS NOT NULL
""")
# It need not be on disk: what a crash of the database takes back is indexed once more.
_STORE = text("""
SELECT search_store_1(:after, :upto, :revs, :words, :lines)
FROM set_config('synchronous_commit', 'off', true)
""")


class PostgresqlIndex:
    """Implements `Index`. It writes from a native thread, and locks nothing that posting needs."""

    spare = 0
    backlog = 5000

    def __init__(self, log: EventLog, pool: ThreadPool) -> None:
        self._log = log
        self._pool = pool
        self._node = secrets.token_hex(8)

    def fill(self, position: int) -> None:
        """Index all messages up to a position, unless another node is about it."""
        indexed = -1
        while (reached := self._add_chunk(position, self._node)) is not None:
            # It stays where it is while a message is being edited: the next time will do.
            if reached >= position or reached <= indexed:
                return
            indexed = reached

    def find(self, phrases: Sequence[Phrase], scope: Scope, limit: int) -> list[dict[str, Any]]:
        """Return the last changed messages that contain all phrases."""
        patterns, waiting = compile_phrases(phrases), FEW
        for _ in range(ATTEMPTS):
            query = partial(find, patterns, scope, limit, waiting)
            head, indexed, hits = self._log.background.read(self._pool, query)
            if hits is not None:
                return hits
            if head - indexed > BEHIND:
                raise StorageUnavailable("The index of messages is being built: try again later.")
            self._catch_up(head)
            waiting = MANY
        raise StorageUnavailable("So much is being posted that nothing can be found: try again.")

    def _catch_up(self, position: int) -> None:
        # Also while another node has the background work: a paused one must not hold up a search.
        for _ in range(0, BEHIND, index.CHUNK):
            if self._add_chunk(position, None) >= position:
                return

    def _add_chunk(self, position: int, node: str | None) -> Any:
        work = partial(add_chunk, position, node)
        return self._log.background.write(self._pool, work)


def add_chunk(position: int, node: str | None, connection: Connection) -> int | None:
    """Index the next messages, up to a position; return up to which all are indexed.

    As a `node`, only if no other one has the background work; otherwise return None. Each statement
    is a transaction of its own. Runs in a native thread.
    """
    claim = _INDEXED if node is None else _CLAIM.bindparams(node=node)
    after: int | None = connection.execute(claim).scalar()
    if after is None or after >= position:
        return after
    upto = min(position, after + index.CHUNK)
    said = connection.execute(_NEXT, {"after": after, "upto": upto}).all()
    found = [[word.text for word in words(row.text)] for row in said]
    values = {
        "after": after,
        "upto": upto,
        "revs": [row.rev for row in said],
        "words": [to_tsvector(each) for each in found],
        "lines": [None if has_all_positions(each) else to_line(each) for each in found],
    }
    indexed: int = connection.execute(_STORE, values).scalar_one()
    return indexed
