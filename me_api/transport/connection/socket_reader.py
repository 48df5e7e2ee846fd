"""Hearing what comes on a connection: the hub calls, so nobody sleeps for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from socket import socket as RawSocket
from typing import Any, ClassVar

from eventlet import hubs

READ_SIZE = 65_536


class SocketReader(ABC):
    """Hears a connection while it listens; all of it runs in the hub, so it never waits."""

    __slots__ = ("_listener", "_sock")

    read_size: ClassVar[int] = READ_SIZE
    """Bytes read at a time."""
    flags: ClassVar[int] = 0
    """How they are read."""

    def __init__(self, sock: RawSocket) -> None:
        self._sock = sock
        self._listener: Any = None

    @abstractmethod
    def data_received(self, data: bytes) -> None:
        """Take what has come."""

    @abstractmethod
    def eof_received(self) -> None:
        """Hear that the other side has closed its half, or that the connection is lost."""

    @abstractmethod
    def connection_lost(self, *_error: object) -> None:
        """Hear from the hub that it cannot listen."""

    def start_reading(self) -> None:
        hub = hubs.get_hub()
        self._listener = hub.add(
            hub.READ, self._sock.fileno(), self._readable, self.connection_lost, self._removed
        )

    def stop_reading(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _readable(self, _fileno: int) -> None:
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

    def _removed(self) -> None:
        self._listener = None
