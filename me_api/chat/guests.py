"""What guests may do in the rooms, as it is applied to those who are connected."""

from __future__ import annotations

from me_api.chat.feed import topic
from me_api.chat.presence.participants import PresentConnection
from me_api.chat.presence.registry import presence


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
