"""The full-text index of a database: SQLite and PostgreSQL each have one of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

from me_api.chat.search.phrases import Phrase
from me_api.extensions import app_extension

CHUNK = 512
"""Positions that are indexed at a time."""


class Scope(NamedTuple):
    """Which messages may be found: those before a position, in one room or in all but some."""

    before: int
    room: int | None = None
    closed: tuple[int, ...] = ()

    def condition(self, column: str) -> str:
        """Return the SQL condition on the column with a message's room, beginning with AND."""
        if self.room is not None:
            return f"AND {column} = {self.room}"
        return f"AND {column} NOT IN ({', '.join(map(str, self.closed))})" if self.closed else ""


class Index(Protocol):
    """Finds messages by their words."""

    spare: int
    """Positions that may wait to be indexed while little is written."""
    backlog: int
    """Positions that may wait while more than a chunk is written in each interval."""

    def find(self, phrases: Sequence[Phrase], scope: Scope, limit: int) -> list[dict[str, Any]]:
        """Return the last changed messages that contain all phrases, each with its excerpt.

        All that was committed before is found. Raises `Busy` or `StorageUnavailable`.
        """

    def fill(self, position: int) -> None:
        """Index all messages up to a position; raises `StorageUnavailable`."""


search_index: Index = app_extension("search_index")
