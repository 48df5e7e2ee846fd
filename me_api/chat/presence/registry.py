"""Who is in which room, and whose nick is whose, on this node; nothing of it is stored.

Somebody is a sender, however many tabs they have. Who loses the connection stays for a grace, so
that a reconnect makes no noise; what happens at once in a storm is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, Protocol

from me_api.auth.nicks import fold
from me_api.chat.presence.debounce import Gathering, quiet
from me_api.chat.presence.grace import Absences
from me_api.chat.presence.nicknames import Names
from me_api.concurrency import Loop

GRACE = 10.0
"""Seconds that somebody who lost the connection is still counted as present."""

Tell = Callable[[Iterable[Any], str, dict[str, Any]], None]
"""Sends one event to many visitors, encoded once."""


class Visitor(Protocol):
    """A connection as presence sees it."""

    nick: str | None
    verified: bool

    @property
    def sender(self) -> str:
        """Whose connection it is."""

    @property
    def is_guest(self) -> bool:
        """Whether it is a guest's."""

    def expel(self, topic: str) -> None:
        """Stop following a topic at once."""

    def admit(self, topic: str) -> None:
        """Follow a topic from now on, where that goes without asking."""


NOBODY: frozenset[Any] = frozenset()
"""One for all who are away: there may be thousands."""


@dataclass(slots=True)
class Presence:
    """Somebody in a room, and their connections there; who is away has none."""

    nick: str
    verified: bool
    visitors: frozenset[Any] = NOBODY


class Hall:
    """All rooms of this node."""

    def __init__(self, loop: Loop, tell: Tell) -> None:
        self._loop = loop
        self.tell = tell
        self.names = Names()
        self.unseen: set[Visitor] = set()
        """Who follows rooms but is not seen there: still arriving, or at a door without rooms."""
        self._visitors: dict[str, set[Any]] = {}
        self._present: dict[str, dict[str, Presence]] = {}
        self._news: dict[str, Gathering] = {}
        self._absences = Absences(loop, self._gone)

    def take_nick(self, nick: str, visitor: Visitor) -> None:
        """Note that a connection uses the nick; raises `Conflict` if another sender does."""
        self.names.take(nick, visitor)
        self._end_namesakes(fold(nick), visitor.sender)

    def rename(self, visitor: Visitor, nick: str, verified: bool) -> None:
        """Let a connection go on under another nick; its rooms see one go and another come."""
        self.take_nick(nick, visitor)
        if visitor.nick is not None and fold(visitor.nick) != fold(nick):
            self.names.drop(visitor.nick, visitor)
        visitor.nick, visitor.verified = nick, verified
        for room in self._rooms_of(visitor):
            self.enter(room, visitor)
            here = self._present[room][visitor.sender]
            old, here.nick, here.verified = here.nick, nick, verified
            if old != nick:
                self._tell_renamed(room, visitor.sender, old, nick)

    def enter(self, room: str, visitor: Visitor) -> None:
        """Let a connection into a room."""
        self._visitors.setdefault(room, set()).add(visitor)
        if visitor.nick is None:
            return
        present = self._present.setdefault(room, {})
        here = present.get(visitor.sender)
        if here is None:
            here = present[visitor.sender] = Presence(visitor.nick, visitor.verified)
            self._tell(room, visitor.sender, "joined", visitor.nick)
        self._absences.end(room, visitor.sender, fold(here.nick))
        here.visitors |= {visitor}

    def leave(self, room: str, visitor: Visitor) -> None:
        """Let a connection out of a room at once."""
        self._go(room, visitor, self._gone)

    def lose(self, visitor: Visitor) -> None:
        """Let a connection out of all rooms; its person is away only after the grace."""
        for room in self._rooms_of(visitor):
            self._go(room, visitor, self._await_return)

    def members(self, room: str) -> list[dict[str, Any]]:
        """List who is in a room."""
        if room in self._news:
            self._news[room].reads += 1
        present = self._present.get(room, {}).values()
        return [{"nick": here.nick, "verified": here.verified} for here in present]

    def count(self, room: str) -> int:
        """Count who is in a room."""
        return len(self._present.get(room, {}))

    def visitors(self, room: str) -> list[Any]:
        """List the connections in a room."""
        return list(self._visitors.get(room, ()))

    def _rooms_of(self, visitor: Visitor) -> list[str]:
        return [room for room, inside in self._visitors.items() if visitor in inside]

    def _go(self, room: str, visitor: Visitor, then: Callable[[str, str], None]) -> None:
        inside = self._visitors.get(room, set())
        inside.discard(visitor)
        if not inside:
            self._visitors.pop(room, None)
        here = self._present.get(room, {}).get(visitor.sender)
        if here is not None and visitor in here.visitors:
            here.visitors = here.visitors - {visitor} or NOBODY
            if not here.visitors:
                then(room, visitor.sender)

    def _await_return(self, room: str, sender: str) -> None:
        self._absences.begin(room, sender, fold(self._present[room][sender].nick), GRACE)

    def _gone(self, room: str, sender: str) -> None:
        here = self._present[room].pop(sender)
        self._absences.end(room, sender, fold(here.nick))
        if not self._present[room]:
            del self._present[room]
        self._tell(room, sender, "left", here.nick)

    def _end_namesakes(self, key: str, sender: str) -> None:
        """End the grace of who had this nick before: there are no two of one nick in a room."""
        for room, other in self._absences.of(key):
            if other != sender:
                self._gone(room, other)

    def _tell(self, room: str, sender: str, event: str, nick: str) -> None:
        """Gather what is to be told."""
        if room not in self._news:
            self._news[room] = Gathering()
            self._loop.call_later(quiet(len(self._visitors.get(room, ()))), self._publish, room)
        self._news[room].add(sender, event, nick)

    def _tell_renamed(self, room: str, sender: str, old: str, new: str) -> None:
        """Tell of a new nick; who is about to be told of somebody's coming hears only the new."""
        gathered = self._news.get(room)
        if gathered is not None and gathered.rename(sender, new):
            return
        others = [v for v in self.visitors(room) if v.sender != sender]
        self.tell(others, "left", self._news_of(room, sender, "left", old))
        self.tell(others, "joined", self._news_of(room, sender, "joined", new))

    def _publish(self, room: str) -> None:
        visitors = self.visitors(room)
        for sender, news in self._news.pop(room).last(len(visitors)):
            others = [visitor for visitor in visitors if visitor.sender != sender]
            self.tell(others, news.event, self._news_of(room, sender, news.event, news.nick))

    def _news_of(self, room: str, sender: str, event: str, nick: str) -> dict[str, Any]:
        """Give a coming or going as it is told; of who came all that `members` would."""
        news = {"room": room, "nick": nick, "members": self.count(room)}
        if event == "joined":
            news["verified"] = self._present[room][sender].verified
        return news
