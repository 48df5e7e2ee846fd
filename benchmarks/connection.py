"""A non-blocking TCP connection driven by the load generator's event loop."""

from __future__ import annotations

import socket
import struct
from abc import ABC, abstractmethod

from benchmarks.load import EventLoop

LINGER_RESET = struct.pack("ii", 1, 0)
"""SO_LINGER on with a timeout of 0: close() sends RST instead of FIN."""
CHUNK = bytearray(1 << 18)
"""The receive buffer, shared by all connections: one thread reads from one of them at a time."""


class Connection(ABC):
    """A TCP connection to a port of 127.0.0.1, which can be opened again after it was closed."""

    def __init__(self, loop: EventLoop, port: int, *, urgent: bool = False) -> None:
        self.loop, self.port, self.urgent = loop, port, urgent
        self.sock: socket.socket | None = None
        self.receive_buffer = 0
        self._write_buffer = bytearray()
        self._waits_to_write = False

    def connect(self) -> None:
        """Start to connect without blocking; data sent in the meantime is buffered."""
        self._write_buffer.clear()
        self._waits_to_write = False
        sock = self.sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.receive_buffer:
            # Before connecting, because the size of the TCP window is negotiated then.
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        sock.connect_ex(("127.0.0.1", self.port))
        self.loop.add_reader(sock, self.read, urgent=self.urgent)

    @abstractmethod
    def read(self) -> None:
        """Process the data that the socket has received."""

    @abstractmethod
    def connection_lost(self) -> None:
        """Handle the end of a connection that the server has closed or that has failed."""

    def send(self, data: bytes) -> None:
        """Send bytes now, or as soon as the socket is writable."""
        self._write_buffer += data
        if not self._waits_to_write:
            self._flush()

    def reset(self) -> None:
        """Reset the connection without a closing handshake; `connection_lost` is not called."""
        if self.sock is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, LINGER_RESET)
            self._close()

    def receive(self) -> int:
        """Read once into `CHUNK` and return the size.

        Returns 0 if there is nothing to read. At the end of the connection it returns 0, too, and
        calls `connection_lost`.
        """
        assert self.sock is not None
        try:
            size = self.sock.recv_into(CHUNK)
        except BlockingIOError:
            return 0
        except OSError:
            size = 0
        if not size:
            self._close()
            self.connection_lost()
        return size

    def _close(self) -> None:
        assert self.sock is not None
        self.loop.remove(self.sock)
        self.sock.close()
        self.sock = None

    def _flush(self) -> None:
        if self.sock is None:
            return
        try:
            sent = self.sock.send(self._write_buffer)
        except BlockingIOError:
            sent = 0
        except OSError:
            # The next read fails as well, and reports the loss.
            return
        del self._write_buffer[:sent]
        if bool(self._write_buffer) != self._waits_to_write:
            self._waits_to_write = not self._waits_to_write
            writer = self._flush if self._waits_to_write else None
            self.loop.set_writer(self.sock, writer, urgent=self.urgent)
