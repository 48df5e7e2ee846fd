"""Whether a client is still there while its answer is waited for."""

from __future__ import annotations

from collections.abc import Callable
from socket import MSG_PEEK
from socket import socket as RawSocket

from me_api.transport.connection.socket_reader import SocketReader


class DisconnectWatcher(SocketReader):
    """Calls `gone` when a client closes its connection; what it sends meanwhile stays unread."""

    read_size, flags = 1, MSG_PEEK

    def __init__(self, sock: RawSocket, gone: Callable[[], None]) -> None:
        super().__init__(sock)
        self._gone = gone
        self.start_reading()

    def stop(self) -> None:
        """Watch no more."""
        self.stop_reading()

    def data_received(self, data: bytes) -> None:
        """Leave a next request to its turn: it hides whether more follows."""
        self.stop_reading()

    def eof_received(self) -> None:
        self.stop_reading()
        self._gone()

    def connection_lost(self, *_error: object) -> None:
        self._gone()
