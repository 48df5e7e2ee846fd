"""The presence registry: the members of each room on this node. It is held in memory only.

Presence is per user, not per connection: several tabs count once. Disconnected users stay for a
grace period, so that a reconnect is silent, and bursts of joins and leaves are coalesced.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from me_api.auth.nicks import fold
from me_api.chat.presence.debounce import PendingChanges, debounce_delay
from me_api.chat.presence.grace import GracePeriods
from me_api.chat.presence.nicknames import NicknameRegistry
from me_api.concurrency import Loop
from me_api.extensions import app_extension

GRACE_SECONDS = 10.0
"""Seconds for which a disconnected user is still counted as present."""

SendEvent = Callable[[Iterable[Any], str, dict[str, Any]], None]
"""Sends an event with a body to many connections, encoded once."""


class PresentConnection(Protocol):
    """What presence needs of a connection."""

    nick: str | None
    verified: bool

    @property
    def sender(self) -> str:
        """The id of the user or guest that it belongs to."""

    @property
    def is_guest(self) -> bool:
        """Whether it belongs to a guest."""

    def revoke(self, topic: str) -> None:
        """Unsubscribe from a topic at once."""

    def grant(self, topic: str) -> None:
        """Subscribe to a topic from now on, if this kind of connection does so unasked."""


NO_CONNECTIONS: frozenset[Any] = frozenset()
"""Shared by all members without a connection: there may be thousands."""


@dataclass(slots=True)
class Participant:
    """A member of a room, with their connections to it: none during the grace period."""

    nick: str
    verified: bool
    connections: frozenset[Any] = NO_CONNECTIONS


class PresenceRegistry:
    """The members of all rooms of this node, and the nicks in use."""

    def __init__(self, loop: Loop, send: SendEvent) -> None:
        self._loop = loop
        self.send = send
        self.nicknames = NicknameRegistry()
        self.hidden: set[PresentConnection] = set()
        """Connections that receive messages of rooms without being members: those that are still
        catching up, clients of the course, and streams."""
        self._connections: dict[str, set[Any]] = {}
        self._participants: dict[str, dict[str, Participant]] = {}
        self._pending: dict[str, PendingChanges] = {}
        self._grace_periods = GracePeriods(loop, self._leave)

    def claim_nick(self, nick: str, connection: PresentConnection) -> None:
        """Register a nick for a connection; raises `Conflict` if another sender uses it."""
        self.nicknames.claim(nick, connection)
        self._end_grace_of_others(fold(nick), connection.sender)

    def rename(self, connection: PresentConnection, nick: str, verified: bool) -> None:
        """Change the nick of a connection; its rooms see the old one leave and the new one join.

        Raises `Conflict` if another sender uses the nick.
        """
        # The new nick is claimed first, so that a conflict changes nothing.
        self.claim_nick(nick, connection)
        if connection.nick is not None and fold(connection.nick) != fold(nick):
            self.nicknames.release(connection.nick, connection)
        connection.nick, connection.verified = nick, verified
        for room in self._rooms_of(connection):
            self.add(room, connection)
            member = self._participants[room][connection.sender]
            old, member.nick, member.verified = member.nick, nick, verified
            if old != nick:
                self._send_renamed(room, connection.sender, old, nick)

    def add(self, room: str, connection: PresentConnection) -> None:
        """Add a connection to a room; without a nick it does not become a member."""
        self._connections.setdefault(room, set()).add(connection)
        if connection.nick is None:
            return
        members = self._participants.setdefault(room, {})
        member = members.get(connection.sender)
        if member is None:
            member = Participant(connection.nick, connection.verified)
            members[connection.sender] = member
            self._enqueue(room, connection.sender, "joined", connection.nick)
        self._grace_periods.cancel(room, connection.sender, fold(member.nick))
        member.connections |= {connection}

    def remove(self, room: str, connection: PresentConnection) -> None:
        """Remove a connection from a room, without a grace period."""
        self._remove(room, connection, self._leave)

    def disconnect(self, connection: PresentConnection) -> None:
        """Remove a connection from all rooms; its user leaves when the grace period is over."""
        for room in self._rooms_of(connection):
            self._remove(room, connection, self._start_grace_period)

    def members(self, room: str) -> list[dict[str, Any]]:
        """Return the members of a room as clients receive them."""
        if room in self._pending:
            self._pending[room].reads += 1
        members = self._participants.get(room, {}).values()
        return [{"nick": member.nick, "verified": member.verified} for member in members]

    def count(self, room: str) -> int:
        """Return the number of members of a room."""
        return len(self._participants.get(room, {}))

    def connections(self, room: str) -> list[Any]:
        """Return the connections in a room."""
        return list(self._connections.get(room, ()))

    def _rooms_of(self, connection: PresentConnection) -> list[str]:
        return [room for room, present in self._connections.items() if connection in present]

    def _remove(
        self, room: str, connection: PresentConnection, then: Callable[[str, str], None]
    ) -> None:
        present = self._connections.get(room, set())
        present.discard(connection)
        if not present:
            self._connections.pop(room, None)
        member = self._participants.get(room, {}).get(connection.sender)
        if member is not None and connection in member.connections:
            member.connections = member.connections - {connection} or NO_CONNECTIONS
            if not member.connections:
                then(room, connection.sender)

    def _start_grace_period(self, room: str, sender: str) -> None:
        nick = fold(self._participants[room][sender].nick)
        self._grace_periods.start(room, sender, nick, GRACE_SECONDS)

    def _leave(self, room: str, sender: str) -> None:
        member = self._participants[room].pop(sender)
        self._grace_periods.cancel(room, sender, fold(member.nick))
        if not self._participants[room]:
            del self._participants[room]
        self._enqueue(room, sender, "left", member.nick)

    def _end_grace_of_others(self, key: str, sender: str) -> None:
        # A room has no two members of one nick, so a disconnected member of this nick leaves now.
        for room, other in self._grace_periods.for_nick(key):
            if other != sender:
                self._leave(room, other)

    def _enqueue(self, room: str, sender: str, event: str, nick: str) -> None:
        if room not in self._pending:
            self._pending[room] = PendingChanges()
            seconds = debounce_delay(len(self._connections.get(room, ())))
            self._loop.call_later(seconds, self._publish, room)
        self._pending[room].add(sender, event, nick)

    def _send_renamed(self, room: str, sender: str, old: str, new: str) -> None:
        # If the others have not received the pending join yet, it is sent with the new nick.
        pending = self._pending.get(room)
        if pending is not None and pending.rename(sender, new):
            return
        others = [each for each in self.connections(room) if each.sender != sender]
        self.send(others, "left", self._event_body(room, sender, "left", old))
        self.send(others, "joined", self._event_body(room, sender, "joined", new))

    def _publish(self, room: str) -> None:
        connections = self.connections(room)
        for sender, change in self._pending.pop(room).last(len(connections)):
            others = [each for each in connections if each.sender != sender]
            body = self._event_body(room, sender, change.event, change.nick)
            self.send(others, change.event, body)

    def _event_body(self, room: str, sender: str, event: str, nick: str) -> dict[str, Any]:
        body = {"room": room, "nick": nick, "members": self.count(room)}
        # A joining member is described like an item of the member list.
        if event == "joined":
            body["verified"] = self._participants[room][sender].verified
        return body


presence: PresenceRegistry = app_extension("presence")
