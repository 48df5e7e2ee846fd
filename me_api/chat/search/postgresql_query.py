"""Searching in PostgreSQL: what is in the index by `words @@ …`, the newest messages in Python."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, bindparam, text
from sqlalchemy.engine import Connection

from me_api.chat.models import Message
from me_api.chat.search.excerpt import make_excerpt
from me_api.chat.search.index import Scope
from me_api.chat.search.matches import Pattern, find_matches
from me_api.chat.search.tsvector import condition
from me_api.chat.search.words import words
from me_api.chat.serializer import from_row, select_messages

NEWEST = 4000
"""Of so many of the newest messages, the words are compared without the index."""

# Each statement of the transaction sees the same messages and the same index.
_BEGIN = text("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
_STATE = text("SELECT head, indexed FROM log, search")
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


class Found(NamedTuple):
    """The head of the log, up to where the index reaches, and the messages that were found.

    None instead of messages if more than `waiting` are not in the index.
    """

    head: int
    indexed: int
    hits: list[dict[str, Any]] | None


def find(
    patterns: Sequence[Pattern], scope: Scope, limit: int, waiting: int, connection: Connection
) -> Found:
    """Return the matching messages, last changed first. Runs in a native thread."""
    connection.execute(_BEGIN)
    head, indexed = connection.execute(_STATE).one()
    if head - indexed > waiting:
        return Found(head, indexed, None)
    rows: list[Row[Any]] = []
    if head > indexed:
        newest = _not_indexed(indexed, scope)
        rows = [row for row in connection.execute(newest) if _has(patterns, row.text)][:limit]
    if len(rows) < limit and all(pattern.words for pattern in patterns):
        revs = _indexed(patterns, scope, limit - len(rows), connection)
        rows += sorted(connection.execute(_BY_REV, {"revs": revs}), key=lambda row: -row.rev)
    return Found(head, indexed, [_hit(row, patterns) for row in rows])


def _indexed(
    patterns: Sequence[Pattern], scope: Scope, limit: int, connection: Connection
) -> list[int]:
    match, values = condition(patterns)
    values |= {"before": scope.before, "newest": NEWEST, "limit": limit}
    revs: list[int] = []
    for step in (_NEWEST, _ALL):
        if len(revs) < limit:
            query = step.format(match=match, rooms=scope.condition("room_id"))
            revs = list(connection.execute(text(query), values).scalars())
    return revs


def _not_indexed(indexed: int, scope: Scope) -> Select[Any]:
    messages = select_messages().where(Message.rev > indexed, Message.rev < scope.before)
    if scope.room is not None:
        messages = messages.where(Message.room_id == scope.room)
    else:
        messages = messages.where(Message.room_id.not_in(scope.closed))
    return messages.where(Message.text.is_not(None)).order_by(Message.rev.desc())


def _has(patterns: Sequence[Pattern], said: str) -> bool:
    return bool(find_matches(patterns, [word.text for word in words(said)]))


def _hit(row: Row[Any], patterns: Sequence[Pattern]) -> dict[str, Any]:
    message = from_row(row)
    return {**message, "excerpt": make_excerpt(message["text"], patterns)}
