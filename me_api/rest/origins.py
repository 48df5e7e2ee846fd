"""Which origins' pages may use the server: one rule for REST, Socket.IO and native WebSockets."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from typing import Any

from me_api.errors import Forbidden
from me_api.extensions import app_extension

ANY = "*"
_DEFAULT_PORT = re.compile(r"^(http://.*):80$|^(https://.*):443$")


class OriginPolicy:
    """The origins that `ME_API_CORS_ORIGINS` allows, and the server's own."""

    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(_normalize(origin) for origin in allowed)

    @property
    def cors_origins(self) -> str | list[re.Pattern[str]]:
        """The allowed origins for Flask-CORS, which takes a text with a `*` for a pattern."""
        if ANY in self._allowed:
            return ANY
        return [re.compile(f"{re.escape(origin)}$", re.IGNORECASE) for origin in self._allowed]

    def is_foreign(self, environ: Mapping[str, Any]) -> bool:
        """Return whether a browser has sent this request for a page of an origin not allowed here.

        Only browsers send the headers that say so (RFC 6454, section 7; Fetch Metadata): the
        requests of other programs are never foreign.
        """
        if ANY in self._allowed:
            return False
        origin, site = environ.get("HTTP_ORIGIN"), environ.get("HTTP_SEC_FETCH_SITE")
        # A form of our own page has the origin null if the page's Referrer-Policy is no-referrer.
        if origin is None or (origin == "null" and site == "same-origin"):
            return site in ("cross-site", "same-site") and not _follows_link(environ)
        return _normalize(origin) not in (*self._allowed, _own_origin(environ))

    def check(self, environ: Mapping[str, Any]) -> None:
        """Raise `Forbidden` for a foreign request."""
        if self.is_foreign(environ):
            origin = environ.get("HTTP_ORIGIN", "another site")[:200]
            raise Forbidden(f"Pages of {origin} may not do this here.", code="foreign_origin")


def _follows_link(environ: Mapping[str, Any]) -> bool:
    # Then the response is shown to the user, and not to the other page.
    return environ["REQUEST_METHOD"] == "GET" and environ.get("HTTP_SEC_FETCH_MODE") == "navigate"


def _own_origin(environ: Mapping[str, Any]) -> str:
    # As the client sees it, if the proxies are trusted: ProxyFix has changed both by then.
    return _normalize(f"{environ['wsgi.url_scheme']}://{environ.get('HTTP_HOST', '')}")


def _normalize(origin: str) -> str:
    """Return an origin in lower case, without the default port of its scheme."""
    origin = origin.lower()
    match = _DEFAULT_PORT.match(origin)
    return origin if match is None else match[1] or match[2]


origins: OriginPolicy = app_extension("origins")
