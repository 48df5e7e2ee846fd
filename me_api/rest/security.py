"""What holds for every route: preflights, refusing foreign origins, and protecting responses."""

from __future__ import annotations

import re
from base64 import b64encode
from hashlib import sha256
from http import HTTPStatus

from flask import Flask, Response, request
from werkzeug.datastructures import Headers

from me_api.rest.origins import origins

SAFE_METHODS = ("GET", "HEAD", "OPTIONS", "TRACE")
"""Methods that change nothing (RFC 9110, section 9.2.1)."""
VARY = "Origin, Authorization, x-access-token, X-Guest"
"""What the response to a URL may depend on: also for those who send none of these headers."""
NO_STORE = {"Cache-Control": "no-store"}
"""For what no cache may keep: tokens (RFC 6749, section 5.1), and personal data."""
NO_SNIFFING = ("X-Content-Type-Options", "nosniff")

_POLICY = (
    "default-src 'none'; script-src 'self'{script}; style-src 'self'{style}; "
    "img-src 'self' data:{images}; font-src 'self'; manifest-src 'self'; "
    "connect-src 'self'{sockets}{connect}; form-action 'none'; "
    "base-uri 'none'; frame-ancestors 'none'"
)
CREDENTIALS = frozenset(["authorization", "x-access-token", "x-guest"])
"""The headers by which callers identify themselves."""
_CREDENTIALS = tuple(f"HTTP_{name.upper().replace('-', '_')}" for name in CREDENTIALS)
"""The same as WSGI has them (PEP 3333)."""
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?")


def init_app(app: Flask) -> None:
    """Register what is done before and after every request."""
    app.before_request(_respond_to_preflight)
    app.before_request(_refuse_foreign_origin)
    app.after_request(_protect)


def content_security_policy(
    host: str,
    script: str | None = None,
    style: str | None = None,
    connect: str = "",
    images: str = "",
) -> str:
    """Return the Content-Security-Policy for HTML of this host.

    A page may have one script and one style element whose texts are given here, connect to other
    addresses, which `connect` separates by spaces, and show images of those in `images`.
    """
    # Older browsers do not take 'self' to include WebSockets. A host that is not one could add
    # directives of its own to the policy.
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    parts = {"script": _inline(script), "style": _inline(style)}
    others = {"connect": connect and f" {connect}", "images": images and f" {images}"}
    return _POLICY.format(sockets=sockets, **others, **parts)


def _inline(text: str | None) -> str:
    if text is None:
        return ""
    return f" 'sha256-{b64encode(sha256(text.encode()).digest()).decode()}'"


def _respond_to_preflight() -> Response | None:
    """Respond to a CORS-preflight request (Fetch, section 3.3.2) for any path with 204.

    Flask-CORS adds the headers.
    """
    # Also where there is no route: with 404 here, a browser does not send the request, and its page
    # does not learn what is wrong with it.
    headers = request.headers
    is_preflight = "Origin" in headers and "Access-Control-Request-Method" in headers
    if request.method == "OPTIONS" and is_preflight:
        return Response(status=HTTPStatus.NO_CONTENT)
    return None


def _refuse_foreign_origin() -> None:
    # CORS keeps foreign pages from reading responses, but not from sending simple requests, such
    # as a form.
    if request.method not in SAFE_METHODS:
        origins.check(request.environ)


def _protect(response: Response) -> Response:
    headers = response.headers
    headers.add(*NO_SNIFFING)
    if response.status_code == HTTPStatus.NO_CONTENT:
        # Flask takes the empty text of a response for HTML.
        headers.pop("Content-Type", None)
    if headers.get("Content-Type", "").startswith("text/html"):
        headers.setdefault("Content-Security-Policy", content_security_policy(request.host))
        headers["Referrer-Policy"] = "no-referrer"
    # What is declared public, such as the page's scripts, is the same for everybody.
    if "public" not in headers.get("Cache-Control", ""):
        _forbid_sharing(headers)
    return response


def _forbid_sharing(headers: Headers) -> None:
    """Keep caches from sending one caller's response to another (RFC 9111, sections 4.1, 5.2)."""
    # As text: Werkzeug's sets would take as long as a tenth of a request.
    _append(headers, "Vary", VARY)
    if any(key in request.environ for key in _CREDENTIALS):
        _append(headers, "Cache-Control", "private")


def _append(headers: Headers, name: str, value: str) -> None:
    known = headers.get(name)
    headers[name] = f"{known}, {value}" if known else value
