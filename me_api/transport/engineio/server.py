"""The Engine.IO server below Socket.IO: which request opens, polls, posts or upgrades a session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

import engineio
import orjson

from me_api.errors import ApiError, BadRequest, Forbidden, NotSupported, UpgradeRequired
from me_api.transport.connection.registry import Registry
from me_api.transport.engineio.http import HttpSession
from me_api.transport.engineio.logged_session import session_class
from me_api.transport.engineio.packets import OPEN
from me_api.transport.engineio.responses import (
    PROTECTION,
    HttpResponse,
    respond_error,
    respond_ok,
    respond_payload,
)
from me_api.transport.engineio.version import check_version
from me_api.transport.web.hijack import already_handled
from me_api.transport.websocket.handshake import find_fault

METHODS = ("GET", "POST")


class EngineIOServer(engineio.Server):
    """The stock Engine.IO server, with requests and sessions of our own."""

    def __init__(
        self,
        *,
        write_buffer_limit: int,
        input_limit: int,
        node: str = "",
        check_origin: Callable[[dict[str, Any]], None] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(monitor_clients=False, **options)
        self._check_origin = check_origin or self._check_allowed_origin
        self._prefix = f"{node}." if node else ""
        self.admit: Callable[[str], None] = lambda address: None
        """Raises an `ApiError` if an address may not open another session."""
        self.registry = Registry(
            ping_interval=self.ping_interval + self.ping_interval_grace_period,
            ping_timeout=self.ping_timeout,
            write_buffer_limit=write_buffer_limit,
            input_limit=input_limit,
        )

    def generate_id(self) -> str:
        """Return a new id of a session, which begins with the name of the node, if it has one.

        By that a balancer finds the server that has the session of a polling client.
        """
        return f"{self._prefix}{super().generate_id()}"

    @property
    def is_sending(self) -> bool:
        """Whether messages wait for the end of this turn."""
        return self.registry.flusher.busy

    def handle_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Respond to a request (WSGI, PEP 3333); every error is sent in the envelope."""
        cors: list[tuple[str, str]] = []
        try:
            self._check_origin(environ)
            # Also with errors: without these headers a browser hides them from the page.
            cors = self._cors_headers(environ)
            response = self._respond(environ)
        except ApiError as error:
            response = respond_error(error)
        if response is None:
            return already_handled()
        start_response(response.status, [*response.headers, *PROTECTION, *cors])
        return response.body

    def _check_allowed_origin(self, environ: dict[str, Any]) -> None:
        """Raise `Forbidden` for an origin that the option `cors_allowed_origins` does not name."""
        origin = environ.get("HTTP_ORIGIN")
        if not origin or self.cors_allowed_origins == []:
            return
        allowed = self._cors_allowed_origins(environ)
        if allowed is not None and origin not in allowed:
            self.logger.info("%s is not an accepted origin.", origin)
            raise Forbidden(f"Pages of {origin} may not do this here.", code="foreign_origin")

    def _send_payload(
        self, environ: dict[str, Any], session: HttpSession, payload: bytes, *, opened: bool = False
    ) -> HttpResponse:
        """Return the response to a poll, compressed if it is large and the client accepts that."""
        headers = self._cookie_headers(session.sid) if opened else []
        accepted = environ.get("HTTP_ACCEPT_ENCODING", "").split(",")
        if self.http_compression and len(payload) >= self.compression_threshold:
            names = [part.partition(";")[0].strip() for part in accepted]
            if method := next((name for name in names if name in self.compression_methods), None):
                payload = getattr(self, f"_{method}")(payload)
                headers.append(("Content-Encoding", method))
        return respond_payload(payload, session, headers)

    def _respond(self, environ: dict[str, Any]) -> HttpResponse | None:
        """Return the response, or None if a WebSocket has hijacked the connection."""
        method = environ["REQUEST_METHOD"]
        if "me_api.detach" not in environ:
            raise NotSupported("Socket.IO needs the server that app.py or SocketIO.run starts.")
        if method == "OPTIONS":
            return respond_ok()
        if method not in METHODS:
            raise BadRequest(f"Sessions are opened by GET, and used by {' and '.join(METHODS)}.")
        query = parse_qs(environ.get("QUERY_STRING", ""), keep_blank_values=True)
        if "sid" not in query:
            check_version(query)
        transport = _only(query, "transport")
        if transport not in self.transports:
            raise BadRequest("The transport is polling or websocket.", code="unknown_transport")
        if transport == "websocket":
            _check_handshake(environ)
        if "sid" not in query:
            return self._open(environ, transport)
        return self._use(environ, transport, self._session(_only(query, "sid")))

    def _open(self, environ: dict[str, Any], transport: str) -> HttpResponse | None:
        if environ["REQUEST_METHOD"] != "GET":
            raise BadRequest("A session is opened by GET.")
        address = environ.get("REMOTE_ADDR") or ""
        self.admit(address)
        sid = self.generate_id()
        session = self.sockets[sid] = session_class(self.logger)(self, sid, address)
        open_packet = OPEN + orjson.dumps(self._open_payload(sid, transport)).decode()
        self.logger.info("%s: Sending packet OPEN data %s", sid, open_packet[1:])
        self.handlers["connect"](sid, environ)
        if transport == "polling":
            return self._send_payload(environ, session, open_packet.encode(), opened=True)
        session.open_websocket(environ, open_packet)
        return None

    def _session(self, sid: str) -> HttpSession:
        session: HttpSession | None = self.sockets.get(sid)
        if session is not None:
            session.check_pong()
        if session is None or session.closed:
            raise BadRequest("There is no such session.", code="unknown_session")
        return session

    def _use(
        self, environ: dict[str, Any], transport: str, session: HttpSession
    ) -> HttpResponse | None:
        if transport == "websocket":
            if not self._upgrades_from("polling"):
                raise BadRequest("Sessions are not upgraded here.", code="unknown_transport")
            session.start_upgrade(environ)
            return None
        session.check_upgraded()
        if environ["REQUEST_METHOD"] == "GET":
            return self._send_payload(environ, session, session.poll(environ))
        session.post(environ)
        return respond_ok()

    def _open_payload(self, sid: str, transport: str) -> dict[str, Any]:
        # In milliseconds, as the protocol wants it, also where the intervals are fractions.
        return {
            "sid": sid,
            "upgrades": self._upgrades_from(transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.registry.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }

    def _upgrades_from(self, transport: str) -> list[str]:
        possible = transport == "polling" and self.allow_upgrades and "websocket" in self.transports
        return ["websocket"] if possible else []

    def _cookie_headers(self, sid: str) -> list[tuple[str, str]]:
        """Return the header that sets the cookie which the option `cookie` names."""
        if not self.cookie:
            return []
        default = {"name": self.cookie, "path": "/", "SameSite": "Lax"}
        attributes = self.cookie if isinstance(self.cookie, dict) else default
        return [("Set-Cookie", self._generate_sid_cookie(sid, attributes))]


def _only(query: dict[str, list[str]], name: str) -> str:
    """Return the value of a parameter, empty if it is missing or ambiguous."""
    values = query.get(name, [])
    return values[0] if len(values) == 1 else ""


def _check_handshake(environ: dict[str, Any]) -> None:
    """Raise `UpgradeRequired` or `BadRequest` if a request is no valid WebSocket handshake."""
    fault = find_fault(environ)
    if fault is not None and fault.status == UpgradeRequired.status:
        raise UpgradeRequired(fault.detail)
    if fault is not None:
        raise BadRequest(fault.detail, code="bad_handshake")
