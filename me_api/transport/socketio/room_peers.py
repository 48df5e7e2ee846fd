"""One room: its clients, and their connections."""

from __future__ import annotations

from me_api.transport.socketio.peer import Peer, Socket


class RoomPeers(dict[str, Peer]):
    """The clients of a room by sid, and their connections, which a broadcast takes as they are."""

    __slots__ = ("_sockets", "number")

    def __init__(self, number: int) -> None:
        super().__init__()
        self.number = number
        """Rooms are listed in the order in which they were created."""
        # Made at the first broadcast: most rooms, such as that of a namespace, never see one.
        self._sockets: set[Socket] | None = None

    @property
    def sockets(self) -> set[Socket]:
        """The connections of all clients."""
        if self._sockets is None:
            self._sockets = {peer.socket for peer in self.values()}
        return self._sockets

    def add(self, peer: Peer) -> None:
        """Add a client; does nothing if it is in the room."""
        self[peer.sid] = peer
        if self._sockets is not None:
            self._sockets.add(peer.socket)

    def remove(self, peer: Peer) -> None:
        """Remove a client; does nothing if it is not in the room."""
        # A client that has resumed its session has the same sid as the connection before.
        if self.get(peer.sid) is peer:
            del self[peer.sid]
            if self._sockets is not None:
                self._sockets.discard(peer.socket)
