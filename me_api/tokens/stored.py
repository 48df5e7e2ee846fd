"""Reading tokens as they are listed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, select
from sqlalchemy.engine import Connection

from me_api.auth.models import TokenRoomRow, TokenRow, UserRow
from me_api.extensions import db


@dataclass(frozen=True, slots=True)
class StoredToken:
    """A token as it is listed, with the nick of its user."""

    id: str
    name: str
    user: str
    scopes: list[str]
    rooms: list[str] | None
    created: str
    expires: str | None
    last_used: str | None


def stored_tokens(connection: Connection, condition: ColumnElement[bool]) -> list[StoredToken]:
    """Return the tokens that meet a condition, oldest first."""
    query = select(TokenRow.__table__, UserRow.nick.label("user")).join(
        UserRow, UserRow.id == TokenRow.user_id
    )
    rows = connection.execute(query.where(condition).order_by(TokenRow.created, TokenRow.id)).all()
    of_rooms = select(TokenRoomRow.token_id, TokenRoomRow.room).join(
        TokenRow, TokenRow.id == TokenRoomRow.token_id
    )
    rooms: defaultdict[str, list[str]] = defaultdict(list)
    for token_id, room in connection.execute(of_rooms.where(condition)):
        rooms[token_id].append(room)
    return [_from_row(row, sorted(rooms[row.id])) for row in rows]


def missing_rooms(connection: Connection, names: Collection[str]) -> list[str]:
    """Return those of the names that are no rooms."""
    # By the table's name: no feature imports another.
    rooms = db.metadata.tables["rooms"].c
    existing = select(rooms.name).where(rooms.name.in_(names), rooms.deleted.is_(None))
    known = set(connection.execute(existing).scalars())
    return [name for name in names if name not in known]


def _from_row(row: Any, rooms: list[str]) -> StoredToken:
    return StoredToken(
        row.id,
        row.name,
        row.user,
        row.scopes.split(),
        None if row.all_rooms else rooms,
        row.created,
        row.expires,
        row.last_used,
    )
