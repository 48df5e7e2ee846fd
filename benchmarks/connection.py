"""A non-blocking TCP connection under the load's loop: open, send, read, reset."""

from __future__ import annotations

import socket
import struct
from abc import ABC, abstractmethod

from benchmarks.load import Load

RESET = struct.pack("ii", 1, 0)
CHUNK = bytearray(1 << 18)
"""Everything is read into this; one thread reads at a time."""


class Connection(ABC):
    """One connection after another to one port; subclasses say what is read and what a loss is."""

    def __init__(self, load: Load, port: int, *, urgent: bool = False) -> None:
        self.load, self.port, self.urgent = load, port, urgent
        self.sock: socket.socket | None = None
        self.receive_buffer = 0
        self._out = bytearray()
        self._writing = False

    def dial(self) -> None:
        """Begin to connect; what is sent meanwhile waits."""
        self._out.clear()
        self._writing = False
        sock = self.sock = socket.socket()
        sock.setblocking(False)
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        if self.receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, self.receive_buffer)
        sock.connect_ex(("127.0.0.1", self.port))
        self.load.watch(sock, self.read, urgent=self.urgent)

    @abstractmethod
    def read(self) -> None:
        """Act on what has come."""

    @abstractmethod
    def lost(self) -> None:
        """Hear that the connection is gone, and not by our own doing."""

    def send(self, data: bytes) -> None:
        """Send bytes, now or as soon as there is room."""
        self._out += data
        if not self._writing:
            self._flush()

    def kill(self) -> None:
        """Reset the connection, as a broken cable's router does; nobody is told."""
        if self.sock is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self._close()

    def receive(self) -> int:
        """Read once into `CHUNK`; return the size, 0 when nothing is there or it was the end."""
        assert self.sock is not None
        try:
            size = self.sock.recv_into(CHUNK)
        except BlockingIOError:
            return 0
        except OSError:
            size = 0
        if not size:
            self._close()
            self.lost()
        return size

    def _close(self) -> None:
        assert self.sock is not None
        self.load.forget(self.sock)
        self.sock.close()
        self.sock = None

    def _flush(self) -> None:
        if self.sock is None:
            return
        try:
            sent = self.sock.send(self._out)
        except BlockingIOError:
            sent = 0
        except OSError:  # the reader will find out, too
            return
        del self._out[:sent]
        if bool(self._out) != self._writing:
            self._writing = not self._writing
            writer = self._flush if self._writing else None
            self.load.when_writable(self.sock, writer, urgent=self.urgent)
