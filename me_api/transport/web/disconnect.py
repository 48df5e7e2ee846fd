"""Whether a client is still there while its answer is waited for."""

from __future__ import annotations

from collections.abc import Callable
from socket import MSG_PEEK
from socket import socket as RawSocket

from me_api.transport.connection.socket_reader import Ear


class Hangup(Ear):
    """Calls `gone` when a client closes its connection; what it sends meanwhile stays unread."""

    most, flags = 1, MSG_PEEK

    def __init__(self, sock: RawSocket, gone: Callable[[], None]) -> None:
        super().__init__(sock)
        self._gone = gone
        self._listen()

    def end(self) -> None:
        """Watch no more."""
        self._stop_listening()

    def _hear(self, data: bytes) -> None:
        """Leave a next request to its turn: it hides whether more follows."""
        self._stop_listening()

    def _hear_end(self) -> None:
        self._stop_listening()
        self._gone()

    def _thrown(self, *_error: object) -> None:
        self._gone()
