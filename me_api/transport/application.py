"""Serving an application of Flask-SocketIO that is not this project's own: `SocketIO.run`."""

from __future__ import annotations

import logging
import signal
from collections.abc import Callable, Iterable, Mapping
from time import monotonic
from typing import Any, NoReturn

from flask import Flask

from me_api.transport.eventloop import EventletLoop
from me_api.transport.lifecycle import Signals, serve
from me_api.transport.shutdown import Shutdown
from me_api.transport.socketio.loop_thread import is_main_thread
from me_api.transport.socketio.options import UnsupportedError
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.direct import DirectRequest
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.listener import listen
from me_api.transport.web.reception import Reception
from me_api.transport.web.server import HttpLimits, HttpOptions

LIMITS = HttpLimits(head_seconds=15, body_seconds=30, idle_seconds=75, address_share=None)
STOPPED = (signal.SIGTERM, signal.SIGINT)
TLS = {
    *("keyfile", "certfile", "server_side", "cert_reqs", "ssl_version", "ca_certs"),
    *("do_handshake_on_connect", "suppress_ragged_eofs", "ciphers", "ssl_context"),
}
"""Options of the stock servers."""

log = logging.getLogger("me_api.access")


class NothingDirect:
    """Leaves every request to the application."""

    never_waits = True
    max_body = 0

    def handles(self, path: str) -> bool:
        """Return whether responses for a path are cacheable: they are not."""
        return False

    def handle(self, request: CacheableRequest) -> None:
        """Return no response: the application is to respond."""

    def accepts(self, method: str, path: str) -> bool:
        """Return whether requests are answered directly: they are not."""
        return False

    def may_wait(self, path: str) -> bool:
        """Return whether a GET that is accepted may wait: there is none."""
        return False

    def respond(self, request: DirectRequest) -> NoReturn:
        """Raise an error: no request was accepted."""
        raise LookupError(request.path)


class NothingCached:
    """Implements the cache of responses for an application that has none."""

    def get(self, key: CacheableRequest, /) -> EncodedResponse | None:
        """Return None: nothing is cached."""
        return None

    def get_or_make(
        self, key: CacheableRequest, make: Callable[[], EncodedResponse | None], /
    ) -> EncodedResponse | None:
        """Return a new response for each request."""
        return make()


def check_options(options: Mapping[str, Any]) -> None:
    """Raise `UnsupportedError` for TLS, `TypeError` for any option of a web server."""
    if tls := options.keys() & TLS:
        raise UnsupportedError(
            f"{', '.join(sorted(tls))}: there is no TLS here; put a reverse proxy before the server"
        )
    if options:
        raise TypeError(f"run() has no option {', '.join(sorted(options))}")


def serve_application(
    app: Flask, server: SocketIOServer, signals: Signals, host: str, port: int, *, access_log: bool
) -> None:
    """Listen and serve until SIGTERM or SIGINT, or `signals`; signals only in the main thread.

    Raises `OSError` if the system refuses the address.
    """
    loop = EventletLoop()
    listener = listen(host, port)
    wsgi: Any = log_requests(app) if access_log else app
    nothing = Shutdown(
        begin=lambda: None, cancel_long_polls=lambda: None, drain_seconds=0, spread=False
    )
    # The reloader of the debug mode serves in another thread, and handles signals itself.
    main = is_main_thread()
    before = {number: signal.getsignal(number) for number in STOPPED} if main else {}
    if main:
        signals.install(loop)
    try:
        serve(
            wsgi,
            Reception(listener),
            server,
            loop,
            HttpOptions(NothingDirect(), NothingCached(), LIMITS, lambda code: None),
            nothing,
            signals,
        )
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def log_requests(app: Callable[..., Iterable[bytes]]) -> Callable[..., Iterable[bytes]]:
    """Return an application that logs the status of each request, and the seconds until then."""
    log.setLevel(logging.INFO)
    if not (log.handlers or logging.getLogger().handlers):
        log.addHandler(logging.StreamHandler())

    def logged(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        started, client = monotonic(), environ.get("REMOTE_ADDR")
        request = f"{environ['REQUEST_METHOD']} {environ['RAW_URI']}"

        def respond(status: str, *args: Any) -> Any:
            log.info("%s %s %s %.6f", client, request, status, monotonic() - started)
            return start_response(status, *args)

        return app(environ, respond)

    return logged
