"""The use case of a search: its words, and the rooms that the caller may read."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from me_api.auth.identity import Identity
from me_api.chat import access
from me_api.chat.schemas import Search
from me_api.chat.search.index import SearchScope, search_index
from me_api.chat.search.phrases import parse
from me_api.eventlog import log
from me_api.validation import MAX_INT


def page(query: Search, identity: Identity) -> dict[str, Any]:
    """Return a page of the messages that match, last changed first.

    All that was committed before the search is found. Raises `Invalid`, `NotFound`, `Forbidden`,
    `Busy`, or `StorageUnavailable`.
    """
    rev, patterns = log.delivered, parse(query.q)
    # One more than the limit is read, to know whether there is another page.
    hits = search_index.find(patterns, _scope(query, identity), query.limit + 1)
    more, hits = len(hits) > query.limit, hits[: query.limit]
    older = _url(query, hits[-1]["rev"]) if more else None
    return {"data": hits, "page": {"older": older}, "rev": rev, "epoch": log.epoch}


def _scope(query: Search, identity: Identity) -> SearchScope:
    before = query.before or MAX_INT
    if query.room is not None:
        return SearchScope(before, room=access.readable(query.room, identity).id)
    return SearchScope(before, closed=tuple(access.closed_ids(identity)))


def _url(query: Search, before: int) -> str:
    values = {"q": query.q, "room": query.room, "limit": query.limit, "before": before}
    return "/chat/search?" + urlencode({k: v for k, v in values.items() if v is not None})
