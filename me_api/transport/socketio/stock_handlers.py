"""Calling stock handlers: those of Flask-SocketIO, each with a request context of its own.

Which handler is called, with which arguments, and what becomes of its errors, is decided by
python-socketio and Flask-SocketIO. The order of a client's events is decided here.
"""

from __future__ import annotations

import builtins
import logging
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from contextvars import Context
from io import BytesIO
from typing import Any

from socketio.exceptions import ConnectionRefusedError

from me_api.errors import ApiError
from me_api.transport.connection.dispatch import run_until_first_wait
from me_api.transport.socketio.packets import ACK
from me_api.transport.socketio.peer import Peer
from me_api.transport.turns import holding_turn

log = logging.getLogger(__name__)

_NO_BODY = BytesIO()
_REQUEST = "werkzeug.request"
"""Under this key Werkzeug stores the request in its environment."""


class StockHandlers:
    """The stock handlers of a server (`socketio.Server`)."""

    def __init__(self, server: Any) -> None:
        self._server = server

    def may_be_called(self) -> bool:
        """Return whether there are stock handlers, or may be in a namespace without direct ones."""
        server = self._server
        others = any(name not in server.direct_handlers for name in server.namespaces)
        return others or bool(server.handlers or server.namespace_handlers)

    def namespaces(self) -> Iterable[str]:
        """Return the namespaces that are named by handlers and options."""
        server = self._server
        listed = () if isinstance(server.namespaces, str) else server.namespaces
        return {*server.handlers, *server.namespace_handlers, *listed}

    def accepts(self, namespace: str) -> bool:
        """Return whether clients may connect to a namespace that has no direct handlers."""
        server = self._server
        named = namespace in server.handlers or namespace in server.namespace_handlers
        return named or server.namespaces == "*" or namespace in server.namespaces

    def handles(self, namespace: str, event: Any = None) -> bool:
        """Return whether there is a handler in a namespace, or for an event in it."""
        names = (namespace, "*")
        functions = [found for name in names if (found := self._server.handlers.get(name))]
        classes = self._server.namespace_handlers
        instances = [classes[name] for name in names if name in classes]
        if event is None:
            return bool(functions or instances)
        if event in self._server.reserved_events:
            return False
        named = any(event in found or "*" in found for found in functions)
        return named or any(hasattr(found, f"on_{event}") for found in instances)

    def connect(self, peer: Peer, auth: Any) -> None:
        """Call the connect handler; raise `ConnectionRefusedError` if it refuses the client."""
        try:
            accepted = self._call_connect(peer, auth)
        except ConnectionRefusedError:
            raise
        except builtins.ConnectionRefusedError:
            raise ConnectionRefusedError("Connection refused by server") from None
        except Exception as error:
            # The stock server logs it, too, but leaves its client without an answer.
            log.exception("unexpected error in the connect handler of %s", peer.namespace)
            raise ConnectionRefusedError from error
        if accepted is False:
            raise ConnectionRefusedError

    def _call_connect(self, peer: Peer, auth: Any) -> Any:
        try:
            return self._trigger(peer, "connect", peer.environ, auth or None)
        except TypeError as error:
            if auth:
                raise
            try:
                # Handlers without an argument for the payload, as they were before there was one.
                return self._trigger(peer, "connect", peer.environ)
            except TypeError:
                raise error from None

    def run(self, peer: Peer, event: list[Any], ack_id: int | None) -> None:
        """Call the handler of an event, and acknowledge it with what the handler returns."""
        if isinstance(event[0], ApiError):
            log.warning("an event in %s: %s", peer.namespace, event[0].detail)
            return
        name, sid, namespace = event[0], peer.sid, peer.namespace
        self._server.logger.info('received event "%s" from %s [%s]', name, sid, namespace)
        if name in self._server.reserved_events:
            return
        with nullcontext() if self._server.async_handlers else holding_turn():
            result = self._trigger(peer, *event)
        if result is self._server.not_handled or ack_id is None:
            return
        args = [] if result is None else list(result) if isinstance(result, tuple) else [result]
        peer.socket.respond(self._server.encode(ACK, peer.namespace, args, ack_id))

    def acknowledged(self, peer: Peer, ack_id: int | None, args: list[Any]) -> None:
        """Call the callback of an event that the client has acknowledged, if it is known."""
        manager = self._server.manager
        self._server.logger.info("received ack from %s [%s]", peer.sid, peer.namespace)
        if ack_id and ack_id in manager.callbacks.get(peer.sid, ()):
            run_until_first_wait(Context(), manager.trigger_callback, peer.sid, ack_id, args)

    def disconnect(self, peer: Peer, reason: str) -> None:
        """Call the disconnect handler, then remove the client; return when it first waits."""
        run_until_first_wait(Context(), self.run_disconnect, peer, reason)

    def run_disconnect(self, peer: Peer, reason: str) -> None:
        """Call the disconnect handler, then remove the client from its rooms."""
        try:
            self._trigger(peer, "disconnect", reason)
        finally:
            self._server.manager.remove(peer)

    def _trigger(self, peer: Peer, event: Any, *args: Any) -> Any:
        """Call a handler in a context without an application; Flask-SocketIO makes that."""
        trigger = self._server._trigger_event
        if peer.environ is None:
            raise RuntimeError("The handler was declared after the client had connected.")
        try:
            return Context().run(trigger, event, peer.namespace, peer.sid, *args)
        finally:
            # It refers to its environment: without this, only the garbage collector frees it.
            peer.environ.pop(_REQUEST, None)


def kept_environ(environ: dict[str, Any]) -> dict[str, Any]:
    """Return the part of a request's environment that outlives the request."""
    return dict(_kept(environ)) | {"wsgi.input": _NO_BODY}


def _kept(environ: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for name, value in environ.items():
        # Functions that refer to the connection of the request.
        if not name.startswith("me_api."):
            yield name, value
