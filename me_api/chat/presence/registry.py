"""The presence registry: the members of each room. It is held in memory only.

Presence is per user, not per connection: several tabs count once, on one node or on several.
Disconnected users stay for a grace period, so that a reconnect is silent, and bursts of joins and
leaves are coalesced.
"""

from __future__ import annotations

from typing import Any

from me_api.auth.nicks import fold
from me_api.chat.presence.broadcasts import PresenceBroadcasts, SendEvent
from me_api.chat.presence.members import Members
from me_api.chat.presence.nicknames import NicknameRegistry
from me_api.chat.presence.participants import PresentConnection, Rooms
from me_api.chat.presence.shared import NothingShared, SharedPresence
from me_api.concurrency import Loop
from me_api.extensions import app_extension


class PresenceRegistry:
    """The members of all rooms, and the nicks in use on this node.

    What changes on this node is passed to `shared`, and what others have to `all_members`.
    """

    def __init__(self, loop: Loop, send: SendEvent, shared: SharedPresence | None = None) -> None:
        self.send = send
        self.shared = shared = shared or NothingShared()
        self.nicknames = NicknameRegistry(shared)
        self.hidden: set[PresentConnection] = set()
        """Connections that receive messages of rooms without being members: those that are still
        catching up, clients of the course, and streams."""
        self._rooms = Rooms()
        self._broadcasts = PresenceBroadcasts(loop, send, self._rooms)
        self.all_members = Members(loop, self._rooms, self._broadcasts, self.nicknames, shared)
        self.unclaimed = self.all_members.unclaimed

    def claim_nick(self, nick: str, connection: PresentConnection) -> None:
        """Register a nick for a connection; raises `Conflict` if another sender uses it."""
        self.nicknames.claim(nick, connection)
        self.all_members.displace(fold(nick), connection.sender)

    def rename(self, connection: PresentConnection, nick: str, verified: bool) -> None:
        """Change the nick of a connection; its rooms see the old one leave and the new one join.

        Raises `Conflict` if another sender uses the nick.
        """
        # The new nick is claimed first, so that a conflict changes nothing.
        self.claim_nick(nick, connection)
        if connection.nick is not None and fold(connection.nick) != fold(nick):
            self.nicknames.release(connection.nick, connection)
        connection.nick, connection.verified = nick, verified
        self.all_members.rename(connection, nick, verified)

    def lose_nick(self, connection: PresentConnection) -> None:
        """Take its nick from a connection, which stays in its rooms but is no member any longer."""
        for room in self._rooms.of(connection):
            self.all_members.remove(room, connection)
            self._rooms.connect(room, connection)
        if connection.nick is not None:
            self.nicknames.release(connection.nick, connection)
            connection.nick, connection.verified = None, False

    def add(self, room: str, connection: PresentConnection) -> None:
        """Add a connection to a room; without a nick it does not become a member."""
        self.all_members.add(room, connection)

    def remove(self, room: str, connection: PresentConnection) -> None:
        """Remove a connection from a room, without a grace period."""
        self.all_members.remove(room, connection)

    def disconnect(self, connection: PresentConnection) -> None:
        """Remove a connection from all rooms; its user leaves when the grace period is over."""
        self.all_members.disconnect(connection)

    def members(self, room: str) -> list[dict[str, Any]]:
        """Return the members of a room as clients receive them."""
        self._broadcasts.record_read(room)
        members = self._rooms.members(room)
        return [{"nick": member.nick, "verified": member.verified} for member in members]

    def find(self, room: str, nick: str) -> tuple[str, str] | None:
        """Return the sender and the nick of the member with a folded nick, if there is one.

        Of clients that are members by their nick, it is the sender of one of the connections.
        """
        for sender, member in self._rooms.participants(room).items():
            if fold(member.nick) == nick:
                own = next((c.identity.sender for c in member.connections), None)
                return own or sender, member.nick
        return None

    def count(self, room: str) -> int:
        """Return the number of members of a room."""
        return self._rooms.count(room)

    def connections(self, room: str) -> list[Any]:
        """Return the connections in a room, on this node."""
        return self._rooms.connections(room)


presence: PresenceRegistry = app_extension("presence")
