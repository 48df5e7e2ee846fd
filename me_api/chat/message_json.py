"""A page of messages as JSON, which SQLite encodes: no object is made for a message.

The bytes are those that orjson makes of `serializer.to_dict`, but for a payload whose JSON another
program has written.
"""

from __future__ import annotations

from itertools import chain
from typing import Any

from orjson import Fragment
from sqlalchemy import (
    ColumnElement,
    Engine,
    LargeBinary,
    bindparam,
    case,
    cast,
    func,
    literal_column,
    select,
)

from me_api.chat.models import Message
from me_api.storage.statements import CompiledStatement


def _flag(condition: Any) -> ColumnElement[Any]:
    # Constants, which SQLite evaluates once for a statement.
    return case((condition, literal_column("json('true')")), else_=literal_column("json('false')"))


_FIELDS: dict[str, Any] = {
    "room": bindparam("room"),
    "id": Message.id,
    "rev": Message.rev,
    "nick": Message.nick,
    "verified": _flag(Message.verified),
    "text": Message.text,
    "time": Message.created,
    "edited": Message.edited,
    "deleted": _flag(Message.deleted.is_not(None)),
}


def _object(fields: dict[str, Any]) -> ColumnElement[Any]:
    names: list[Any] = [literal_column(f"'{name}'") for name in fields]
    return func.json_object(*chain.from_iterable(zip(names, fields.values(), strict=True)))


_OBJECT = case(
    (Message.payload.is_(None), _object(_FIELDS)),
    else_=_object({**_FIELDS, "payload": func.json(Message.payload)}),
)
# A subquery, because an aggregate takes the rows in any order otherwise.
_ROWS = (
    select(_OBJECT.label("message"))
    .where(Message.room_id == bindparam("room_id"))
    .where(Message.id.between(bindparam("low"), bindparam("high")))
    .order_by(Message.id)
    .subquery()
)
# As bytes: a text would be decoded, and encoded again.
_PAGE = CompiledStatement(select(cast(func.group_concat(_ROWS.c.message), LargeBinary)))


def read_page(engine: Engine, room: str, room_id: int, low: int, high: int) -> Fragment:
    """Return the messages of a room whose ids are from `low` to `high`, as a JSON array."""
    values = {"room": room, "room_id": room_id, "low": low, "high": high}
    ((objects,),) = _PAGE.rows(engine, values)
    return Fragment(b"[%b]" % (objects or b""))
