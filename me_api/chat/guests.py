"""What guests may do in the rooms, as it is applied to those who are connected."""

from __future__ import annotations

from typing import Any, NamedTuple

from sqlalchemy import select

from me_api.chat.feed import topic
from me_api.chat.models import Room
from me_api.chat.presence.participants import PresentConnection
from me_api.chat.presence.registry import presence
from me_api.eventlog.models import Log
from me_api.extensions import db

_ACCESS = select(
    Room.name,
    Room.guests,
    Room.title,
    Room.archived,
    Room.deleted,
    select(Log.head).scalar_subquery().label("head"),
)


class RoomState(NamedTuple):
    """What may be done in a room, and how it is called."""

    guests: str
    title: str
    archived: str | None
    deleted: str | None

    def body(self, name: str) -> dict[str, Any]:
        """Return what is sent to those who follow the room when it has changed."""
        text = f"The room {name!r} is called {self.title!r}."
        if self.deleted is not None:
            text = f"The room {name!r} was deleted."
        elif self.archived is not None:
            text = f"The room {self.title!r} is archived: it can only be read."
        return {
            "name": name,
            "title": self.title,
            "guests": self.guests,
            "archived": self.archived,
            "deleted": self.deleted is not None,
            "text": text,
        }


def room_states() -> tuple[dict[str, RoomState], int]:
    """Return the state of each room, and the head of the log at that moment."""
    with db.engine.connect() as connection:
        rows = connection.execute(_ACCESS).all()
    states = {row.name: RoomState(row.guests, row.title, row.archived, row.deleted) for row in rows}
    return states, max((row.head for row in rows), default=0)


def apply_guest_access(name: str, guests: str) -> None:
    """Remove guests from a room that is closed to them, or subscribe those who need not join."""
    # Guests are removed from a closed room. When it is opened, members have to join again; hidden
    # connections, which join no rooms, are subscribed here.
    closed = guests == "none"
    for connection in presence.connections(name):
        if connection.is_guest and closed:
            remove_guest(connection, name)
    # A copy: revoking a subscription may close the connection, which takes it out of the set.
    for connection in tuple(presence.hidden):
        if connection.is_guest and closed:
            connection.revoke(topic(name))
        else:
            connection.grant(topic(name))


def remove_guest(connection: PresentConnection, name: str) -> None:
    """Remove a client from a room that it may not read any longer."""
    connection.revoke(topic(name))
    presence.remove(name, connection)
    # The removed guest is in the room no longer, and is sent its own leave besides.
    body = {"room": name, "nick": connection.nick, "members": presence.count(name)}
    presence.send([connection], "left", body)
