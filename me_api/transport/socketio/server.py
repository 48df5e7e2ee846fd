"""The Socket.IO server: packets of the clients, and their events in order.

Differences from the stock server: nothing that a direct connect handler sends overtakes CONNECT;
the events of one client run in order, direct handlers without a request context for each; every
valid event for a direct handler is answered, and a packet that is not valid closes the connection.
"""

from __future__ import annotations

import re
from contextvars import Context
from functools import partial
from typing import Any, NoReturn

import socketio
from engineio import json as stock_json

from me_api.errors import BadRequest, Invalid
from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.socketio.clients import ConnectedClients
from me_api.transport.socketio.encoding import encode_packet
from me_api.transport.socketio.options import UnsupportedError
from me_api.transport.socketio.packets import (
    ACK,
    BINARY_ACK,
    BINARY_EVENT,
    CONNECT,
    DISCONNECT,
    EVENT,
    Packet,
    decode,
)
from me_api.transport.socketio.peer import Peer
from me_api.transport.socketio.results import Handler, LaterResult
from me_api.transport.socketio.unfinished import UnfinishedEvents

CLIENT_DISCONNECT: str = socketio.Server.reason.CLIENT_DISCONNECT
"""The reason of a disconnect that the client has asked for."""

_ENGINEIO_QUERY = re.compile("(?:(?:EIO|transport|t)=[^&]*(?:&|$))*")
"""What the stock clients send, unless the page adds parameters of its own."""


class SocketIOServer(ConnectedClients):
    """Receives the packets of clients, and runs the handlers of their events."""

    def __init__(self, context: Context, *, connect_timeout: float, **options: Any) -> None:
        super().__init__(context, connect_timeout=connect_timeout, **options)
        self.binary_namespaces: set[str] = set()
        """Those whose direct handlers accept attachments; others refuse such an event."""
        self._unfinished = UnfinishedEvents(self.eio.registry.input_budget)
        self._queries: dict[str, str] = {}
        self._not_events = frozenset(("*", *self.reserved_events))
        # orjson, unless the application has chosen a module.
        chosen = self.packet_class.json
        self._decode = decode if chosen is stock_json else lambda text: decode(text, chosen.loads)

    def instrument(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `UnsupportedError`: the Admin UI reads the insides of the stock server."""
        raise UnsupportedError("The Admin UI is not supported: /metrics has counters.")

    def get_session(self, *_: Any, **__: Any) -> NoReturn:
        """Raise `UnsupportedError`: Flask has a session for each client."""
        raise UnsupportedError("Sessions of python-socketio are not supported: use flask.session.")

    save_session = session = get_session

    def query(self, peer: Peer) -> str:
        """Return the query string that the client's connection was opened with.

        Empty if it holds nothing but the parameters of Engine.IO.
        """
        return self._queries.get(peer.socket.sid, "")

    def on_direct(self, event: str, handler: Handler, namespace: str) -> None:
        """Register a direct handler, which is called with the client instead of a request."""
        self.direct_handlers.setdefault(namespace, {})[event] = handler

    def _handle_eio_message(self, eio_sid: str, data: str | bytes) -> None:
        """Process a packet or an attachment; raise `ProtocolError` if it violates the protocol."""
        if isinstance(data, bytes):
            self._attach(eio_sid, data)
        elif eio_sid in self._unfinished:
            raise ProtocolError("An attachment is missing.")
        else:
            packet = self._decode(data)
            if packet.kind == CONNECT:
                self._connect(eio_sid, packet)
                return
            peer = self._peer(eio_sid, packet)
            if packet.missing:
                self._unfinished.add(eio_sid, packet)
                self._await_attachments(peer, packet)
            elif peer is not None:
                self._dispatch(peer, packet)

    def _peer(self, eio_sid: str, packet: Packet) -> Peer | None:
        """Return the sender of a packet, None if it was disconnected and cannot know it yet.

        Raises `ProtocolError` if it was never connected, or has disconnected.
        """
        peer = self.peers.get((eio_sid, packet.namespace))
        if peer is None and packet.namespace not in self._removed.get(eio_sid, ()):
            raise ProtocolError("The namespace is not connected.")
        return peer

    def _await_attachments(self, peer: Peer | None, packet: Packet) -> None:
        """Keep a packet until it is complete, or refuse it now and keep nothing of it."""
        if peer is not None and self._accepts_attachments(peer, packet):
            packet.attachments = []
            return
        packet.data = None
        if peer is not None and packet.kind == BINARY_EVENT:
            error = Invalid([(None, "Binary data is not accepted here.")])
            peer.queue.run(self._run, peer, [error], packet.ack_id)

    def _accepts_attachments(self, peer: Peer, packet: Packet) -> bool:
        namespace = packet.namespace
        if namespace in self.binary_namespaces:
            return True
        if packet.kind == BINARY_ACK:
            return packet.ack_id in self.manager.callbacks.get(peer.sid, ())
        direct = self.direct_handlers.get(namespace)
        if direct is None:
            return True
        name = packet.data[0] if packet.readable else None
        return name is not None and name not in direct and self.stock.handles(namespace, name)

    def _attach(self, eio_sid: str, data: bytes) -> None:
        packet = self._unfinished.attach(self.eio.sockets[eio_sid], data)
        if packet is None or packet.attachments is None:
            return
        if (peer := self._peer(eio_sid, packet)) is not None:
            self._dispatch(peer, packet)

    def _dispatch(self, peer: Peer, packet: Packet) -> None:
        if packet.kind in (EVENT, BINARY_EVENT):
            self.eio.registry.received.socketio += 1
            event = packet.data
            if not packet.readable:
                event = [BadRequest("This packet cannot be read.", code="unreadable")]
            peer.queue.run(self._run, peer, event, packet.ack_id)
        elif packet.kind in (ACK, BINARY_ACK):
            if packet.readable:
                self.stock.acknowledged(peer, packet.ack_id, packet.data)
        elif packet.kind == DISCONNECT:
            self._disconnect(peer, CLIENT_DISCONNECT)
            self._left(peer.socket)

    def _run(self, peer: Peer, event: list[Any], ack_id: int | None) -> None:
        """Call the handler and acknowledge; without an ack id, an error is sent as a notice.

        The event may be an `ApiError` alone, for the catch-all handler to answer.
        """
        handlers, name = self.direct_handlers.get(peer.namespace), event[0]
        if handlers is not None and name in handlers and name not in self._not_events:
            result = handlers[name](peer, *event[1:])
        elif handlers is None or self.stock.handles(peer.namespace, name):
            self.stock.run(peer, event, ack_id)
            return
        else:
            result = handlers["*"](peer, *event)
        if isinstance(result, LaterResult):
            peer.socket.in_flight += 1
            result.start(partial(self._answer_later, peer, ack_id))
            return
        self._answer(peer, result.ack, ack_id)
        if result.then is not None:
            result.then()

    def _answer_later(self, peer: Peer, ack_id: int | None, ack: Any) -> None:
        # An event before it may have been stored with it, and be reading the database by now.
        peer.queue.call_in_turn(partial(self._answer_stored, peer, ack_id, ack))

    def _answer_stored(self, peer: Peer, ack_id: int | None, ack: Any) -> None:
        try:
            self._answer(peer, ack, ack_id)
        finally:
            peer.socket.event_done()

    def _answer(self, peer: Peer, ack: Any, ack_id: int | None) -> None:
        if ack_id is not None:
            args = list(ack) if isinstance(ack, tuple) else [ack]
            peer.socket.respond(encode_packet(ACK, peer.namespace, args, ack_id))
        elif "errors" in ack:
            peer.emit("notice", {"text": ack["errors"][0]["detail"], **ack})

    def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        super()._handle_eio_connect(eio_sid, environ)
        if not _ENGINEIO_QUERY.fullmatch(query := environ.get("QUERY_STRING", "")):
            self._queries[eio_sid] = query

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        super()._handle_eio_disconnect(eio_sid, reason)
        self._unfinished.forget(eio_sid)
        self._queries.pop(eio_sid, None)
