"""A proxy that spoils connections in more ways."""

import contextlib
import socket
from collections.abc import Callable
from weakref import WeakKeyDictionary

from tests.support.proxy import CHUNK, Proxy, Side


class FaultyProxy(Proxy):
    """A proxy that closes one half, forwards in fragments, and resets after some bytes.

    `chunk` is the most bytes that are forwarded at a time. `allowance` returns how many bytes a new
    connection may receive from the server before it is reset.
    """

    def __init__(self, target_port: int) -> None:
        self.chunk = CHUNK
        self.allowance: Callable[[], int] | None = None
        self._left: WeakKeyDictionary[Side, int] = WeakKeyDictionary()
        super().__init__(target_port)

    def close_half(self, *, towards_server: bool) -> None:
        """Send FIN in one direction on every connection; the other stays open."""
        self._command(lambda: self._close_half(towards_server))

    def _close_half(self, towards_server: bool) -> None:
        for side in self._sides:
            if side.is_server is towards_server:
                with contextlib.suppress(OSError):
                    side.sock.shutdown(socket.SHUT_WR)

    def _read(self, side: Side) -> bytes:
        data = side.sock.recv(self.chunk)
        allowance = self.allowance
        if allowance is None or not side.is_server:
            return data
        left = self._left.setdefault(side, allowance())
        if len(data) >= left:
            # What is allowed leaves before the reset, if the client takes it at once.
            side.peer.sock.send(data[:left])
            raise ConnectionResetError
        self._left[side] = left - len(data)
        return data
