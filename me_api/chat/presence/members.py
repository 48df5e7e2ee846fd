"""The members of each room, on this node and on others, and what is sent when they change."""

from __future__ import annotations

from collections.abc import Callable

from me_api.auth.nicks import fold
from me_api.chat.presence.broadcasts import PresenceBroadcasts
from me_api.chat.presence.grace import GracePeriods, Membership
from me_api.chat.presence.nicknames import NicknameRegistry
from me_api.chat.presence.participants import (
    NO_CONNECTIONS,
    NO_NODES,
    Participant,
    PresentConnection,
    Rooms,
)
from me_api.chat.presence.replicas import Value
from me_api.chat.presence.shared import SharedPresence
from me_api.chat.presence.unclaimed import UnclaimedMembers
from me_api.concurrency import Loop

GRACE_SECONDS = 10.0
"""Seconds for which a disconnected user is still counted as present."""
MOVE_SECONDS = 1.0
"""Seconds for which a user is, who has come back on another node meanwhile."""


class Members:
    """Joins and leaves of all rooms.

    A member is present on this node, in the grace period too, or on other nodes (`set_remote`).
    """

    def __init__(
        self,
        loop: Loop,
        rooms: Rooms,
        broadcasts: PresenceBroadcasts,
        nicknames: NicknameRegistry,
        shared: SharedPresence,
    ) -> None:
        self._loop, self._rooms = loop, rooms
        self._broadcasts, self._nicknames, self._shared = broadcasts, nicknames, shared
        self._grace_periods = GracePeriods(loop, self._leave)
        self.unclaimed = UnclaimedMembers(rooms, self)
        self._moving: set[Membership] = set()
        """Members who are back on another node, and whose grace period here ends soon."""

    def add(self, room: str, connection: PresentConnection) -> None:
        """Add a connection to a room; without a nick it does not become a member."""
        self._rooms.connect(room, connection)
        if connection.nick is None:
            return
        sender = connection.sender
        member = self._member(room, sender, connection.nick, connection.verified)
        self._end_grace(room, sender, member)
        was_connected = bool(member.connections)
        member.connections |= {connection}
        if not was_connected:
            self._announce(room, sender, member)

    def remove(self, room: str, connection: PresentConnection) -> None:
        """Remove a connection from a room, without a grace period."""
        self._remove(room, connection, self._leave)

    def disconnect(self, connection: PresentConnection) -> None:
        """Remove a connection from all rooms; its user leaves when the grace period is over."""
        for room in self._rooms.of(connection):
            self._remove(room, connection, self._start_grace_period)

    def rename(self, connection: PresentConnection, nick: str, verified: bool) -> None:
        """Show a connection's user under another nick in its rooms."""
        for room in self._rooms.of(connection):
            self.add(room, connection)
            member = self._rename(room, connection.sender, nick, verified)
            self._announce(room, connection.sender, member)

    def displace(self, nick: str, sender: str) -> None:
        """Remove others who are counted as present under a folded nick that a sender now holds."""
        self.unclaimed.displace(nick, sender)
        # A room has no two members of one nick, so a disconnected member of this nick leaves now.
        for room, other in self._grace_periods.for_nick(nick):
            if other != sender:
                self._leave(room, other)
        # Nobody else can hold the nick: those whom other nodes have under it are disconnected, too.
        for room, other in self._shared.members_named(nick):
            member = self._rooms.find(room, other)
            if other != sender and member is not None and not member.connections:
                member.nodes = NO_NODES
                self._leave(room, other)

    def set_remote(self, node: str, room: str, sender: str, value: Value) -> None:
        """Note that another node has a member, maybe under another nick than before."""
        nick, verified, is_connected = value
        if is_connected:
            self.displace(fold(nick), sender)
        elif self.is_used(fold(nick), sender):
            return
        member = self._member(room, sender, nick, verified)
        member.nodes |= {node}
        if is_connected and not member.connections:
            self._move(room, sender, member, at_once=fold(nick) != fold(member.nick))
        if (member.nick, member.verified) != (nick, verified):
            self._rename(room, sender, nick, verified)

    def unset_remote(self, node: str, room: str, sender: str, *, grace: bool = False) -> None:
        """Note that another node has a member no longer; with `grace` they may come back."""
        member = self._rooms.find(room, sender)
        if member is None or node not in member.nodes:
            return
        member.nodes -= {node}
        if member.nodes or member.here:
            return
        (self._start_grace_period if grace else self._leave)(room, sender)

    def is_used(self, nick: str, sender: str) -> bool:
        """Return whether another sender is known under a folded nick."""
        others = [other for _, other in self._shared.members_named(nick)]
        return any(other != sender for other in (*others, *self._nicknames.senders(nick)))

    def _member(self, room: str, sender: str, nick: str, verified: bool) -> Participant:
        """Return the member that a sender is in a room; a new one joins."""
        member = self._rooms.find(room, sender)
        if member is None:
            member = Participant(nick, verified)
            self._rooms.add(room, sender, member)
            self._broadcasts.enqueue(room, sender, "joined", nick)
        return member

    def _rename(self, room: str, sender: str, nick: str, verified: bool) -> Participant:
        member = self._rooms.find(room, sender)
        assert member is not None
        old, member.nick, member.verified = member.nick, nick, verified
        if old != nick:
            self._broadcasts.send_renamed(room, sender, old, nick)
        return member

    def _remove(
        self, room: str, connection: PresentConnection, then: Callable[[str, str], None]
    ) -> None:
        self._rooms.disconnect(room, connection)
        member = self._rooms.find(room, connection.sender)
        if member is not None and connection in member.connections:
            member.connections = member.connections - {connection} or NO_CONNECTIONS
            if not member.connections:
                then(room, connection.sender)

    def _start_grace_period(self, room: str, sender: str) -> None:
        member = self._rooms.find(room, sender)
        assert member is not None
        self._grace_periods.start(room, sender, fold(member.nick), GRACE_SECONDS)
        if member.here:
            self._announce(room, sender, member)

    def _announce(self, room: str, sender: str, member: Participant) -> None:
        """Send to the other nodes that this one has a member."""
        member.here = True
        is_connected = bool(member.connections)
        self._shared.set(room, sender, (member.nick, member.verified, is_connected))

    def _end_grace(self, room: str, sender: str, member: Participant) -> None:
        self._grace_periods.cancel(room, sender, fold(member.nick))
        self._moving.discard((room, sender))

    def _move(self, room: str, sender: str, member: Participant, *, at_once: bool) -> None:
        """End the grace period of a member who is back on another node."""
        if at_once or not member.here:
            self._end_grace(room, sender, member)
            self._end_here(room, sender, member)
        elif (room, sender) not in self._moving:
            # Later: other nodes have to receive that the member is there before they receive this.
            self._moving.add((room, sender))
            self._loop.call_later(MOVE_SECONDS, self._finish_move, room, sender)

    def _finish_move(self, room: str, sender: str) -> None:
        if (room, sender) in self._moving:
            self._leave(room, sender)

    def _leave(self, room: str, sender: str) -> None:
        """End the presence of a member on this node; they leave unless they are on another."""
        member = self._rooms.find(room, sender)
        assert member is not None
        self._end_grace(room, sender, member)
        self._end_here(room, sender, member)
        if not member.nodes:
            self._rooms.pop(room, sender)
            self._broadcasts.enqueue(room, sender, "left", member.nick)

    def _end_here(self, room: str, sender: str, member: Participant) -> None:
        if member.here:
            member.here = False
            self._shared.set(room, sender, None)
