"""The Socket.IO server: connected clients, and their events in order.

Differences from the stock server: nothing that a connect handler sends overtakes CONNECT; the
events of one client run in order, without a request context for each; and every packet is answered,
however malformed. The first argument of a handler is the client (`Peer`).
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError

from me_api.transport.connection.dispatch import run_until_first_wait
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.socketio.encoding import encode_packet
from me_api.transport.socketio.packets import (
    ACK,
    BINARY_EVENT,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    Packet,
    decode,
)
from me_api.transport.socketio.peer import Peer

UNREADABLE = ""
"""The event name with which a malformed event is passed to the catch-all handler."""
CLIENT_DISCONNECT: str = socketio.Server.reason.CLIENT_DISCONNECT
"""The reason of a disconnect that the client has asked for."""


@dataclass(slots=True)
class HandlerResult:
    """What a handler returns: the acknowledgement, and what to call after it has been sent."""

    ack: Any
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class ConnectResult:
    """What a connect handler returns: the pid, and what to call after CONNECT has been sent."""

    pid: str | None
    """None if the session cannot be recovered: then the stock client stores no offset either."""
    on_connected: Callable[[], None]


class SocketIOServer(socketio.Server):
    """The Socket.IO server. Handlers run in copies of `context`."""

    def __init__(self, context: Context, **options: Any) -> None:
        super().__init__(**options)
        self.context = context
        self.peers: dict[tuple[str, str], Peer] = {}
        self._unfinished: dict[str, Packet] = {}

    def _engineio_server_class(self) -> type[EngineIOServer]:
        return EngineIOServer

    def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        # The stock server keeps the environ as long as the connection, which takes memory.
        return

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Process a packet, or an attachment of the packet before it."""
        unfinished = self._unfinished.pop(eio_sid, None)
        if isinstance(data, bytes):
            packet = unfinished
            if packet is not None:
                packet.attach(data)
        else:
            packet = decode(data)
            if unfinished is not None:
                unfinished.readable = False
                self._dispatch(eio_sid, unfinished)
        if packet is not None and packet.missing:
            self._unfinished[eio_sid] = packet
        elif packet is not None:
            self._dispatch(eio_sid, packet)

    def _dispatch(self, eio_sid: str, packet: Packet) -> None:
        peer = self.peers.get((eio_sid, packet.namespace))
        if packet.kind == CONNECT:
            self._connect(eio_sid, packet)
        elif peer is None:
            return
        elif packet.kind in (EVENT, BINARY_EVENT) or not packet.readable:
            peer.queue.run(self._run, peer, _event(packet), packet.ack_id)
        elif packet.kind == DISCONNECT:
            self._disconnect(peer, CLIENT_DISCONNECT)

    def _connect(self, eio_sid: str, packet: Packet) -> None:
        socket, namespace = self.eio.sockets[eio_sid], packet.namespace
        if namespace not in self.handlers:
            _send_connect_error(socket, namespace, {"message": "Invalid namespace"})
        elif (eio_sid, namespace) in self.peers:
            _send_connect_error(socket, namespace, {"message": "Already connected"})
        elif not packet.readable:
            _send_connect_error(socket, namespace, {"message": "This CONNECT cannot be read"})
        else:
            peer = Peer(socket, self.eio.generate_id(), namespace, self.context)
            self.peers[eio_sid, namespace] = peer
            run_until_first_wait(self.context, self._open, peer, packet.data)

    def _open(self, peer: Peer, auth: Any) -> None:
        """Authenticate, send CONNECT, run the callback of the namespace, then the held events."""
        try:
            result = self.handlers[peer.namespace]["connect"](peer, auth)
        except ConnectionRefusedError as refusal:
            _send_connect_error(peer.socket, peer.namespace, refusal.error_args)
            self._forget(peer)
            return
        if peer.queue.closed:
            return
        connected = {"sid": peer.sid}
        if result.pid is not None:
            connected["pid"] = result.pid
        peer.push(encode_packet(CONNECT, peer.namespace, connected))
        result.on_connected()
        peer.queue.open()

    def _run(self, peer: Peer, event: list[Any], ack_id: int | None) -> None:
        """Call the handler and acknowledge; without an ack id, an error is sent as a notice."""
        result = self._call_handler(peer, event)
        if ack_id is not None:
            peer.socket.respond(encode_packet(ACK, peer.namespace, [result.ack], ack_id))
        elif "errors" in result.ack:
            peer.emit("notice", {"text": result.ack["errors"][0]["detail"], **result.ack})
        if result.then is not None:
            result.then()

    def _call_handler(self, peer: Peer, event: list[Any]) -> HandlerResult:
        handlers = self.handlers[peer.namespace]
        name = event[0]
        if name in handlers and name not in ("*", *self.reserved_events):
            return handlers[name](peer, *event[1:])  # type: ignore[no-any-return]
        return handlers["*"](peer, *event)  # type: ignore[no-any-return]

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Disconnect the client from all namespaces."""
        # Only a DISCONNECT packet is explicit and ends the session; a CLOSE of Engine.IO is not.
        if reason == CLIENT_DISCONNECT:
            reason = self.reason.TRANSPORT_CLOSE
        for namespace in self.handlers:
            peer = self.peers.get((eio_sid, namespace))
            if peer is not None:
                self._disconnect(peer, reason)
        self._unfinished.pop(eio_sid, None)

    def _disconnect(self, peer: Peer, reason: str) -> None:
        self._forget(peer)
        self.context.copy().run(self.handlers[peer.namespace]["disconnect"], peer, reason)

    def _forget(self, peer: Peer) -> None:
        peer.queue.close()
        self.peers.pop((peer.socket.sid, peer.namespace), None)


def _event(packet: Packet) -> list[Any]:
    """Return the name and arguments of an event, or UNREADABLE."""
    data = packet.data
    if packet.readable and isinstance(data, list) and data and isinstance(data[0], str):
        return data
    return [UNREADABLE]


def _send_connect_error(socket: Any, namespace: str, reason: dict[str, Any]) -> None:
    socket.push(encode_packet(CONNECT_ERROR, namespace, reason))
