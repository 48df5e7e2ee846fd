"""Full-text search: queries on the index that `indexer` fills, limited to readable rooms."""

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
from me_api.extensions import pools
from me_api.validation import MAX_INT

WORDS = 16
"""Most words and phrases of one search."""
PREFIX = 3
"""Fewest letters before a `*`; a shorter prefix would match half of the index."""
ATTEMPTS = 5
"""How often a search is tried while the messages that it should find are being edited."""
FEW = 200
"""Most matching messages whose rooms are checked one by one; with more, the index does it."""

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
    """The rooms that are searched, in two forms: a term of the index, a condition on messages.

    The cost of the term grows with the messages of the rooms, that of the condition with the
    messages that contain the words.
    """

    term: str = ""
    condition: str = ""


def page(query: Search, identity: Identity) -> dict[str, Any]:
    """Return a page of the messages that match, last changed first.

    All that was committed before the search is found. Raises `NotSupported`, `Invalid`, `NotFound`,
    `Forbidden`, `Busy`, or `StorageUnavailable`.
    """
    if not indexer.available:
        raise NotSupported("Searching needs SQLite, whose full-text index it uses.")
    rev, words = log.delivered, _words(query.q)
    # One more than the limit is read, to know whether there is another page.
    hits = _read(query, words, identity)
    more, hits = len(hits) > query.limit, hits[: query.limit]
    older = _url(query, hits[-1]["rev"]) if more else None
    return {"data": hits, "page": {"older": older}, "rev": rev, "epoch": log.epoch}


def _read(query: Search, words: list[str], identity: Identity) -> list[dict[str, Any]]:
    target = None
    for _ in range(ATTEMPTS):
        where = _where(query.room, identity)
        head, hits = log.background.run(pools.search, partial(_find, words, where, query, target))
        if hits is not None:
            return hits
        # The index was behind: it catches up with the head of then, not with what is added since.
        indexer.index_up_to(head)
        target = head
    raise StorageUnavailable("So much is being edited that nothing can be found: try again.")


def _where(room: str | None, identity: Identity) -> RoomFilter:
    """Return the filter for a room, or for all rooms that the caller may read."""
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
    """Return the head of the log and the matching messages. Runs in a native thread.

    Instead of messages, returns None if the index has not reached the target (by default the head),
    or if a message that was edited is not in the index yet.
    """
    head, indexed, edited = connection.exec_driver_sql(_STATE).one()
    if edited or indexed < (head if target is None else target):
        return head, None
    match, before = f"text : ({' AND '.join(words)})", query.before or MAX_INT
    if not where.condition or _few(match, before, connection):
        find = _FIND.format(where.condition)
    else:
        find, match = _FIND.format(""), f"{match} {where.term}"
    # A random mark for the highlights, so that no message can contain it.
    mark = secrets.token_hex(16)
    values = (mark, mark, match, before, query.limit + 1)
    return head, [_hit(row, mark) for row in connection.exec_driver_sql(find, values)]


def _few(match: str, before: int, connection: Connection) -> bool:
    # Of all rooms; counting stops when there are too many.
    count: int = connection.exec_driver_sql(_COUNT, (match, before, FEW + 1)).scalar_one()
    return count <= FEW


def _hit(row: Any, mark: str) -> dict[str, Any]:
    room, *cells, excerpt = row
    message = from_cells(room, cells)
    return {**message, "excerpt": _parts(excerpt, mark)}


def _parts(excerpt: str, mark: str) -> list[dict[str, Any]]:
    # The mark is before and behind each match, so every second part is one.
    parts = enumerate(excerpt.split(mark))
    return [{"text": part, "match": n % 2 == 1} for n, part in parts if part]


def _words(text: str) -> list[str]:
    """Return the words and phrases of a search, quoted for FTS5; raises `Invalid`."""
    phrases = [_phrase(quoted or word, bool(word)) for quoted, word in _WORD.findall(text)]
    words = [phrase for phrase in phrases if phrase is not None]
    if not words:
        raise Invalid([("q", "Search for at least one word.")])
    if len(words) > WORDS:
        raise Invalid([("q", f"At most {WORDS} words can be searched for at a time.")])
    return words


def _phrase(text: str, allow_prefix: bool) -> str | None:
    """Return a word or phrase in quotes; None if it has neither letter nor digit."""
    if not any(_is_word_character(character) for character in text):
        return None
    is_prefix = allow_prefix and text.endswith("*") and sum(map(_is_word_character, text)) >= PREFIX
    return f'"{text.rstrip("*")}"*' if is_prefix else f'"{text}"'


def _is_word_character(character: str) -> bool:
    # Letters, numbers and private use are what FTS5's tokenizer takes for parts of words.
    category = unicodedata.category(character)
    return category[0] in "LN" or category == "Co"


def _url(query: Search, before: int) -> str:
    values = {"q": query.q, "room": query.room, "limit": query.limit, "before": before}
    return "/chat/search?" + urlencode({k: v for k, v in values.items() if v is not None})
