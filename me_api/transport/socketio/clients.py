"""Connected clients: accepting them in a namespace, and disconnecting them from it.

A namespace has direct handlers, which features declare and which get the client (`Peer`), or stock
handlers (`stock_handlers`), or both.
"""

from __future__ import annotations

from contextvars import Context
from typing import Any

import socketio
from socketio.exceptions import ConnectionRefusedError

from me_api.transport.connection.broadcast_target import SLOW
from me_api.transport.connection.dispatch import run_until_first_wait
from me_api.transport.engineio.packets import PreparedPackets, ProtocolError
from me_api.transport.engineio.server import EngineIOServer
from me_api.transport.socketio.connect_timeout import ConnectTimeout
from me_api.transport.socketio.encoding import encode_packet, encode_stock
from me_api.transport.socketio.loop_thread import LoopThread
from me_api.transport.socketio.packets import CONNECT, CONNECT_ERROR, DISCONNECT, Packet
from me_api.transport.socketio.peer import Peer
from me_api.transport.socketio.results import Handler
from me_api.transport.socketio.rooms import RoomManager
from me_api.transport.socketio.stock_handlers import StockHandlers, kept_environ


class ConnectedClients(socketio.Server):
    """The clients of all namespaces. Direct handlers run in copies of `context`."""

    manager: RoomManager
    manager_initialized: bool

    def __init__(self, context: Context, *, connect_timeout: float, **options: Any) -> None:
        super().__init__(**options)
        self.context = context
        self.peers: dict[tuple[str, str], Peer] = {}
        self.direct_handlers: dict[str, dict[str, Handler]] = {}
        """By namespace and name; each has `connect`, `disconnect` and `*`."""
        self.stock = StockHandlers(self)
        self.thread = LoopThread()
        self._connect_timeout = ConnectTimeout(connect_timeout)
        # By connection: namespaces without handlers, and those from which it was disconnected.
        self._other_namespaces: dict[str, list[str]] = {}
        self._removed: dict[str, set[str]] = {}

    def _engineio_server_class(self) -> type[EngineIOServer]:
        return EngineIOServer

    def encode(
        self, kind: str, namespace: str, data: Any, ack_id: int | None = None
    ) -> PreparedPackets:
        """Encode a packet of a stock handler; raise `TypeError` if that is not possible."""
        return encode_stock(self.packet_class, kind, namespace, data, ack_id)

    def get_environ(self, sid: str, namespace: str | None = None) -> dict[str, Any] | None:
        """Return the WSGI environment that a client's connection was opened with."""
        peer = self.manager.peer(sid, namespace or "/")
        return None if peer is None else peer.environ

    def disconnect(
        self, sid: str, namespace: str | None = None, ignore_queue: bool = False
    ) -> None:
        """Disconnect a client from a namespace; does nothing if it is not connected."""
        name = namespace or "/"
        find = self.manager.is_connected if ignore_queue else self.manager.can_disconnect
        if find(sid, name) and (peer := self.manager.peer(sid, name)) is not None:
            self.logger.info("Disconnecting %s [%s]", sid, name)
            self.remove(peer)

    def remove(self, peer: Peer) -> None:
        """Disconnect a client from its namespace; one that is only connecting, from the server.

        The stock client does not reconnect by itself after the former.
        """
        if not peer.accepted:
            peer.drop()
            return
        peer.push(encode_packet(DISCONNECT, peer.namespace))
        self._removed.setdefault(peer.socket.sid, set()).add(peer.namespace)
        self._disconnect(peer, self.reason.SERVER_DISCONNECT)
        self._left(peer.socket)

    def _handle_eio_connect(self, eio_sid: str, environ: Any) -> None:
        if not self.manager_initialized:
            self.manager_initialized = True
            self.manager.initialize()
        if self.stock.may_be_called():
            self.environ[eio_sid] = kept_environ(environ)
        self._connect_timeout.start(self.eio.sockets[eio_sid])

    def _connect(self, eio_sid: str, packet: Packet) -> None:
        socket, namespace = self.eio.sockets[eio_sid], packet.namespace
        direct = namespace in self.direct_handlers
        if not (direct or self.stock.accepts(namespace)):
            # As the stock servers answer: that of Node, and that of Python.
            unknown = {"message": "Invalid namespace"}
            refusal = unknown if self.direct_handlers else "Unable to connect"
            socket.push(encode_packet(CONNECT_ERROR, namespace, refusal))
        elif (eio_sid, namespace) in self.peers:
            raise ProtocolError("The namespace is connected already.")
        elif not packet.readable:
            unreadable = {"message": "This CONNECT cannot be read"}
            socket.push(encode_packet(CONNECT_ERROR, namespace, unreadable))
        else:
            peer = Peer(socket, self.eio.generate_id(), namespace, self.context)
            self.peers[eio_sid, namespace] = peer
            if not (direct or self.stock.handles(namespace)):
                self._other_namespaces.setdefault(eio_sid, []).append(namespace)
            open_peer = self._open if direct else self._open_stock
            run_until_first_wait(self.context, open_peer, peer, packet.data)

    def _open(self, peer: Peer, auth: Any) -> None:
        """Authenticate, send CONNECT, run the callback of the namespace, then the held events."""
        handlers = self.direct_handlers[peer.namespace]
        try:
            result = handlers["connect"](peer, auth)
        except ConnectionRefusedError as refusal:
            self._refuse(peer, refusal.error_args)
            return
        if peer.queue.closed:
            return
        self.manager.add(peer)
        if self.stock.handles(peer.namespace):
            peer.environ = self.environ.get(peer.socket.sid)
            try:
                self.stock.connect(peer, auth)
            except ConnectionRefusedError as refusal:
                handlers["disconnect"](peer, self.reason.SERVER_DISCONNECT)
                self._refuse(peer, refusal.error_args)
                return
            if peer.queue.closed:
                return
        self._accept(peer, {} if result.pid is None else {"pid": result.pid})
        result.on_connected()
        peer.queue.open()

    def _open_stock(self, peer: Peer, auth: Any) -> None:
        """Call the connect handler, send CONNECT, then run the held events."""
        self.manager.add(peer)
        peer.environ = self.environ.get(peer.socket.sid)
        if self.always_connect:
            self._accept(peer, {})
        try:
            self.stock.connect(peer, auth)
        except ConnectionRefusedError as refusal:
            self._refuse(peer, refusal.error_args)
            return
        if not (peer.queue.closed or peer.accepted):
            self._accept(peer, {})
        peer.queue.open()

    def _accept(self, peer: Peer, extra: dict[str, Any]) -> None:
        self._connect_timeout.stop(peer.socket.sid)
        peer.accepted = True
        peer.push(encode_packet(CONNECT, peer.namespace, {"sid": peer.sid, **extra}))

    def _refuse(self, peer: Peer, reason: Any) -> None:
        peer.queue.close()
        kind = DISCONNECT if peer.accepted else CONNECT_ERROR
        peer.push(encode_packet(kind, peer.namespace, reason))
        if peer.accepted:
            self._removed.setdefault(peer.socket.sid, set()).add(peer.namespace)
        self.manager.remove(peer)
        self._forget(peer)
        self._left(peer.socket)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """Disconnect the client from all namespaces."""
        for peer in self._namespaces(eio_sid):
            self._disconnect(peer, reason, closed=True)
        self._connect_timeout.stop(eio_sid)
        self._other_namespaces.pop(eio_sid, None)
        self._removed.pop(eio_sid, None)
        self.environ.pop(eio_sid, None)

    def _namespaces(self, eio_sid: str) -> list[Peer]:
        """Return the client in each namespace that it is connected to."""
        names = [*self.direct_handlers, *self.stock.namespaces()]
        names += self._other_namespaces.get(eio_sid, ())
        peers = [self.peers.get((eio_sid, name)) for name in dict.fromkeys(names)]
        return [peer for peer in peers if peer is not None]

    def _disconnect(self, peer: Peer, reason: str, *, closed: bool = False) -> None:
        """Run the disconnect handlers; `closed` if the connection has been."""
        self._forget(peer)
        if reason in (self.reason.SERVER_DISCONNECT, SLOW):
            peer.queue.close()
        # Otherwise what the client has sent is handled, as if reading had not kept it waiting.
        peer.queue.finish(self._run_disconnect, peer, reason, closed)

    def _run_disconnect(self, peer: Peer, reason: str, closed: bool) -> None:
        if (handlers := self.direct_handlers.get(peer.namespace)) is not None:
            # Only a DISCONNECT packet ends the session; a CLOSE of Engine.IO does not.
            explicit = reason == self.reason.CLIENT_DISCONNECT
            cause = self.reason.TRANSPORT_CLOSE if explicit and closed else reason
            self.context.copy().run(handlers["disconnect"], peer, cause)
        if peer.accepted and self.stock.handles(peer.namespace):
            self.stock.disconnect(peer, self.reason.TRANSPORT_ERROR if reason == SLOW else reason)
        else:
            self.manager.remove(peer)

    def _left(self, socket: Any) -> None:
        """Close the connection if it stays without a namespace."""
        if not (socket.closed or self._namespaces(socket.sid)):
            self._connect_timeout.start(socket)

    def _forget(self, peer: Peer) -> None:
        self.peers.pop((peer.socket.sid, peer.namespace), None)
