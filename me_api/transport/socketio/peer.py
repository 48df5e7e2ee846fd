"""One client in one namespace, as the transport knows it."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from typing import Any, Protocol

from me_api.transport.connection.dispatch import EventQueue, InFlightCounter
from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.socketio.encoding import encode_packet
from me_api.transport.socketio.packets import EVENT


class Socket(InFlightCounter, Protocol):
    """The connection below a peer: an Engine.IO session or a native WebSocket."""

    address: str
    """The client's `network`."""
    slot: int
    """Unique among the open connections of the address."""

    @property
    def sid(self) -> str:
        """Unique among all connections of the server."""

    @property
    def push(self) -> Callable[..., None]:
        """Send a message at the end of this turn."""

    @property
    def respond(self) -> Callable[..., None]:
        """Send the response to an event."""

    @property
    def throttle(self) -> Callable[[float], None]:
        """Read nothing from the client for some seconds."""

    @property
    def close(self) -> Callable[..., None]:
        """Close the connection, with a reason."""

    def fits(self, message: PreparedMessage | None) -> bool:
        """Return whether a message fits beside what is buffered."""

    def drain(self) -> bool:
        """Wait until everything has been sent; return False if the connection was closed."""


class Peer:
    """One client in one namespace."""

    __slots__ = (
        "accepted",
        "environ",
        "namespace",
        "number",
        "push",
        "queue",
        "rooms",
        "sid",
        "socket",
    )

    def __init__(self, socket: Socket, sid: str, namespace: str, context: Context) -> None:
        self.socket = socket
        self.sid = sid
        self.namespace = namespace
        self.queue = EventQueue(socket, context)
        self.accepted = False
        """Whether CONNECT has been sent."""
        self.number = 0
        """That of its own room among the rooms of the server."""
        self.rooms: dict[Any, Any] | None = None
        """The rooms that it has joined, by name; each is a `RoomPeers`."""
        self.environ: dict[str, Any] | None = None
        """The WSGI environment in which its stock handlers are called."""
        self.push: Callable[..., None] = socket.push
        """Send a prepared message. Does nothing if the client is disconnected."""

    @property
    def disconnected(self) -> bool:
        """Whether the client has left the namespace."""
        return self.queue.closed

    def emit(self, event: str, *args: Any) -> None:
        """Send an event. Does nothing if the client is disconnected."""
        self.push(encode_packet(EVENT, self.namespace, [event, *args]))

    def fits(self, message: PreparedMessage | None) -> bool:
        """Return whether a message, or a small one if None, fits beside what is buffered."""
        return self.socket.fits(message)

    def drain(self) -> bool:
        """Wait until everything has been sent; return False if the client is disconnected."""
        return self.socket.drain()

    def drop(self) -> None:
        """Close the connection immediately; nothing more that the client has sent is read."""
        self.socket.close()
