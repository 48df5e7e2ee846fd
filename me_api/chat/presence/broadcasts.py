"""The events `joined` and `left`, collected for a moment before they are sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from me_api.chat.presence.debounce import PendingChanges, debounce_delay
from me_api.chat.presence.participants import Rooms
from me_api.concurrency import Loop

SendEvent = Callable[[Iterable[Any], str, dict[str, Any]], None]
"""Sends an event with a body to many connections, encoded once."""


class PresenceBroadcasts:
    """Sends the changes of each room to the connections in it on this node."""

    def __init__(self, loop: Loop, send: SendEvent, rooms: Rooms) -> None:
        self._loop, self._send, self._rooms = loop, send, rooms
        self._pending: dict[str, PendingChanges] = {}

    def enqueue(self, room: str, sender: str, event: str, nick: str) -> None:
        """Send a join or leave soon, unless the opposite follows."""
        if room not in self._pending:
            self._pending[room] = PendingChanges()
            seconds = debounce_delay(self._rooms.count_connections(room))
            self._loop.call_later(seconds, self._publish, room)
        self._pending[room].add(sender, event, nick)

    def record_read(self, room: str) -> None:
        """Note that the member list is read: its reader knows of what is pending."""
        if room in self._pending:
            self._pending[room].reads += 1

    def send_renamed(self, room: str, sender: str, old: str, new: str) -> None:
        """Send that a member has another nick: the old one leaves, the new one joins."""
        # Where the others have not received the old nick yet, the new one is sent with it.
        pending = self._pending.get(room)
        if pending is not None and pending.rename(sender, old, new):
            return
        connections = self._rooms.connections(room)
        self._send_to_others(room, sender, "left", old, connections)
        self._send_to_others(room, sender, "joined", new, connections)

    def _publish(self, room: str) -> None:
        connections = self._rooms.connections(room)
        for sender, event, nick in self._pending.pop(room).last(len(connections)):
            self._send_to_others(room, sender, event, nick, connections)

    def _send_to_others(
        self, room: str, sender: str, event: str, nick: str, connections: list[Any]
    ) -> None:
        body = {"room": room, "nick": nick, "members": self._rooms.count(room)}
        # A joining member is described like an item of the member list.
        member = self._rooms.find(room, sender)
        if event == "joined" and member is not None:
            body["verified"] = member.verified
        self._send([each for each in connections if each.sender != sender], event, body)
