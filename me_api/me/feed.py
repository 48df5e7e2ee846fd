"""The feed of the presentation: its part of the event log, which is one row in one topic."""

from __future__ import annotations

from typing import Any

import orjson
from sqlalchemy import Row, select
from sqlalchemy.engine import Connection

from me_api.eventlog import Entry
from me_api.me.models import PresentationRow

TOPIC = "me"
KEY = 1
"""The id of the only row."""


class PresentationFeed:
    """The presentation by the position of its last change."""

    name = TOPIC

    def changes(
        self, connection: Connection, topic: str | None, after: int, upto: int, limit: int
    ) -> list[Entry]:
        """Return the presentation if after < rev <= upto, and `limit` is not 0."""
        body = read(connection)
        if body is None or not after < body["rev"] <= upto:
            return []
        return [Entry(body["rev"], TOPIC, KEY, body)][:limit]

    def count(self, connection: Connection, topic: str, after: int, upto: int, limit: int) -> int:
        """Return how many changes there are to send: 0 or 1."""
        rev = connection.execute(select(PresentationRow.rev)).scalar_one_or_none()
        return min(limit, int(rev is not None and after < rev <= upto))


def read(connection: Connection) -> dict[str, Any] | None:
    """Return the presentation as it is sent; None if it has not been written."""
    columns = PresentationRow.__table__.c
    row = connection.execute(select(*columns)).one_or_none()
    return None if row is None else _to_dict(row)


def _to_dict(row: Row[Any]) -> dict[str, Any]:
    return {
        "name": row.name,
        "headline": row.headline,
        "text": row.text,
        "html": row.html,
        "links": orjson.loads(row.links),
        "picture": row.picture,
        "updated": row.updated,
        "rev": row.rev,
    }
