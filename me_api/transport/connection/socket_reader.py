"""Reading from a socket in the hub's callbacks, so that no greenlet waits for an idle client."""

from __future__ import annotations

from abc import ABC, abstractmethod
from socket import socket as RawSocket
from typing import Any, ClassVar

from eventlet import hubs

READ_SIZE = 65_536


class SocketReader(ABC):
    """Reads a non-blocking socket while reading is started. All methods run in the hub."""

    __slots__ = ("_listener", "_sock")

    read_size: ClassVar[int] = READ_SIZE
    """Bytes read at a time."""
    flags: ClassVar[int] = 0
    """Flags of recv(2)."""

    def __init__(self, sock: RawSocket) -> None:
        self._sock = sock
        self._listener: Any = None

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Process the bytes that were read. Must not block."""

    @abstractmethod
    def eof_received(self) -> None:
        """React to the end of the stream: the peer has shut down writing, or was lost."""

    @abstractmethod
    def connection_lost(self, *_error: object) -> None:
        """React to an error of the hub, which cannot poll the socket."""

    def start_reading(self) -> None:
        """Register the socket with the hub."""
        hub = hubs.get_hub()
        self._listener = hub.add(
            hub.READ, self._sock.fileno(), self._readable, self.connection_lost, self._removed
        )

    def stop_reading(self) -> None:
        """Remove the socket from the hub, if it is registered."""
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _readable(self, _fileno: int) -> None:
        try:
            try:
                data = self._sock.recv(self.read_size, self.flags)
            except BlockingIOError:
                return
            except OSError:
                data = b""
            if data:
                self.data_received(data)
            else:
                self.eof_received()
        except MemoryError:
            # This frees what the connection has buffered. The hub would only stop reading.
            self.connection_lost()

    def _removed(self) -> None:
        # The hub calls this when another listener takes over the file descriptor.
        self._listener = None
