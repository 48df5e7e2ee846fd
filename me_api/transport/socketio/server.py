"""The Socket.IO server: connected clients, and their events in order.

Differences from the stock server: nothing that a connect handler sends overtakes CONNECT; the
events of one client run in order, without a request context for each; every valid event is
answered, and a packet that is not valid closes the connection. The first argument of a handler is
the client (`Peer`).
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError

from me_api.errors import BadRequest, Invalid
from me_api.transport.connection.broadcast_target import SLOW
from me_api.transport.connection.dispatch import run_until_first_wait
from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.socketio.connect_timeout import ConnectTimeout
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
from me_api.transport.socketio.results import HandlerResult

CLIENT_DISCONNECT: str = socketio.Server.reason.CLIENT_DISCONNECT
"""The reason of a disconnect that the client has asked for."""


class SocketIOServer(socketio.Server):
    """The Socket.IO server. Handlers run in copies of `context`."""

    def __init__(self, context: Context, *, connect_timeout: float, **options: Any) -> None:
        super().__init__(**options)
        self.context = context
        self.peers: dict[tuple[str, str], Peer] = {}
        self.binary_namespaces: set[str] = set()
        """Those whose events may have attachments; in others such an event is refused."""
        self._unfinished: dict[str, Packet] = {}
        self._connect_timeout = ConnectTimeout(connect_timeout)

    def _engineio_server_class(self) -> type[EngineIOServer]:
        return EngineIOServer

    def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        self._connect_timeout.start(self.eio.sockets[eio_sid])

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Process a packet or an attachment; raise `ProtocolError` if it violates the protocol."""
        if isinstance(data, bytes):
            self._attach(eio_sid, data)
        elif eio_sid in self._unfinished:
            raise ProtocolError("An attachment is missing.")
        else:
            packet = decode(data)
            if packet.kind == CONNECT:
                self._connect(eio_sid, packet)
            elif packet.missing:
                self._await_attachments(self._peer(eio_sid, packet), packet)
            else:
                self._dispatch(self._peer(eio_sid, packet), packet)

    def _peer(self, eio_sid: str, packet: Packet) -> Peer:
        """Return the sender of a packet; raise `ProtocolError` if it is not connected."""
        peer = self.peers.get((eio_sid, packet.namespace))
        if peer is None:
            raise ProtocolError("The namespace is not connected.")
        return peer

    def _await_attachments(self, peer: Peer, packet: Packet) -> None:
        """Keep a packet until it is complete, or refuse it now and keep nothing of it."""
        self._unfinished[peer.socket.sid] = packet
        if packet.namespace in self.binary_namespaces:
            packet.attachments = []
            return
        packet.data = None
        if packet.kind == BINARY_EVENT:
            error = Invalid([(None, "Binary data is not accepted here.")])
            peer.queue.run(self._run, peer, [error], packet.ack_id)

    def _attach(self, eio_sid: str, data: bytes) -> None:
        if (packet := self._unfinished.get(eio_sid)) is None:
            raise ProtocolError("No packet has announced binary data.")
        packet.attach(data)
        if packet.missing:
            return
        del self._unfinished[eio_sid]
        if packet.attachments is not None:
            self._dispatch(self._peer(eio_sid, packet), packet)

    def _dispatch(self, peer: Peer, packet: Packet) -> None:
        if packet.kind in (EVENT, BINARY_EVENT):
            event = packet.data
            if not packet.readable:
                event = [BadRequest("This packet cannot be read.", code="unreadable")]
            peer.queue.run(self._run, peer, event, packet.ack_id)
        elif packet.kind == DISCONNECT:
            self._disconnect(peer, CLIENT_DISCONNECT)
            self._left(peer.socket)

    def _connect(self, eio_sid: str, packet: Packet) -> None:
        socket, namespace = self.eio.sockets[eio_sid], packet.namespace
        if namespace not in self.handlers:
            _send_connect_error(socket, namespace, {"message": "Invalid namespace"})
        elif (eio_sid, namespace) in self.peers:
            raise ProtocolError("The namespace is connected already.")
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
            peer.queue.close()
            _send_connect_error(peer.socket, peer.namespace, refusal.error_args)
            self._forget(peer)
            self._left(peer.socket)
            return
        if peer.queue.closed:
            return
        self._connect_timeout.stop(peer.socket.sid)
        connected = {"sid": peer.sid}
        if result.pid is not None:
            connected["pid"] = result.pid
        peer.push(encode_packet(CONNECT, peer.namespace, connected))
        result.on_connected()
        peer.queue.open()

    def _run(self, peer: Peer, event: list[Any], ack_id: int | None) -> None:
        """Call the handler and acknowledge; without an ack id, an error is sent as a notice.

        The event may be an `ApiError` alone, for the catch-all handler to answer.
        """
        result = self._call_handler(peer, event)
        self._answer(peer, result.ack, ack_id)
        if result.then is not None:
            result.then()

    def _answer(self, peer: Peer, ack: Any, ack_id: int | None) -> None:
        if ack_id is not None:
            args = list(ack) if isinstance(ack, tuple) else [ack]
            peer.socket.respond(encode_packet(ACK, peer.namespace, args, ack_id))
        elif "errors" in ack:
            peer.emit("notice", {"text": ack["errors"][0]["detail"], **ack})

    def _call_handler(self, peer: Peer, event: list[Any]) -> HandlerResult:
        handlers = self.handlers[peer.namespace]
        name = event[0]
        if name in handlers and name not in ("*", *self.reserved_events):
            return handlers[name](peer, *event[1:])  # type: ignore[no-any-return]
        return handlers["*"](peer, *event)  # type: ignore[no-any-return]

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Disconnect the client from all namespaces."""
        # Only a DISCONNECT packet ends the session; a CLOSE of Engine.IO does not.
        if reason == CLIENT_DISCONNECT:
            reason = self.reason.TRANSPORT_CLOSE
        for peer in self._namespaces(eio_sid):
            self._disconnect(peer, reason)
        self._unfinished.pop(eio_sid, None)
        self._connect_timeout.stop(eio_sid)

    def _namespaces(self, eio_sid: str) -> list[Peer]:
        """Return the client in each namespace that it is connected to."""
        return [p for name in self.handlers if (p := self.peers.get((eio_sid, name))) is not None]

    def _disconnect(self, peer: Peer, reason: str) -> None:
        self._forget(peer)
        if reason in (self.reason.SERVER_DISCONNECT, SLOW):
            peer.queue.close()
        # Otherwise what the client has sent is handled, as if reading had not kept it waiting.
        run, handler = self.context.copy().run, self.handlers[peer.namespace]["disconnect"]
        peer.queue.finish(run, handler, peer, reason)

    def _left(self, socket: Any) -> None:
        """Close the connection if it stays without a namespace."""
        if not (socket.closed or self._namespaces(socket.sid)):
            self._connect_timeout.start(socket)

    def _forget(self, peer: Peer) -> None:
        self.peers.pop((peer.socket.sid, peer.namespace), None)


def _send_connect_error(socket: Any, namespace: str, reason: dict[str, Any]) -> None:
    socket.push(encode_packet(CONNECT_ERROR, namespace, reason))
