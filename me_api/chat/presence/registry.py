"""Who is in which room, and whose nick is whose, on this node; nothing of it is stored.

Somebody is a sender, however many tabs they have. Who loses the connection stays for a grace, so
that a reconnect makes no noise; what happens at once in a storm is told once.
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
"""Seconds that somebody who lost the connection is still counted as present."""

Tell = Callable[[Iterable[Any], str, dict[str, Any]], None]
"""Sends one event to many visitors, encoded once."""


class PresentConnection(Protocol):
    """A connection as presence sees it."""

    nick: str | None
    verified: bool

    @property
    def sender(self) -> str:
        """Whose connection it is."""

    @property
    def is_guest(self) -> bool:
        """Whether it is a guest's."""

    def revoke(self, topic: str) -> None:
        """Stop following a topic at once."""

    def grant(self, topic: str) -> None:
        """Follow a topic from now on, where that goes without asking."""


NO_CONNECTIONS: frozenset[Any] = frozenset()
"""One for all who are away: there may be thousands."""


@dataclass(slots=True)
class Participant:
    """Somebody in a room, and their connections there; who is away has none."""

    nick: str
    verified: bool
    connections: frozenset[Any] = NO_CONNECTIONS


class PresenceRegistry:
    """All rooms of this node."""

    def __init__(self, loop: Loop, tell: Tell) -> None:
        self._loop = loop
        self.send = tell
        self.nicknames = NicknameRegistry()
        self.hidden: set[PresentConnection] = set()
        """Who follows rooms but is not seen there: still arriving, or at a door without rooms."""
        self._connections: dict[str, set[Any]] = {}
        self._participants: dict[str, dict[str, Participant]] = {}
        self._pending: dict[str, PendingChanges] = {}
        self._grace_periods = GracePeriods(loop, self._leave)

    def claim_nick(self, nick: str, visitor: PresentConnection) -> None:
        """Note that a connection uses the nick; raises `Conflict` if another sender does."""
        self.nicknames.claim(nick, visitor)
        self._end_grace_of_others(fold(nick), visitor.sender)

    def rename(self, visitor: PresentConnection, nick: str, verified: bool) -> None:
        """Let a connection go on under another nick; its rooms see one go and another come."""
        self.claim_nick(nick, visitor)
        if visitor.nick is not None and fold(visitor.nick) != fold(nick):
            self.nicknames.release(visitor.nick, visitor)
        visitor.nick, visitor.verified = nick, verified
        for room in self._rooms_of(visitor):
            self.add(room, visitor)
            here = self._participants[room][visitor.sender]
            old, here.nick, here.verified = here.nick, nick, verified
            if old != nick:
                self._send_renamed(room, visitor.sender, old, nick)

    def add(self, room: str, visitor: PresentConnection) -> None:
        """Let a connection into a room."""
        self._connections.setdefault(room, set()).add(visitor)
        if visitor.nick is None:
            return
        present = self._participants.setdefault(room, {})
        here = present.get(visitor.sender)
        if here is None:
            here = present[visitor.sender] = Participant(visitor.nick, visitor.verified)
            self._enqueue(room, visitor.sender, "joined", visitor.nick)
        self._grace_periods.cancel(room, visitor.sender, fold(here.nick))
        here.connections |= {visitor}

    def remove(self, room: str, visitor: PresentConnection) -> None:
        """Let a connection out of a room at once."""
        self._remove(room, visitor, self._leave)

    def disconnect(self, visitor: PresentConnection) -> None:
        """Let a connection out of all rooms; its person is away only after the grace."""
        for room in self._rooms_of(visitor):
            self._remove(room, visitor, self._start_grace_period)

    def members(self, room: str) -> list[dict[str, Any]]:
        """List who is in a room."""
        if room in self._pending:
            self._pending[room].reads += 1
        present = self._participants.get(room, {}).values()
        return [{"nick": here.nick, "verified": here.verified} for here in present]

    def count(self, room: str) -> int:
        """Count who is in a room."""
        return len(self._participants.get(room, {}))

    def connections(self, room: str) -> list[Any]:
        """List the connections in a room."""
        return list(self._connections.get(room, ()))

    def _rooms_of(self, visitor: PresentConnection) -> list[str]:
        return [room for room, inside in self._connections.items() if visitor in inside]

    def _remove(
        self, room: str, visitor: PresentConnection, then: Callable[[str, str], None]
    ) -> None:
        inside = self._connections.get(room, set())
        inside.discard(visitor)
        if not inside:
            self._connections.pop(room, None)
        here = self._participants.get(room, {}).get(visitor.sender)
        if here is not None and visitor in here.connections:
            here.connections = here.connections - {visitor} or NO_CONNECTIONS
            if not here.connections:
                then(room, visitor.sender)

    def _start_grace_period(self, room: str, sender: str) -> None:
        self._grace_periods.start(
            room, sender, fold(self._participants[room][sender].nick), GRACE_SECONDS
        )

    def _leave(self, room: str, sender: str) -> None:
        here = self._participants[room].pop(sender)
        self._grace_periods.cancel(room, sender, fold(here.nick))
        if not self._participants[room]:
            del self._participants[room]
        self._enqueue(room, sender, "left", here.nick)

    def _end_grace_of_others(self, key: str, sender: str) -> None:
        """End the grace of who had this nick before: there are no two of one nick in a room."""
        for room, other in self._grace_periods.for_nick(key):
            if other != sender:
                self._leave(room, other)

    def _enqueue(self, room: str, sender: str, event: str, nick: str) -> None:
        """Gather what is to be told."""
        if room not in self._pending:
            self._pending[room] = PendingChanges()
            self._loop.call_later(
                debounce_delay(len(self._connections.get(room, ()))), self._publish, room
            )
        self._pending[room].add(sender, event, nick)

    def _send_renamed(self, room: str, sender: str, old: str, new: str) -> None:
        """Tell of a new nick; who is about to be told of somebody's coming hears only the new."""
        gathered = self._pending.get(room)
        if gathered is not None and gathered.rename(sender, new):
            return
        others = [v for v in self.connections(room) if v.sender != sender]
        self.send(others, "left", self._event_body(room, sender, "left", old))
        self.send(others, "joined", self._event_body(room, sender, "joined", new))

    def _publish(self, room: str) -> None:
        visitors = self.connections(room)
        for sender, news in self._pending.pop(room).last(len(visitors)):
            others = [visitor for visitor in visitors if visitor.sender != sender]
            self.send(others, news.event, self._event_body(room, sender, news.event, news.nick))

    def _event_body(self, room: str, sender: str, event: str, nick: str) -> dict[str, Any]:
        """Give a coming or going as it is told; of who came all that `members` would."""
        news = {"room": room, "nick": nick, "members": self.count(room)}
        if event == "joined":
            news["verified"] = self._participants[room][sender].verified
        return news


presence: PresenceRegistry = app_extension("presence")
