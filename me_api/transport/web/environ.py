"""The WSGI environment of a request (PEP 3333)."""

from __future__ import annotations

import sys
from functools import lru_cache
from typing import Any
from urllib.parse import unquote_to_bytes

from me_api.transport.web.request_body import RequestBody
from me_api.transport.web.request_head import RequestHead

_SEPARATORS = {"HTTP_COOKIE": "; "}
"""How repeated fields are joined; all others are lists with commas (RFC 9110, section 5.3)."""


def base_environ(server: tuple[str, int], client: tuple[str, int]) -> dict[str, Any]:
    """Return what all requests of a connection have in common."""
    return {
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": "http",
        "wsgi.errors": sys.stderr,
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        "SCRIPT_NAME": "",
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "REMOTE_ADDR": client[0],
        "REMOTE_PORT": str(client[1]),
    }


def request_environ(head: RequestHead, body: RequestBody) -> dict[str, Any]:
    """Return what a request adds."""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": head.method,
        "PATH_INFO": unquote_to_bytes(head.path.encode("latin-1")).decode("latin-1"),
        "RAW_URI": f"{head.path}?{head.query}" if head.query else head.path,
        "QUERY_STRING": head.query,
        "SERVER_PROTOCOL": head.version,
        "wsgi.input": body,
    }
    for field, value in head.fields:
        name = _variable(field)
        # A length that is sent twice is the same one.
        if name in environ and name != "CONTENT_LENGTH":
            environ[name] = f"{environ[name]}{_SEPARATORS.get(name, ',')}{value}"
        elif name:
            environ[name] = value
    if "HTTP_TRANSFER_ENCODING" in environ:
        # Werkzeug reads a body of unknown length only if the input says that it ends.
        environ["wsgi.input_terminated"] = True
    return environ


@lru_cache(1024)
def _variable(field: str) -> str:
    """Return the name of a field's variable; none for a field that is not passed on."""
    # "X_Guest" would become the same variable as "X-Guest", which a proxy may have checked.
    if "_" in field:
        return ""
    name = field.upper().replace("-", "_")
    return name if name in ("CONTENT_TYPE", "CONTENT_LENGTH") else f"HTTP_{name}"
