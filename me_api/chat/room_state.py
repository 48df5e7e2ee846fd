"""What may be done in each room, as it is followed and announced."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select

from me_api.chat.models import Room
from me_api.extensions import db

_STATES = select(
    Room.name,
    Room.guests,
    Room.title,
    Room.archived,
    Room.deleted,
    Room.opened_rev,
)
_GUESTS = {"post": "may post in", "read": "may only read", "none": "may not enter"}


class RoomState(NamedTuple):
    """What may be done in a room, and how it is called."""

    guests: str
    title: str
    archived: str | None
    deleted: str | None

    def body(self, name: str, before: RoomState) -> dict[str, Any]:
        """Return what is sent to those who follow the room when it has changed."""
        text = f"The room {name!r} is called {self.title!r}."
        if self.deleted is not None:
            text = f"The room {name!r} was deleted."
        elif self.archived is not None:
            text = f"The room {self.title!r} is archived: it can only be read."
        elif self.guests != before.guests:
            text = f"Guests {_GUESTS[self.guests]} the room {self.title!r}."
        return {
            "name": name,
            "title": self.title,
            "guests": self.guests,
            "archived": self.archived,
            "deleted": self.deleted is not None,
            "text": text,
        }


def room_states() -> tuple[dict[str, RoomState], dict[str, int]]:
    """Return the state of each room, and the positions at which they were opened, by name."""
    with db.engine.connect() as connection:
        rows = connection.execute(_STATES).all()
    states = {row.name: RoomState(row.guests, row.title, row.archived, row.deleted) for row in rows}
    return states, {row.name: row.opened_rev for row in rows}
