"""The event `stop typing`, which only the chat among Socket.IO's examples has.

Clients of `/chat` do not send it: for them, a timer does.
"""

from __future__ import annotations

from collections.abc import Callable

from me_api.chat.course.connection import CourseConnection
from me_api.chat.presence.registry import PresenceRegistry, presence
from me_api.cluster import Cluster, Soft
from me_api.concurrency import Loop, Timer

STOPPED = "stop typing"
TYPING_SECONDS = 10.0
"""Seconds without another `typing` after which somebody has stopped."""


class TypingTimers:
    """The timers of those who are typing, by nick."""

    def __init__(self, loop: Loop) -> None:
        self._loop = loop
        self._timers: dict[str, Timer] = {}

    def restart(self, nick: str, stopped: Callable[[], None]) -> None:
        """Call a function when the nick has not been typing for a while."""
        self.cancel(nick)
        self._timers[nick] = self._loop.call_later(TYPING_SECONDS, self._end, nick, stopped)

    def cancel(self, nick: str) -> None:
        """Stop the timer of a nick, if it has one."""
        if (timer := self._timers.pop(nick, None)) is not None:
            timer.cancel()

    def _end(self, nick: str, stopped: Callable[[], None]) -> None:
        self._timers.pop(nick, None)
        stopped()


def send_stopped(room: str, sender: str, nick: str) -> None:
    """Send to the others in a room, on all nodes, that somebody is not writing any longer."""
    _send_stopped(presence, room, sender, nick)
    body = {"room": room, "sender": sender, "nick": nick}
    presence.shared.send(STOPPED, body, droppable=True)


def receive(cluster: Cluster, registry: PresenceRegistry) -> None:
    """Pass on what other nodes send."""

    def stopped(soft: Soft) -> None:
        _send_stopped(registry, soft.body["room"], soft.body["sender"], soft.body["nick"])

    cluster.subscribe(STOPPED, stopped)


def _send_stopped(registry: PresenceRegistry, room: str, sender: str, nick: str) -> None:
    present = [each for each in registry.connections(room) if isinstance(each, CourseConnection)]
    others = [each for each in present if each.sender != sender]
    registry.send(others, STOPPED, {"room": room, "nick": nick})
