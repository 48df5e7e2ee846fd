"""Socket.IO: who is connected, and the events of each in order.

Unlike stock it owns the connecting (what a handler sends never overtakes CONNECT), it runs the
events of one client in turn without a request context each, and it answers whatever a client
sends, however wrong it is. Handlers get the client (`Peer`) first.
"""

from __future__ import annotations

from collections.abc import Callable
from contextvars import Context
from dataclasses import dataclass
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError

from me_api.transport.connection.dispatch import run_until_first_wait
from me_api.transport.engineio.packets import PreparedPackets
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.socketio import packets
from me_api.transport.socketio.packets import Packet
from me_api.transport.socketio.peer import Peer

UNREADABLE = ""
"""The name under which an event that cannot be read reaches the handler of unknown events."""


@dataclass(slots=True)
class HandlerResult:
    """What a handler gives back: `body` acknowledges the event, then `then` is called."""

    body: Any
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class ConnectResult:
    """What a connect handler gives back: the pid for CONNECT, and what to do right after it.

    Without a pid the stock client keeps no offset, whatever the events end in.
    """

    pid: str | None
    begin: Callable[[], None]


class SocketIOServer(socketio.Server):
    """The Socket.IO server; handlers run in copies of `context`."""

    def __init__(self, context: Context, **options: Any) -> None:
        super().__init__(**options)
        self.context = context
        self.peers: dict[tuple[str, str], Peer] = {}
        self._unfinished: dict[str, Packet] = {}

    def _engineio_server_class(self) -> type[EngineIOServer]:
        return EngineIOServer

    def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        """Keep nothing of the request: it would stay as long as the connection."""

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Take a packet, or an attachment of the one before it."""
        unfinished = self._unfinished.pop(eio_sid, None)
        if isinstance(data, bytes):
            packet = unfinished
            if packet is not None:
                packet.attach(data)
        else:
            packet = packets.decode(data)
            if unfinished is not None:
                unfinished.readable = False
                self._dispatch(eio_sid, unfinished)
        if packet is not None and packet.missing:
            self._unfinished[eio_sid] = packet
        elif packet is not None:
            self._dispatch(eio_sid, packet)

    def _dispatch(self, eio_sid: str, packet: Packet) -> None:
        peer = self.peers.get((eio_sid, packet.namespace))
        if packet.kind == packets.CONNECT:
            self._connect(eio_sid, packet)
        elif peer is None:
            return
        elif packet.kind in (packets.EVENT, packets.BINARY_EVENT) or not packet.readable:
            peer.queue.run(self._run, peer, _event(packet), packet.ack_id)
        elif packet.kind == packets.DISCONNECT:
            self._end(peer, self.reason.CLIENT_DISCONNECT)

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
        """Authenticate, CONNECT, then whatever the namespace begins with, then the events."""
        try:
            welcome = self.handlers[peer.namespace]["connect"](peer, auth)
        except ConnectionRefusedError as refusal:
            _send_connect_error(peer.socket, peer.namespace, refusal.error_args)
            self._forget(peer)
            return
        if peer.queue.closed:
            return
        connected = {"sid": peer.sid}
        if welcome.pid is not None:
            connected["pid"] = welcome.pid
        peer.push(PreparedPackets([packets.encode(packets.CONNECT, peer.namespace, connected)]))
        welcome.begin()
        peer.queue.open()

    def _run(self, peer: Peer, event: list[Any], ack_id: int | None) -> None:
        """Have the event handled and acknowledge it; an error nobody waits for is a notice."""
        answer = self._call_handler(peer, event)
        if ack_id is not None:
            text = packets.encode(packets.ACK, peer.namespace, [answer.body], ack_id)
            peer.socket.answer(PreparedPackets([text]))
        elif "errors" in answer.body:
            peer.emit("notice", {"text": answer.body["errors"][0]["detail"], **answer.body})
        if answer.then is not None:
            answer.then()

    def _call_handler(self, peer: Peer, event: list[Any]) -> HandlerResult:
        handlers = self.handlers[peer.namespace]
        name = event[0]
        if name in handlers and name not in ("*", *self.reserved_events):
            return handlers[name](peer, *event[1:])  # type: ignore[no-any-return]
        return handlers["*"](peer, *event)  # type: ignore[no-any-return]

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """End all namespaces of a lost connection; only a DISCONNECT packet is explicit."""
        if reason == self.reason.CLIENT_DISCONNECT:
            reason = self.reason.TRANSPORT_CLOSE
        for namespace in self.handlers:
            peer = self.peers.get((eio_sid, namespace))
            if peer is not None:
                self._end(peer, reason)
        self._unfinished.pop(eio_sid, None)

    def _end(self, peer: Peer, reason: str) -> None:
        self._forget(peer)
        self.context.copy().run(self.handlers[peer.namespace]["disconnect"], peer, reason)

    def _forget(self, peer: Peer) -> None:
        peer.queue.close()
        self.peers.pop((peer.socket.sid, peer.namespace), None)


def _event(packet: Packet) -> list[Any]:
    """Give the event's name and arguments, or the name of what cannot be read."""
    data = packet.data
    if packet.readable and isinstance(data, list) and data and isinstance(data[0], str):
        return data
    return [UNREADABLE]


def _send_connect_error(socket: Any, namespace: str, reason: dict[str, Any]) -> None:
    text = packets.encode(packets.CONNECT_ERROR, namespace, reason)
    socket.push(PreparedPackets([text]))
