"""Hearing what comes on a connection: the hub calls, so nobody sleeps for it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from socket import socket as RawSocket
from typing import Any, ClassVar

from eventlet import hubs

READ_SIZE = 65_536


class Ear(ABC):
    """Hears a connection while it listens; all of it runs in the hub, so it never waits."""

    __slots__ = ("_listener", "_sock")

    most: ClassVar[int] = READ_SIZE
    """Bytes read at a time."""
    flags: ClassVar[int] = 0
    """How they are read."""

    def __init__(self, sock: RawSocket) -> None:
        self._sock = sock
        self._listener: Any = None

    @abstractmethod
    def _hear(self, data: bytes) -> None:
        """Take what has come."""

    @abstractmethod
    def _hear_end(self) -> None:
        """Hear that the other side has closed its half, or that the connection is lost."""

    @abstractmethod
    def _thrown(self, *_error: object) -> None:
        """Hear from the hub that it cannot listen."""

    def _listen(self) -> None:
        hub = hubs.get_hub()
        self._listener = hub.add(
            hub.READ, self._sock.fileno(), self._readable, self._thrown, self._obsolete
        )

    def _stop_listening(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _readable(self, _fileno: int) -> None:
        try:
            data = self._sock.recv(self.most, self.flags)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if data:
            self._hear(data)
        else:
            self._hear_end()

    def _obsolete(self) -> None:
        self._listener = None
