"""One client in one namespace, as the features' side of the transport sees it."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextvars import Context
from typing import Any, Protocol

from me_api.transport.connection.dispatch import EventQueue, InFlightCounter
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.packets import PreparedPackets
from me_api.transport.socketio import packets


class Socket(InFlightCounter, Protocol):
    """The connection of a client, whatever it speaks."""

    registry: Registry

    @property
    def sid(self) -> str:
        """Its number among all connections."""

    @property
    def buffered(self) -> int:
        """How many bytes wait to leave."""

    @property
    def push(self) -> Callable[..., None]:
        """What sends a parcel."""

    @property
    def answer(self) -> Callable[..., None]:
        """What answers an event with a parcel."""

    @property
    def close(self) -> Callable[..., None]:
        """What ends the connection."""

    def drain(self) -> bool:
        """Wait until all that was sent has left; False when the client is gone."""


class Peer:
    """One client in one namespace."""

    def __init__(self, socket: Socket, sid: str, namespace: str, context: Context) -> None:
        self.socket = socket
        self.sid = sid
        self.namespace = namespace
        self.queue = EventQueue(socket, context)
        self.push: Callable[..., None] = socket.push
        """Send a parcel; nothing happens when the client is gone."""

    def emit(self, event: str, *args: Any, droppable: bool = False) -> None:
        """Send an event."""
        self.push(prepare_events(self.namespace, [[event, *args]], droppable=droppable))

    def fits(self, parcel: PreparedMessage | None) -> bool:
        """Tell whether a parcel, or without one a small one, can be sent with what waits already.

        Half of the bound is kept free for what comes by itself; nothing waiting, anything fits.
        """
        size = 0 if parcel is None else parcel.size
        waiting = self.socket.buffered
        return not waiting or (waiting + size) * 2 <= self.socket.registry.outbox_bytes

    def drain(self) -> bool:
        """Wait until all that was sent has left; False when the client is gone."""
        return self.socket.drain()

    def drop(self) -> None:
        """Close the connection at once; nothing more that it sent is read."""
        self.socket.close()


def broadcast(parcel: PreparedMessage, sockets: Collection[Socket]) -> None:
    """Send a parcel to many: they all share the flusher of one server."""
    for socket in sockets:
        socket.registry.flusher.broadcast(parcel, set(sockets))
        return


def prepare_events(
    namespace: str, events: list[list[Any]], *, droppable: bool = False
) -> PreparedPackets:
    """Encode events once, for any number of clients."""
    texts = [packets.encode(packets.EVENT, namespace, event) for event in events]
    return PreparedPackets(texts, ephemeral=droppable)
