"""WSGI middleware between the web server and the application."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Any

log = logging.getLogger(__name__)


class ErrorLoggingMiddleware:
    """Logs exceptions that the application raises; the web server would log nothing.

    Flask handles its own. These are of what is around it, such as the Engine.IO server.
    """

    def __init__(self, app: Callable[..., Any]) -> None:
        self._app = app

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Any:
        try:
            return self._app(environ, start_response)
        except Exception:
            log.exception("unexpected error in %s", environ.get("PATH_INFO"))
            raise
