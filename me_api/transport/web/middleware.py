"""What every request passes between the web server and the application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class ErrorLoggingMiddleware:
    """Lets a body of unknown length be read, and logs what the web server would swallow.

    eventlet ends the stream of a chunked body but does not say so.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Call the application."""
        if environ.get("HTTP_TRANSFER_ENCODING", "").lower() == "chunked":
            environ["wsgi.input_terminated"] = True
        try:
            return self._app(environ, start_response)
        except Exception:
            log.exception("unexpected error in %s", environ.get("PATH_INFO"))
            raise
