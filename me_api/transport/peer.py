"""One client in one namespace, as the features' side of the transport sees it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from me_api.transport.engine import Frame, Socket
from me_api.transport.turns import Lane

if TYPE_CHECKING:
    from me_api.transport.server import Server


class Peer:
    """One client in one namespace."""

    def __init__(self, server: Server, eio_sid: str, sid: str, namespace: str) -> None:
        self.server = server
        self.eio_sid = eio_sid
        self.sid = sid
        self.namespace = namespace
        self.lane = Lane()

    def emit(self, event: str, *args: Any, ephemeral: bool = False) -> None:
        """Send an event."""
        self.push(self.server.frame(self.namespace, event, *args, ephemeral=ephemeral))

    def push(self, frame: Frame) -> None:
        """Send a frame that was encoded before; nothing happens when the client is gone."""
        if (socket := self._socket()) is not None:
            socket.send(frame)

    @property
    def full(self) -> bool:
        """Whether so much waits to leave that no more should be queued now."""
        socket = self._socket()
        return socket is not None and socket.full

    def drained(self) -> bool:
        """Wait until there is room; False when the client is gone."""
        socket = self._socket()
        return socket is not None and socket.drained()

    def flushed(self) -> None:
        """Wait until all that was sent is on its way."""
        if (socket := self._socket()) is not None:
            socket.flushed()

    def drop(self) -> None:
        """Close the connection at once; nothing more that it sent is read."""
        if (socket := self._socket()) is not None:
            socket.close(wait=False, abort=True)

    def _socket(self) -> Socket | None:
        socket: Socket | None = self.server.eio.sockets.get(self.eio_sid)
        return None if socket is None or socket.closed else socket
