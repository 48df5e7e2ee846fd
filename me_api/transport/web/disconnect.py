"""Watching for a disconnect of the client while its request is being processed."""

from __future__ import annotations

from collections.abc import Callable
from socket import MSG_PEEK
from socket import socket as RawSocket

from me_api.transport.connection.socket_reader import SocketReader


class DisconnectWatcher(SocketReader):
    """Calls a function when the client closes its connection; consumes no data."""

    # The web server will read the data, so it is only peeked at.
    read_size, flags = 1, MSG_PEEK

    def __init__(self, sock: RawSocket, on_disconnect: Callable[[], None]) -> None:
        super().__init__(sock)
        self._on_disconnect = on_disconnect
        self.start_reading()

    def stop(self) -> None:
        self.stop_reading()

    def data_received(self, data: bytes) -> None:
        # A pipelined request. Until it has been read, EOF behind it cannot be seen, and the socket
        # would stay readable: the hub would call this again and again.
        self.stop_reading()

    def eof_received(self) -> None:
        self.stop_reading()
        self._on_disconnect()

    def connection_lost(self, *_error: object) -> None:
        self._on_disconnect()
