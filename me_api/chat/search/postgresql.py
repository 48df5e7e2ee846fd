"""The full-text index of PostgreSQL: the table `search_words`, with our own words."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from functools import partial
from typing import Any

from sqlalchemy import bindparam, text
from sqlalchemy.engine import Connection

from me_api.chat.models import Message
from me_api.chat.search import index
from me_api.chat.search.index import SearchScope
from me_api.chat.search.phrases import Pattern
from me_api.chat.search.tsvector import condition, has_all_positions, to_line, to_tsvector
from me_api.chat.search.words import words
from me_api.chat.serializer import from_row, select_messages
from me_api.concurrency import ThreadPool
from me_api.eventlog import EventLog

NEWEST = 4000
"""Of so many of the newest messages, the words are compared without the index."""
LEASE = "2 seconds"
"""For how long one node does the background work alone; it extends that as long as it works."""

_CLAIM = text(f"""
UPDATE search SET node = :node, until = clock_timestamp() + interval '{LEASE}'
WHERE node = :node OR until < clock_timestamp() RETURNING indexed
""")
_INDEXED = text("SELECT indexed FROM search")
_NEXT = text("""
SELECT rev, text FROM messages WHERE rev > :after AND rev <= :upto AND text IS NOT NULL
ORDER BY rev LIMIT :most
""")
# It need not be on disk: what a crash of the database takes back is indexed once more.
_STORE = text("""
SELECT search_store_1(:after, :upto, :revs, :words, :lines)
FROM set_config('synchronous_commit', 'off', true)
""")


# The planner has to guess how many messages have the words. For a rare word it would walk through
# all messages, newest first, and for a common one sort them all. So: the newest, then the index.
_NEWEST = """
SELECT rev FROM (
    SELECT rev, words, line FROM search_words
    WHERE rev < :before {rooms} ORDER BY rev DESC LIMIT :newest
) AS newest WHERE {match} ORDER BY rev DESC LIMIT :limit
"""
_ALL = """
WITH hits AS MATERIALIZED (
    SELECT rev FROM search_words WHERE {match} AND rev < :before {rooms}
)
SELECT rev FROM hits ORDER BY rev DESC LIMIT :limit
"""
_BY_REV = select_messages().where(Message.rev.in_(bindparam("revs", expanding=True)))


class PostgresqlStore:
    """Implements `Store`. It writes from a native thread, and locks nothing that posting needs."""

    spare = 0
    backlog = 5000
    behind = 20_000

    def __init__(self, log: EventLog, pool: ThreadPool) -> None:
        self._log = log
        self._pool = pool
        self._node = secrets.token_hex(8)

    def add_chunk(self, position: int, *, background: bool) -> int | None:
        """Index the next messages, up to a position; return up to which all are indexed."""
        work = partial(add_chunk, position, self._node if background else None)
        return self._log.background.write(self._pool, work)

    def matching(
        self, patterns: Sequence[Pattern], scope: SearchScope, limit: int, connection: Connection
    ) -> list[dict[str, Any]]:
        """Return the last changed messages in the index with all patterns."""
        match, values = condition(patterns)
        values |= {"before": scope.before, "newest": NEWEST, "limit": limit}
        revs: list[int] = []
        for step in (_NEWEST, _ALL):
            if len(revs) < limit:
                query = step.format(match=match, rooms=scope.condition("room_id"))
                revs = list(connection.execute(text(query), values).scalars())
        rows = connection.execute(_BY_REV, {"revs": revs})
        return [from_row(row) for row in sorted(rows, key=lambda row: -row.rev)]


def add_chunk(position: int, node: str | None, connection: Connection) -> int | None:
    """Index the next messages, up to a position; return up to which all are indexed.

    As a `node`, only if no other one has the background work; otherwise return None. Each statement
    is a transaction of its own. Runs in a native thread.
    """
    claim = _INDEXED if node is None else _CLAIM.bindparams(node=node)
    after: int | None = connection.execute(claim).scalar()
    if after is None or after >= position:
        return after
    most = index.CHUNK
    said = connection.execute(_NEXT, {"after": after, "upto": position, "most": most}).all()
    # Up to the last message, or to the end: a new epoch skips a million positions.
    upto = said[-1].rev if len(said) == most else position
    found = [words(row.text) for row in said]
    values = {
        "after": after,
        "upto": upto,
        "revs": [row.rev for row in said],
        "words": [to_tsvector(each) for each in found],
        "lines": [None if has_all_positions(each) else to_line(each) for each in found],
    }
    indexed: int = connection.execute(_STORE, values).scalar_one()
    return indexed
