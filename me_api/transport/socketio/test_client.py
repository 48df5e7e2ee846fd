"""A client for tests, in the process of the server: Flask-SocketIO's test client, on this engine.

It also connects to namespaces with direct handlers. Each call returns when the handlers that it has
caused have returned, and what they have sent has been received.
"""

from __future__ import annotations

import uuid
from typing import Any

import eventlet
from flask import Flask
from flask.testing import EnvironBuilder, FlaskClient
from flask_socketio import SocketIOTestClient
from socketio.packet import Packet
from socketio.pubsub_manager import PubSubManager

from me_api.transport.socketio import packets
from me_api.transport.socketio.test_socket import TestSocket

SECONDS = 10.0
"""How long a call waits for handlers."""
PAUSE = 0.0005
"""Seconds between two looks whether they have returned."""


class TestClient(SocketIOTestClient):
    """A client of an application, connected to any number of namespaces."""

    __test__ = False

    def __init__(
        self,
        app: Flask,
        socketio: Any,
        namespace: str | None = None,
        query_string: str | None = None,
        headers: dict[str, str] | None = None,
        auth: dict[str, Any] | None = None,
        flask_test_client: FlaskClient | None = None,
    ) -> None:
        if isinstance(socketio.server.manager, PubSubManager):
            raise RuntimeError("The test client cannot be used with a message queue.")
        self.app = app
        self.socketio = socketio
        self.flask_test_client = flask_test_client
        self.eio_sid = uuid.uuid4().hex
        self.connected: dict[str, bool] = {}
        self.connect_errors: dict[str, Any] = {}
        """What the client received when a namespace refused it."""
        self.queue: list[dict[str, Any]] = []
        self.acks: dict[str, Any] | None = None
        self.callback_counter = 0
        self._server = socketio.server
        # As with the stock client: the handlers of a client run one after the other.
        self._server.async_handlers = False
        self._socket = TestSocket(self._server, self)
        self.connect(namespace, query_string, headers, auth)

    def connect(
        self,
        namespace: str | None = None,
        query_string: str | None = None,
        headers: dict[str, str] | None = None,
        auth: dict[str, Any] | None = None,
    ) -> None:
        """Connect to one more namespace; `is_connected` says whether it has accepted."""
        path = "/socket.io"
        if query_string:
            path += f"?{query_string.removeprefix('?')}"
        if self.flask_test_client is not None:
            given = {"path": path, "headers": headers}
            request = self.flask_test_client._request_from_builder_args((), given)
            environ = request.environ
            self.flask_test_client._add_cookies_to_wsgi(environ)
        else:
            environ = EnvironBuilder(self.app, path=path, headers=headers).get_environ()
        environ["flask.app"] = self.app
        self._server._handle_eio_connect(self.eio_sid, environ)
        self._send(Packet(int(packets.CONNECT), auth, namespace=namespace or "/"))

    def disconnect(self, namespace: str | None = None) -> None:
        """Disconnect from a namespace; raise `RuntimeError` if it is not connected."""
        self._check_connected(namespace)
        del self.connected[namespace or "/"]
        self._send(Packet(int(packets.DISCONNECT), namespace=namespace or "/"))

    def emit(
        self, event: str, *args: Any, callback: bool = False, namespace: str | None = None
    ) -> Any:
        """Send an event; return the acknowledgement, or None if `callback` asks for none.

        Raises `RuntimeError` if the namespace is not connected, `TimeoutError` if a handler has not
        returned after ten seconds.
        """
        self._check_connected(namespace)
        ack_id = None
        if callback:
            self.callback_counter += 1
            ack_id = self.callback_counter
        self._send(
            Packet(int(packets.EVENT), [event, *args], namespace=namespace or "/", id=ack_id)
        )
        acks, self.acks = self.acks, None
        if acks is None:
            return None
        return acks["args"][0] if len(acks["args"]) == 1 else acks["args"]

    def get_received(self, namespace: str | None = None) -> list[dict[str, Any]]:
        """Return, and forget, what a namespace has sent; raise `RuntimeError` if not connected."""
        self._settle()
        received: list[dict[str, Any]] = super().get_received(namespace)
        return received

    def packet_received(self, packet: Any) -> None:
        """Store a packet of the server."""
        namespace = packet.namespace or "/"
        kind, data = str(packet.packet_type), packet.data
        if kind in (packets.EVENT, packets.BINARY_EVENT):
            name, *args = data
            simple = name in ("message", "json")
            received = args[0] if simple and args else args
            self.queue.append({"name": name, "args": received, "namespace": namespace})
        elif kind in (packets.ACK, packets.BINARY_ACK):
            self.acks = {"args": data, "namespace": namespace}
        elif kind == packets.CONNECT:
            self.connected[namespace] = True
        else:
            self.connected[namespace] = False
            if kind == packets.CONNECT_ERROR:
                self.connect_errors[namespace] = data

    def connection_lost(self) -> None:
        """Note that the server has closed the connection."""
        self.connected = dict.fromkeys(self.connected, False)

    def _check_connected(self, namespace: str | None) -> None:
        if not self.is_connected(namespace):
            raise RuntimeError("not connected")

    def _send(self, packet: Packet) -> None:
        encoded = packet.encode()
        for part in encoded if isinstance(encoded, list) else [encoded]:
            self._server._handle_eio_message(self.eio_sid, part)
        self._settle()

    def _settle(self) -> None:
        """Run the event loop until nothing is done, and nothing waits to be sent."""
        with eventlet.Timeout(SECONDS, TimeoutError("A handler has not returned in time.")):
            while self._socket.in_flight or self._is_connecting() or self._server.eio.is_sending:
                eventlet.sleep(PAUSE)

    def _is_connecting(self) -> bool:
        return any(
            sid == self.eio_sid and not peer.queue.opened
            for (sid, _), peer in self._server.peers.items()
        )
