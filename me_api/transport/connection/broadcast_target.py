"""Sending to one connection and to many, in one order; slow clients are closed."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Collection
from typing import Any, Protocol

from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.connection.write_buffer import WriteBuffer

SLOW = "slow"
"""The close reason of a client that does not read what it is sent."""


class Output(Protocol):
    """Where a connection's messages wait: a write buffer, or the queue of a polling client."""

    @property
    def size(self) -> int:
        """Bytes that wait to be taken."""

    def drain(self) -> None:
        """Wait until the client has taken what waits, or never will."""


class BroadcastTarget(ABC):
    """A connection that receives messages of its own and broadcasts.

    A broadcast is sent slice by slice (`Flusher`). Before anything newer is written to a
    connection, the broadcasts that are pending for it are enqueued, so that the order is the same
    for all.

    A client over the limit of its write buffer is slow, and is closed (`_close_slow`): by a
    broadcast in `send_now`, by any other message in `push` or `enqueue`. What is `Droppable`
    is dropped first (`WriteBuffer.append`). The client recovers when it reconnects.
    """

    # As those of its subclasses: thousands of connections are open at a time.
    __slots__ = ()

    registry: Registry
    closed: bool
    _write_buffer: WriteBuffer

    def push(self, message: PreparedMessage) -> None:
        """Send a message at the end of this turn. Closes the connection as slow over the limit."""
        self.flush_pending()
        if not self._write_buffer.write(message.data):
            self._close_slow()

    def enqueue(self, message: PreparedMessage) -> None:
        """Append a message to the write buffer. Closes the connection as slow over the limit."""
        if not self._write_buffer.append(message.data):
            self._close_slow()

    def send_now(self, message: PreparedMessage) -> None:
        """Send a message immediately. Closes the connection as slow over the limit."""
        if not self._write_buffer.send_now(message.data):
            self._close_slow()

    def flush(self) -> None:
        """Send what is buffered, without blocking."""
        self._write_buffer.flush()

    def fits(self, message: PreparedMessage | None) -> bool:
        """Return whether a message, or a small one if None, fits beside what is buffered.

        Half of the limit is reserved for events that arrive meanwhile. With nothing buffered,
        anything fits.
        """
        size, buffered = 0 if message is None else message.size, self.buffered
        return not buffered or (buffered + size) * 2 <= self.registry.write_buffer_limit

    @property
    def buffered(self) -> int:
        """Bytes that wait to be sent, pending broadcasts included."""
        self.flush_pending()
        return self._output.size

    def drain(self) -> bool:
        """Wait until everything has been sent; return False if the connection was closed."""
        while self.buffered and not self.closed:
            self._output.drain()
        return not self.closed

    def flush_pending(self) -> None:
        """Enqueue the broadcasts that this connection still waits for."""
        flusher = self.registry.flusher
        if flusher.broadcasts and flusher.flush_pending(self):
            flusher.add(self._write_buffer)

    @property
    def _output(self) -> Output:
        return self._write_buffer

    @abstractmethod
    def _close_slow(self) -> None:
        """Close the connection because its client does not read."""


def broadcast(message: PreparedMessage, targets: Collection[Any], *, join: bool = False) -> None:
    """Send a message to many connections of one server. Never blocks; empty ones are not sent.

    With `join`, it is added to broadcasts that are pending: for messages that come one by one.
    """
    if not message.size:
        return
    for target in targets:
        # All targets share one flusher, so that of any of them will do.
        target.registry.flusher.broadcast(message, set(targets), join=join)
        return
