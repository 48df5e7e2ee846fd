"""How fast a client is read: who does not take the answers is not asked what else it wants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from eventlet import spawn

from me_api.transport.connection.keepalive import Watch
from me_api.transport.connection.registry import Registry

IN_FLIGHT = 256
"""Events of one connection that may wait; with more it is not read until some are answered."""


SLOW = "slow"
"""Why a connection was closed that did not take what was sent to it."""


class Waiting(Protocol):
    """What waits to leave on a connection."""

    @property
    def size(self) -> int:
        """How many bytes wait."""

    def wait_empty(self) -> None:
        """Wait until nothing waits."""


class Paced(ABC):
    """A connection that is read as fast as it takes what comes of it."""

    registry: Registry
    closed: bool
    _watch: Watch

    def __init__(self) -> None:
        self.in_flight = 0
        self._resting = False
        self._left = 0
        self._pieces = 0

    @property
    def busy(self) -> bool:
        """Whether so much waits, to be done or to be taken by the client, that no more is read."""
        return self._resting or self.in_flight >= IN_FLIGHT

    def event_done(self) -> None:
        """Note that an event was answered."""
        self.in_flight -= 1
        if self.in_flight == IN_FLIGHT // 2:
            self._go_on()

    @property
    def waiting(self) -> int:
        """How many bytes wait to leave."""
        self._settle()
        return self._outbox.size

    def drain(self) -> bool:
        """Wait until all that was sent has left; False when the connection closed."""
        while self.waiting and not self.closed:
            self._outbox.wait_empty()
        return not self.closed

    def ping(self) -> None:
        """Send a ping."""
        self._left = self.waiting
        self._pieces = self._begun
        self._send_ping()

    def silent(self) -> None:
        """End the connection: the client has not answered a ping.

        It is asked again as long as it goes on taking what was sent, since the ping is behind that
        and the answer not read while it rests, or sending one large frame, which the answer is
        behind.
        """
        if self.waiting < self._left or self._begun > self._pieces:
            self.registry.pings.pong(self._watch)
        else:
            self._end_silent()

    def _rest(self) -> None:
        """Read nothing until all has left, if more than half of what may wait does."""
        if not self._resting and self._outbox.size * 2 > self.registry.outbox_bytes:
            self._resting = True
            spawn(self._wake)

    def _wake(self) -> None:
        self.drain()
        self._resting = False
        self._go_on()

    @property
    @abstractmethod
    def _outbox(self) -> Waiting:
        """What waits to leave."""

    @property
    @abstractmethod
    def _begun(self) -> int:
        """How often a piece of a frame has come."""

    @abstractmethod
    def _settle(self) -> None:
        """Queue what this one is still to get with many others, before anything newer."""

    @abstractmethod
    def _go_on(self) -> None:
        """Read again."""

    @abstractmethod
    def _send_ping(self) -> None:
        """Send a ping, whatever else waits."""

    @abstractmethod
    def _end_silent(self) -> None:
        """End the connection for want of an answer."""
