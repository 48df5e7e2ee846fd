"""Flow control: pause reading from a client that does not read its responses, or is throttled."""

from __future__ import annotations

from abc import abstractmethod

from eventlet import hubs, sleep, spawn

from me_api.transport.connection.broadcast_target import BroadcastTarget
from me_api.transport.connection.keepalive import PingState

MAX_IN_FLIGHT = 256
"""Unanswered events of one connection; with more it is not read until half are answered."""
UNCOUNTED = 65_536
"""Bytes that may wait for a client without being counted."""
CLOSE_SECONDS = 5.0
"""Time for a client whose connection is being closed to read what waits, and to close its side."""


class FlowControl(BroadcastTarget):
    """A connection in both directions, read only as fast as the client takes the responses."""

    __slots__ = (
        "_buffered_at_ping",
        "_counted",
        "_is_draining",
        "_partial_reads_at_ping",
        "_paused",
        "_throttled",
        "in_flight",
    )

    _ping_state: PingState
    address: str
    """The client's `network`."""

    def __init__(self) -> None:
        self.in_flight = 0
        self._counted = 0
        self._is_draining = False
        self._paused = False
        self._throttled = False
        self._buffered_at_ping = 0
        self._partial_reads_at_ping = 0

    @property
    def reading_paused(self) -> bool:
        """Whether too much is in flight or buffered to read more, or the client is throttled."""
        return self._paused or self._throttled or self.in_flight >= MAX_IN_FLIGHT

    def event_done(self) -> None:
        """Count an event as answered; resume reading when few enough are in flight."""
        self.in_flight -= 1
        if self.in_flight == MAX_IN_FLIGHT // 2:
            self.resume_reading()

    def apply_backpressure(self) -> None:
        """Stop reading if more than half of the write buffer is used, until it is drained.

        Sends what the kernel takes, and counts the rest. Closes the connection as slow if too much
        waits for all clients, or for its address.
        """
        size = self._output.size
        if size > UNCOUNTED:
            # Only what the kernel does not take has to wait.
            self.flush()
            size = self._output.size
        is_behind = size * 2 > self.registry.write_buffer_limit
        if not is_behind and size <= UNCOUNTED:
            return
        if not self._count(size):
            self._close_slow()
            return
        self._paused = self._paused or is_behind
        if not self._is_draining:
            self._is_draining = True
            spawn(self._resume_when_drained)

    def count_taken(self) -> None:
        """Count only what still waits, now that the client has taken some of it."""
        if self._counted:
            self._count(self._output.size)

    def throttle(self, seconds: float) -> None:
        """Read nothing from the client for so long; what it sends meanwhile is read later."""
        if not self._throttled:
            self._throttled = True
            hubs.get_hub().schedule_call_global(seconds, self._end_throttling)

    def ping(self) -> None:
        """Send a ping, and remember how far the client was."""
        self._buffered_at_ping = self.buffered
        self._partial_reads_at_ping = self.partial_reads
        self._send_ping()

    def ping_timed_out(self) -> None:
        """Close the connection, unless the client has made progress since the ping."""
        # The ping is sent behind what was buffered, and the pong may be behind one large frame, or
        # is not read while reading is paused. So a client that has taken buffered bytes, or has
        # sent a part of a frame, is alive.
        taken = self.buffered < self._buffered_at_ping
        if taken or self.partial_reads > self._partial_reads_at_ping:
            self.registry.keepalive.reset(self._ping_state)
        else:
            self._close_timed_out()

    def _count(self, size: int) -> bool:
        """Count what waits for the client; for too much return False, and keep the old count."""
        counted = self.registry.output_budget.change(self.address, self._counted, size)
        if counted is None:
            return False
        self._counted = counted
        return True

    def _resume_when_drained(self) -> None:
        if not self.drain():
            sleep(CLOSE_SECONDS)
        self._count(0)
        self._paused = self._is_draining = False
        self.resume_reading()

    def _end_throttling(self) -> None:
        self._throttled = False
        self.resume_reading()

    @property
    @abstractmethod
    def partial_reads(self) -> int:
        """How many reads so far have completed no frame."""

    @abstractmethod
    def resume_reading(self) -> None:
        """Read from the client again."""

    @abstractmethod
    def _send_ping(self) -> None:
        """Send a ping, regardless of what is buffered."""

    @abstractmethod
    def _close_timed_out(self) -> None:
        """Close the connection because no pong was received."""
