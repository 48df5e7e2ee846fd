"""Whether a client is still there while its answer is waited for."""

from __future__ import annotations

from collections.abc import Callable
from socket import MSG_PEEK
from socket import socket as RawSocket
from typing import Any

from eventlet import hubs


class Hangup:
    """Calls `gone` when a client closes its connection; what it sends meanwhile stays unread."""

    def __init__(self, sock: RawSocket, gone: Callable[[], None]) -> None:
        self._sock = sock
        self._gone = gone
        hub = hubs.get_hub()
        self._listener: Any = hub.add(
            hub.READ, sock.fileno(), self._readable, self._thrown, self._obsolete
        )

    def end(self) -> None:
        """Watch no more."""
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _readable(self, _fileno: int) -> None:
        """Look what came: a next request waits for its turn, and hides whether more follows."""
        try:
            data = self._sock.recv(1, MSG_PEEK)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        self.end()
        if not data:
            self._gone()

    def _thrown(self, *_error: object) -> None:
        self._gone()

    def _obsolete(self) -> None:
        self._listener = None
