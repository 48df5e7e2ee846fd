"""The members of rooms, and what presence needs of their connections."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol


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
NO_NODES: frozenset[str] = frozenset()


@dataclass(slots=True)
class Participant:
    """A member of a room.

    `connections` are those on this node: none during the grace period. `here` is whether this node
    has announced the member to the others, and `nodes` are those that have announced it here.
    """

    nick: str
    verified: bool
    connections: frozenset[Any] = NO_CONNECTIONS
    here: bool = False
    nodes: frozenset[str] = NO_NODES


class Rooms:
    """The members and the connections of each room. Rooms without any are not stored."""

    def __init__(self) -> None:
        self._connections: dict[str, set[Any]] = {}
        self._participants: dict[str, dict[str, Participant]] = {}

    def find(self, room: str, sender: str) -> Participant | None:
        """Return a member, if the sender is one."""
        return self._participants.get(room, {}).get(sender)

    def add(self, room: str, sender: str, member: Participant) -> None:
        self._participants.setdefault(room, {})[sender] = member

    def pop(self, room: str, sender: str) -> Participant:
        """Remove and return a member."""
        members = self._participants[room]
        member = members.pop(sender)
        if not members:
            del self._participants[room]
        return member

    def members(self, room: str) -> Iterable[Participant]:
        """Return the members of a room."""
        return self._participants.get(room, {}).values()

    def participants(self, room: str) -> Mapping[str, Participant]:
        """Return the members of a room, by their senders."""
        return self._participants.get(room, {})

    def count(self, room: str) -> int:
        """Return the number of members of a room."""
        return len(self._participants.get(room, ()))

    def connect(self, room: str, connection: PresentConnection) -> None:
        """Add a connection to a room."""
        self._connections.setdefault(room, set()).add(connection)

    def disconnect(self, room: str, connection: PresentConnection) -> None:
        """Remove a connection from a room, if it is there."""
        present = self._connections.get(room, set())
        present.discard(connection)
        if not present:
            self._connections.pop(room, None)

    def connections(self, room: str) -> list[Any]:
        """Return the connections in a room."""
        return list(self._connections.get(room, ()))

    def count_connections(self, room: str) -> int:
        """Return the number of connections in a room."""
        return len(self._connections.get(room, ()))

    def of(self, connection: PresentConnection) -> list[str]:
        """Return the rooms that a connection is in."""
        return [room for room, present in self._connections.items() if connection in present]
