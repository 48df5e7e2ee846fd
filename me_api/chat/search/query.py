"""Finding messages by their words, in the index that `indexing` fills."""

from __future__ import annotations

import re
import secrets
import unicodedata
from functools import partial
from typing import Any, NamedTuple
from urllib.parse import urlencode

from sqlalchemy.engine import Connection

from me_api.auth.identity import Identity
from me_api.chat import rooms
from me_api.chat.schemas import Search
from me_api.chat.search.indexer import indexer
from me_api.chat.serializer import from_cells
from me_api.errors import Invalid, NotSupported, StorageUnavailable
from me_api.eventlog import log
from me_api.validation import MAX_INT

WORDS = 16
"""Most words and quoted parts of one search."""
PREFIX = 3
"""Fewest letters of a beginning; shorter ones would gather half of the index."""
ATTEMPTS = 5
FEW = 200
"""So many matching messages are looked through for those of the right rooms."""

_WORD = re.compile(r'"([^"]*)"?|([^\s"]+)')
_FIND = """
SELECT rooms.name, m.id, m.rev, m.nick, m.verified, m.text, m.created, m.edited, m.deleted,
       CAST(m.payload AS TEXT), snippet(search_words, 0, ?, ?, '…', 24)
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


class RoomFilter(NamedTuple):
    """The rooms that are searched: as a term of the index, and as a condition on messages.

    What the term costs grows with the rooms, what the condition costs with the words' matches.
    """

    term: str = ""
    condition: str = ""


def page(query: Search, identity: Identity) -> dict[str, Any]:
    """Find messages, last changed first; what was committed before the search is found."""
    if not indexer.available:
        raise NotSupported("Searching needs SQLite, whose full-text index it uses.")
    rev, words = log.delivered, _words(query.q)
    found = _read(query, words, identity)
    more, found = len(found) > query.limit, found[: query.limit]
    older = _url(query, found[-1]["rev"]) if more else None
    return {"data": found, "page": {"older": older}, "rev": rev, "epoch": log.epoch}


def _read(query: Search, words: list[str], identity: Identity) -> list[dict[str, Any]]:
    """Search, where needed after the index has caught up with what was committed by then."""
    target = None
    for _ in range(ATTEMPTS):
        where = _where(query.room, identity)
        head, found = log.background.run(partial(_find, words, where, query, target))
        if found is not None:
            return found
        indexer.index_up_to(head)
        target = head
    raise StorageUnavailable("So much is being edited that nothing can be found: try again.")


def _where(room: str | None, identity: Identity) -> RoomFilter:
    """Limit a search to a room, or to those that the caller may read."""
    if room is not None:
        number = rooms.readable(room, identity).id
        return RoomFilter(f'AND room_id : "{number}"', f"AND m.room_id = {number}")
    closed = [str(number) for number in rooms.closed_ids(identity)]
    if not closed:
        return RoomFilter()
    term = " OR ".join(f'"{number}"' for number in closed)
    return RoomFilter(f"NOT room_id : ({term})", f"AND m.room_id NOT IN ({', '.join(closed)})")


def _find(
    words: list[str], where: RoomFilter, query: Search, target: int | None, connection: Connection
) -> tuple[int, list[dict[str, Any]] | None]:
    """Read the log's head and what matches, in a native thread.

    Nothing is told where the index has not reached the target, or without one the head, or where
    a message is out of it for being edited just now.
    """
    head, indexed, edited = connection.exec_driver_sql(_STATE).one()
    if edited or indexed < (head if target is None else target):
        return head, None
    match, before = f"text : ({' AND '.join(words)})", query.before or MAX_INT
    if not where.condition or _few(match, before, connection):
        find = _FIND.format(where.condition)
    else:
        find, match = _FIND.format(""), f"{match} {where.term}"
    # Nobody can write a mark that is made for this one search.
    mark = secrets.token_hex(16)
    values = (mark, mark, match, before, query.limit + 1)
    return head, [_show(row, mark) for row in connection.exec_driver_sql(find, values)]


def _few(match: str, before: int, connection: Connection) -> bool:
    """Tell whether few messages match, in whatever room."""
    count: int = connection.exec_driver_sql(_COUNT, (match, before, FEW + 1)).scalar_one()
    return count <= FEW


def _show(row: Any, mark: str) -> dict[str, Any]:
    room, *cells, excerpt = row
    message = from_cells(room, cells)
    return {**message, "excerpt": _parts(excerpt, mark)}


def _parts(excerpt: str, mark: str) -> list[dict[str, Any]]:
    """Cut a text at its marks: every second part is a match."""
    parts = enumerate(excerpt.split(mark))
    return [{"text": part, "match": n % 2 == 1} for n, part in parts if part]


def _words(text: str) -> list[str]:
    """Write words and quoted parts as FTS5 takes them for nothing else; raises `Invalid`."""
    found = [_phrase(quoted or word, bool(word)) for quoted, word in _WORD.findall(text)]
    words = [phrase for phrase in found if phrase is not None]
    if not words:
        raise Invalid([("q", "Search for at least one word.")])
    if len(words) > WORDS:
        raise Invalid([("q", f"At most {WORDS} words can be searched for at a time.")])
    return words


def _phrase(text: str, may_begin: bool) -> str | None:
    """Quote one; None where it has neither letter nor digit."""
    if not any(_counts(character) for character in text):
        return None
    begins = may_begin and text.endswith("*") and sum(map(_counts, text)) >= PREFIX
    return f'"{text.rstrip("*")}"*' if begins else f'"{text}"'


def _counts(character: str) -> bool:
    """Tell whether the index takes a character for a part of a word."""
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"


def _url(query: Search, before: int) -> str:
    given = {"q": query.q, "room": query.room, "limit": query.limit, "before": before}
    return "/chat/search?" + urlencode({k: v for k, v in given.items() if v is not None})
