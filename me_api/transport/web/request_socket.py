"""The socket of an HTTP connection, as the greenlet of a request uses it.

The hub reads ahead, so that a disconnect is noticed; waiting for input or output blocks the
greenlet.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from socket import socket as RawSocket
from typing import Any

import eventlet
from eventlet import hubs
from greenlet import getcurrent

from me_api.errors import RequestTimeout
from me_api.transport.connection.byte_budget import FREE_BYTES, ByteBudget
from me_api.transport.connection.socket_reader import SocketReader
from me_api.transport.web.body_length import bad_framing
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.hijack import Hijacked

MAX_UNREAD = 16_384
"""Bytes that are received beyond what the application has read."""


class RequestSocket(SocketReader):
    """Buffers input, and sends output; `progress_seconds` limit each wait for the client."""

    __slots__ = (
        "_counted",
        "_input_budget",
        "_on_disconnect",
        "_output_budget",
        "_progress_seconds",
        "_waiter",
        "client",
        "closed",
        "eof",
        "received",
    )

    read_size = 16_384

    def __init__(
        self,
        sock: RawSocket,
        client: tuple[str, int],
        progress_seconds: float,
        input_budget: ByteBudget,
        output_budget: ByteBudget,
    ) -> None:
        super().__init__(sock)
        self._output_budget = output_budget
        self._input_budget = input_budget
        self._counted = 0
        self.client = client
        """The client's address and port."""
        self._progress_seconds = progress_seconds
        self._waiter: Any = None
        self._on_disconnect: Callable[[], None] | None = None
        self.closed = False
        """Whether the socket has been closed, or was detached."""
        self.eof = False
        self.received = b""

    @abstractmethod
    def detach(self, status: int) -> Hijacked:
        """Return the socket, which will neither be used nor closed here, and unread input.

        `status` is that of the response which the caller sends.
        """

    def receive_ahead(self, data: bytes) -> None:
        """Buffer what arrives during a request: its body, or pipelined requests."""
        self.received += data
        if len(self.received) >= MAX_UNREAD:
            self.stop_reading()
        self._wake()

    def disconnected(self) -> None:
        """Wake the greenlet that waits for input, and call what watches for a disconnect."""
        self._wake()
        if self._on_disconnect is not None:
            self._on_disconnect()

    def watch_disconnect(self, on_disconnect: Callable[[], None]) -> Callable[[], None]:
        """Call `on_disconnect` in the hub when the client disconnects; return how to stop that."""
        self._on_disconnect = on_disconnect
        if self.eof:
            hubs.get_hub().schedule_call_global(0, on_disconnect)
        return self.stop_watching

    def stop_watching(self) -> None:
        self._on_disconnect = None

    def wait_for_input(self) -> None:
        """Block until more of a body is received. Raises `ApiError` if that fails."""
        if self.eof:
            raise bad_framing("The body is shorter than announced.")
        self.resume_reading()
        self._waiter = getcurrent()
        too_slow = RequestTimeout("The body of the request came too slowly.")
        try:
            with eventlet.Timeout(self._progress_seconds, too_slow):
                hubs.get_hub().switch()
        finally:
            self._waiter = None

    def take(self, length: int) -> bytes | None:
        """Return the next bytes; None if not all are received, or so many have to be counted."""
        received = self.received
        if len(received) < length or length > FREE_BYTES:
            return None
        self.received = received[length:]
        return received[:length]

    @abstractmethod
    def wait_for_turn(self) -> None:
        """Block until the requests of other addresses that receive large bodies had their turn."""

    def count_input(self, size: int) -> bool:
        """Count the bytes that a request holds; return False if all hold too much."""
        if size <= FREE_BYTES and not self._counted:
            return True  # As most requests: nothing changes.
        counted = self._input_budget.change(self.client[0], self._counted, size)
        if counted is None:
            return False
        self._counted = counted
        return True

    def send_all(self, data: bytes) -> None:
        """Send bytes; blocks. Raises `OSError` if the client is gone, or does not take them."""
        sent = self._send_some(data)
        if sent == len(data):
            return
        counted = self._output_budget.change(self.client[0], 0, len(data))
        if counted is None:
            raise ConnectionAbortedError("Too much waits for clients that do not read.")
        try:
            self._send_rest(memoryview(data)[sent:])
        finally:
            self._output_budget.change(self.client[0], counted, 0)

    def send_response(self, response: EncodedResponse) -> None:
        """Send a whole response; blocks, and raises `OSError`, as `send_all` does."""
        self.send_all(response.dated())

    def identified(self, user: str) -> None:
        """Note which registered user has sent the request, for a log."""

    def _send_rest(self, rest: memoryview) -> None:
        while rest:
            hubs.trampoline(
                self._sock, write=True, timeout=self._progress_seconds, timeout_exc=TimeoutError
            )
            rest = rest[self._send_some(rest) :]

    def _send_some(self, data: bytes | memoryview) -> int:
        try:
            return self._sock.send(data)
        except BlockingIOError:
            return 0

    def resume_reading(self) -> None:
        """Read again, if reading was paused because too much was received."""
        # Registered by the hub: its listener keeps the greenlet that registers it.
        if self._listener is None:
            hubs.get_hub().schedule_call_global(0, self._start_reading)

    def _start_reading(self) -> None:
        if self._listener is None and not (self.eof or self.closed):
            self.start_reading()

    def _wake(self) -> None:
        """Resume the greenlet that waits for input. Runs in the hub."""
        waiter, self._waiter = self._waiter, None
        if waiter is not None:
            waiter.switch()
