"""The Engine.IO server below Socket.IO.

The stock server processes the HTTP requests (`handle_request`, CORS, errors); sessions are ours.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import engineio
import orjson
from engineio import payload

from me_api.errors import ApiError, envelope
from me_api.json import to_json
from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.http import HttpSession
from me_api.transport.engineio.packets import OPEN, Packet
from me_api.transport.engineio.version import encode_refusal, is_unsupported
from me_api.transport.websocket.handshake import VERSION, HandshakeFault, find_fault

payload.Payload.max_decode_packets = 10_000
"""Packets in one POST. The stock server refuses the 17th, and with it all that a client has queued
while it was offline."""


class EngineIOServer(engineio.Server):
    """The stock Engine.IO server with sessions that are driven by the hub."""

    def __init__(
        self,
        *,
        write_buffer_limit: int,
        check_origin: Callable[[dict[str, Any]], None] = lambda environ: None,
        **options: Any,
    ) -> None:
        super().__init__(monitor_clients=False, **options)
        self._check_origin = check_origin
        self.admit: Callable[[str], None] = lambda address: None
        """Raises an `ApiError` if an address may not open another session."""
        self.registry = Registry(
            ping_interval=self.ping_interval,
            ping_timeout=self.ping_timeout,
            write_buffer_limit=write_buffer_limit,
        )

    def handle_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            self._check_origin(environ)
        except ApiError as error:
            status = f"{error.status} {error.status.phrase}"
            start_response(status, [("Content-Type", "application/json")])
            return [to_json(envelope(error))]
        if not is_unsupported(environ):
            return super().handle_request(environ, start_response)
        # The stock server sends no CORS headers here, so that browsers would hide the reason.
        headers = [("Content-Type", "application/json"), *self._cors_headers(environ)]
        start_response("400 BAD REQUEST", headers)
        return [encode_refusal()]

    def _handle_connect(
        self, environ: Any, start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        if transport == "websocket" and (fault := find_fault(environ)):
            return self.refuse_handshake(fault)
        address = environ.get("REMOTE_ADDR") or ""
        try:
            self.admit(address)
        except ApiError as error:
            return _refuse(error)
        sid = self.generate_id()
        session = self.sockets[sid] = HttpSession(self, sid, address)
        open_packet = OPEN + orjson.dumps(self._open_payload(sid, transport)).decode()
        self.handlers["connect"](sid, environ)
        if transport == "websocket":
            return session.open_websocket(environ, open_packet)
        session.connected = True
        return self._ok([Packet(open_packet)], jsonp_index=jsonp_index)

    def refuse_handshake(self, fault: HandshakeFault) -> Any:
        """Return the response to a WebSocket handshake that is invalid: 400 or 426."""
        response = self._bad_request(fault.detail)
        if fault.status == 426:
            response["status"] = "426 UPGRADE REQUIRED"
            response["headers"] += [("Upgrade", "websocket"), ("Sec-WebSocket-Version", VERSION)]
        return response

    def _open_payload(self, sid: str, transport: str) -> dict[str, Any]:
        # In milliseconds, as the protocol wants it, also where the intervals are fractions.
        return {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }


def _refuse(error: ApiError) -> dict[str, Any]:
    """Return the response for an error, as the stock server sends it: with CORS headers."""
    headers = [("Content-Type", "application/json")]
    headers += [("Retry-After", str(wait)) for wait in [error.extra.get("retry_after")] if wait]
    status = f"{int(error.status)} {error.status.phrase.upper()}"
    return {"status": status, "headers": headers, "response": to_json(envelope(error))}
