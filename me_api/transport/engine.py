"""Engine.IO below Socket.IO: the stock server with bounded queues and a precise handshake."""

from __future__ import annotations

from typing import Any

import engineio
from engineio import packet, payload
from engineio import socket as stock
from engineio.exceptions import EngineIOError
from eventlet.green.threading import Event

SLOW = "slow"
"""Why a socket was closed that did not take what was sent to it."""

payload.Payload.max_decode_packets = 10_000
"""Packets in one polling POST. Stock refuses the 17th, and loses what an offline client queued."""


class Frame(packet.Packet):
    """One message, encoded once for all its recipients; an ephemeral one may be dropped."""

    def __init__(self, text: str, *, ephemeral: bool = False) -> None:
        super().__init__(packet.MESSAGE, text)
        self.ephemeral = ephemeral


class Socket(stock.Socket):
    """One Engine.IO connection. What waits to be sent is bounded in bytes."""

    def __init__(self, server: Engine, sid: str) -> None:
        super().__init__(server, sid)
        self._waiting = 0
        self._room = Event()

    @property
    def full(self) -> bool:
        """Whether half of the bound waits already."""
        return self._waiting * 2 >= int(self.server.outbox_bytes)

    def send(self, pkt: Any) -> None:
        """Queue a packet; over the bound drop an ephemeral one, or close the connection."""
        size = len(pkt.encode()) if pkt.packet_type == packet.MESSAGE else 0
        if self._waiting and self._waiting + size > self.server.outbox_bytes:
            if not getattr(pkt, "ephemeral", False):
                self.close(wait=False, abort=True, reason=SLOW)
            return
        self._waiting += size
        super().send(pkt)

    def poll(self) -> list[Any]:
        """Take all that waits; there is room again."""
        packets: list[Any] = super().poll()
        self._waiting = 0
        self._room.set()
        return packets

    def drained(self) -> bool:
        """Wait until all that was queued has been taken; False when the connection closed."""
        while self.full and not self.closed:
            self._room.clear()
            self._room.wait()
        return not self.closed

    def flushed(self) -> None:
        """Wait until all that was queued is on its way, or the connection has closed."""
        while self._waiting and not self.closed:
            self._room.clear()
            self._room.wait()

    def handle_post_request(self, environ: Any) -> None:
        """Take the packets of a polling POST; one that cannot be read closes the connection.

        Stock would first wait until its queue is fetched, by a client that it has given up.
        """
        try:
            super().handle_post_request(environ)
        except (ValueError, EngineIOError) as error:
            self.close(wait=False, abort=True)
            raise EngineIOError("this POST cannot be read") from error

    def _websocket_handler(self, ws: Any) -> Any:
        """Serve a WebSocket; however it ends, the connection is closed."""
        try:
            return super()._websocket_handler(ws)
        except ValueError:
            self.server.logger.info("%s: sent a packet that is not of Engine.IO", self.sid)
            return []
        finally:
            self.close(wait=False, abort=True, reason=self.server.reason.TRANSPORT_CLOSE)

    def close(self, wait: bool = True, abort: bool = False, reason: str | None = None) -> None:
        """Close; nobody waits for room any longer."""
        super().close(wait, abort, reason)
        self._room.set()


class Engine(engineio.Server):
    """The Engine.IO server."""

    def __init__(self, *, outbox_bytes: int, **options: Any) -> None:
        self.start_service_task = True
        super().__init__(**options)
        self.outbox_bytes = outbox_bytes

    def _handle_connect(
        self, environ: Any, start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        """Open a connection; unlike stock, the handshake has the ping interval in milliseconds."""
        sid = self.generate_id()
        socket = self.sockets[sid] = Socket(self, sid)
        socket.send(packet.Packet(packet.OPEN, self._handshake(sid, transport)))
        self._trigger_event("connect", sid, environ, run_async=False)
        socket.schedule_ping()
        self._watch_clients()
        if transport == "websocket":
            return self._serve_websocket(socket, environ, start_response)
        socket.connected = True
        return self._ok(socket.poll(), jsonp_index=jsonp_index)

    def _serve_websocket(self, socket: Socket, environ: Any, start_response: Any) -> Any:
        try:
            return socket.handle_get_request(environ, start_response)
        finally:
            if socket.closed:
                self.sockets.pop(socket.sid, None)

    def _watch_clients(self) -> None:
        if self.start_service_task:
            self.start_service_task = False
            self.service_task_handle = self.start_background_task(self._service_task)

    def _handshake(self, sid: str, transport: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
