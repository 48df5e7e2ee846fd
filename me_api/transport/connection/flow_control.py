"""How fast a client is read: who does not take the answers is not asked what else it wants."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Protocol

from eventlet import spawn

from me_api.transport.connection.keepalive import PingState
from me_api.transport.connection.registry import Registry

IN_FLIGHT = 256
"""Events of one connection that may wait; with more it is not read until some are answered."""


SLOW = "slow"
"""Why a connection was closed that did not take what was sent to it."""


class Output(Protocol):
    """What waits to leave on a connection."""

    @property
    def size(self) -> int:
        """How many bytes wait."""

    def drain(self) -> None:
        """Wait until nothing waits."""


class FlowControl(ABC):
    """A connection that is read as fast as it takes what comes of it."""

    registry: Registry
    closed: bool
    _ping_state: PingState

    def __init__(self) -> None:
        self.in_flight = 0
        self._paused = False
        self._buffered_at_ping = 0
        self._partial_reads_at_ping = 0

    @property
    def reading_paused(self) -> bool:
        """Whether so much waits, to be done or to be taken by the client, that no more is read."""
        return self._paused or self.in_flight >= IN_FLIGHT

    def event_done(self) -> None:
        """Note that an event was answered."""
        self.in_flight -= 1
        if self.in_flight == IN_FLIGHT // 2:
            self.resume_reading()

    @property
    def buffered(self) -> int:
        """How many bytes wait to leave."""
        self.flush_pending()
        return self._output.size

    def drain(self) -> bool:
        """Wait until all that was sent has left; False when the connection closed."""
        while self.buffered and not self.closed:
            self._output.drain()
        return not self.closed

    def ping(self) -> None:
        """Send a ping."""
        self._buffered_at_ping = self.buffered
        self._partial_reads_at_ping = self.partial_reads
        self._send_ping()

    def ping_timed_out(self) -> None:
        """End the connection: the client has not answered a ping.

        It is asked again as long as it goes on taking what was sent, since the ping is behind that
        and the answer not read while it rests, or sending one large frame, which the answer is
        behind.
        """
        if (
            self.buffered < self._buffered_at_ping
            or self.partial_reads > self._partial_reads_at_ping
        ):
            self.registry.keepalive.pong(self._ping_state)
        else:
            self._close_timed_out()

    def pause_reading(self) -> None:
        """Read nothing until all has left, if more than half of what may wait does."""
        if not self._paused and self._output.size * 2 > self.registry.outbox_bytes:
            self._paused = True
            spawn(self._resume_when_drained)

    def _resume_when_drained(self) -> None:
        self.drain()
        self._paused = False
        self.resume_reading()

    @property
    @abstractmethod
    def _output(self) -> Output:
        """What waits to leave."""

    @property
    @abstractmethod
    def partial_reads(self) -> int:
        """How often a piece of a frame has come."""

    @abstractmethod
    def flush_pending(self) -> None:
        """Queue what this one is still to get with many others, before anything newer."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Read again."""

    @abstractmethod
    def _send_ping(self) -> None:
        """Send a ping, whatever else waits."""

    @abstractmethod
    def _close_timed_out(self) -> None:
        """End the connection for want of an answer."""
