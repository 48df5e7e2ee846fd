"""Flushing write buffers at the end of a turn of the event loop, and broadcasts in slices."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from time import monotonic
from typing import Any, Protocol

from eventlet import hubs

from me_api.transport.connection.broadcast import Broadcast, join_waiting
from me_api.transport.connection.prepared_message import PreparedMessage

SLICE = 64
"""Connections served before the hub polls its sockets again."""


class Flushable(Protocol):
    """A write buffer, as the flusher uses it."""

    queued: bool
    """Whether the buffer is already in the flusher's queue."""

    def flush(self) -> None:
        """Send what is buffered, without blocking."""


class Recipient(Protocol):
    """A connection that receives broadcasts."""

    def enqueue(self, message: PreparedMessage) -> None:
        """Append a message to the write buffer."""

    def send_now(self, message: PreparedMessage) -> None:
        """Send a message immediately, behind what is already buffered."""

    def flush(self) -> None:
        """Send what is buffered, without blocking."""


class Flusher:
    """Flushes every write buffer that was written to during a turn of the event loop.

    Urgent buffers are flushed first, then a slice of the oldest broadcast, then other buffers. An
    acknowledgement therefore leaves before the message has been sent to a large room, and the hub
    reads the next request between slices.
    """

    def __init__(self) -> None:
        self._dirty: deque[Flushable] = deque()
        self._urgent: deque[Flushable] = deque()
        self.broadcasts: deque[Broadcast] = deque()
        self.on_broadcast: Callable[[float], None] = lambda seconds: None
        """Called with how long a broadcast took until it was sent to its last recipient."""
        self._scheduled = False
        self._has_added = False
        """Whether a message was added to a broadcast since a slice began."""

    @property
    def busy(self) -> bool:
        """Whether anything waits to be flushed."""
        return self._scheduled

    def add(self, write_buffer: Flushable) -> None:
        """Flush a write buffer at the end of this turn."""
        self._dirty.append(write_buffer)
        self._schedule()

    def prioritize(self, write_buffer: Flushable) -> None:
        """Flush a write buffer before all others."""
        self._urgent.append(write_buffer)
        self._schedule()

    def broadcast(
        self, message: PreparedMessage, recipients: set[Any], *, join: bool = False
    ) -> None:
        """Send a message to many connections, in slices. Takes ownership of the set.

        With `join`, it is added to what its recipients still wait for.
        """
        # The message is not appended to each of a thousand buffers here: that would delay the first
        # byte for all of them. A recipient that is written to before its slice gets the message
        # then, through flush_pending, so that the order is kept.
        if join and self.broadcasts:
            recipients = self._join_pending(message, recipients)
        if recipients:
            self.broadcasts.append(Broadcast(message, recipients))
            self._schedule()

    def _join_pending(self, message: PreparedMessage, recipients: set[Any]) -> set[Any]:
        """Add a message to the broadcasts that its recipients still wait for; return the others.

        A client that sends one message after the other meets a broadcast at each slice of the one
        before; without this, each of them would be a `send` of its own for every recipient.
        """
        not_joined: set[Any] = set()
        # From the newest on: of several that a recipient waits for, only the last may be added to.
        for broadcast in reversed(self.broadcasts):
            pending = broadcast.pending
            if pending <= recipients and broadcast.add(message):
                self._has_added = True
                recipients -= pending
            elif not pending.isdisjoint(recipients):
                not_joined |= pending & recipients
                recipients -= pending
        return recipients | not_joined

    def flush_pending(self, recipient: Recipient) -> bool:
        """Enqueue, in order, the broadcasts that a recipient still waits for.

        Return whether there were any.
        """
        pending = [broadcast for broadcast in self.broadcasts if recipient in broadcast.pending]
        for broadcast in pending:
            # Enqueueing may exceed the limit and close the recipient, which calls this again.
            if recipient in broadcast.pending:
                broadcast.pending.remove(recipient)
                recipient.enqueue(broadcast.message)
        return bool(pending)

    def _schedule(self) -> None:
        if self._scheduled:
            return
        self._scheduled = True
        hub = hubs.get_hub()
        # Two rounds of timers from now: in the next one, handlers that a commit has woken still
        # write their acknowledgements, which should leave in the same packet as the event.
        hub.schedule_call_global(0, hub.schedule_call_global, 0, self._flush)

    def _flush(self) -> None:
        try:
            self._flush_slice()
        finally:
            # Also after an error: one broken connection must not stop the output of the others.
            if self._urgent or self._dirty or self.broadcasts:
                hubs.get_hub().schedule_call_global(0, self._flush)
            else:
                self._scheduled = False

    def _flush_slice(self) -> None:
        while self._urgent:
            self._urgent.popleft().flush()
        self._flush_broadcasts(SLICE)
        for _ in range(min(SLICE, len(self._dirty))):
            write_buffer = self._dirty.popleft()
            write_buffer.queued = False
            write_buffer.flush()

    def _flush_broadcasts(self, limit: int) -> None:
        """Send the oldest broadcast to some recipients, with all that each of them waits for."""
        broadcasts = self.broadcasts
        while broadcasts and limit:
            oldest = broadcasts[0]
            pending = oldest.pending
            # Once for the slice: joined broadcasts are many, and have no recipients in common.
            later = [
                broadcast
                for broadcast in broadcasts
                if broadcast is not oldest and not broadcast.pending.isdisjoint(pending)
            ]
            message, others = join_waiting(oldest, later), [each.pending for each in later]
            self._has_added = False
            # The disconnect handler of a connection that is closed here may add something.
            while pending and limit and not self._has_added:
                limit -= 1
                recipient = pending.pop()
                if message is not None:
                    for other in others:
                        other.discard(recipient)
                    recipient.send_now(message)
                else:
                    recipient.enqueue(oldest.message)
                    self.flush_pending(recipient)
                    recipient.flush()
            if not pending:
                broadcasts.popleft()
                self.on_broadcast(monotonic() - oldest.began)
