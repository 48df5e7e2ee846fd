"""Members under a nick that they have only named: clients of the course may name any.

They do not hold it. Nobody is refused because of them, no message to one person reaches them, and
a sender who claims the nick takes it from them.
"""

from __future__ import annotations

from typing import Protocol

from me_api.auth.nicks import fold
from me_api.chat.presence.participants import PresentConnection, Rooms


class MemberList(Protocol):
    """The members of all rooms."""

    def add(self, room: str, connection: PresentConnection) -> None:
        """Add a connection to a room."""

    def remove(self, room: str, connection: PresentConnection) -> None:
        """Remove a connection from a room, without a grace period."""

    def displace(self, nick: str, sender: str) -> None:
        """Remove others who are counted as present under a folded nick."""

    def is_used(self, nick: str, sender: str) -> bool:
        """Return whether another sender is known under a folded nick."""


class UnclaimedMembers:
    """The connections on this node that are such members, by folded nick."""

    def __init__(self, rooms: Rooms, members: MemberList) -> None:
        self._rooms, self._members = rooms, members
        self._connections: dict[str, set[PresentConnection]] = {}

    def add(self, room: str, connection: PresentConnection, nick: str, verified: bool) -> bool:
        """Make a connection a member of a room; return False if another sender has the nick."""
        folded, sender = fold(nick), connection.sender
        if self._others(folded, sender) or self._members.is_used(folded, sender):
            return False
        self._members.displace(folded, sender)
        connection.nick, connection.verified = nick, verified
        self._connections.setdefault(folded, set()).add(connection)
        self._members.add(room, connection)
        return True

    def remove(self, connection: PresentConnection) -> None:
        """Take its nick from a connection, which is no member any longer; it may have none."""
        if self.forget(connection):
            for room in self._rooms.of(connection):
                self._members.remove(room, connection)
            connection.nick, connection.verified = None, False

    def forget(self, connection: PresentConnection) -> bool:
        """Forget a connection that is lost; return whether it was known here."""
        folded = fold(connection.nick or "")
        present = self._connections.get(folded, set())
        if connection not in present:
            return False
        present.remove(connection)
        if not present:
            del self._connections[folded]
        return True

    def displace(self, nick: str, sender: str) -> None:
        """Remove the members of other senders under a folded nick."""
        for connection in self._others(nick, sender):
            self.remove(connection)

    def _others(self, nick: str, sender: str) -> list[PresentConnection]:
        return [each for each in self._connections.get(nick, ()) if each.sender != sender]
