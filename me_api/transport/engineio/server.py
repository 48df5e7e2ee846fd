"""Engine.IO below Socket.IO.

The stock server still answers the HTTP requests (`handle_request`, CORS, errors); the sessions are
ours.
"""

from __future__ import annotations

from typing import Any

import engineio
import orjson
from engineio import payload

from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.http import HttpSession
from me_api.transport.engineio.packets import OPEN, Packet
from me_api.transport.engineio.version import is_unsupported, refusal
from me_api.transport.websocket.handshake import VERSION, HandshakeFault, find_fault

payload.Payload.max_decode_packets = 10_000
"""Packets in one polling POST. Stock refuses the 17th, and loses what an offline client queued."""


class EngineIOServer(engineio.Server):
    """The Engine.IO server."""

    def __init__(self, *, outbox_bytes: int, **options: Any) -> None:
        super().__init__(monitor_clients=False, **options)
        self.registry = Registry(
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
            outbox_bytes=outbox_bytes,
        )

    def handle_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a request; stock would hide from other origins why it refuses older clients."""
        if not is_unsupported(environ):
            return super().handle_request(environ, start_response)
        headers = [("Content-Type", "application/json"), *self._cors_headers(environ)]
        start_response("400 BAD REQUEST", headers)
        return [refusal()]

    def _handle_connect(
        self, environ: Any, start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        """Open a session; unlike stock, the handshake has the ping interval in milliseconds."""
        if transport == "websocket" and (wrong := find_fault(environ)):
            return self.refuse_handshake(wrong)
        sid = self.generate_id()
        socket = self.sockets[sid] = HttpSession(self, sid)
        handshake = OPEN + orjson.dumps(self._handshake(sid, transport)).decode()
        self.handlers["connect"](sid, environ)
        if transport == "websocket":
            return socket.open_websocket(environ, handshake)
        socket.connected = True
        return self._ok([Packet(handshake)], jsonp_index=jsonp_index)

    def refuse_handshake(self, wrong: HandshakeFault) -> Any:
        """Refuse a WebSocket whose handshake is not one."""
        refusal = self._bad_request(wrong.detail)
        if wrong.status == 426:
            refusal["status"] = "426 UPGRADE REQUIRED"
            refusal["headers"] += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
        return refusal

    def _handshake(self, sid: str, transport: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }
