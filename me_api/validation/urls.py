"""URLs in settings: what each may be. Raise `ValueError` for what is wrong."""

from __future__ import annotations

import re
from urllib.parse import SplitResult, parse_qs, urlsplit

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DRIVERS = ("sqlite", "sqlite+pysqlite", "postgresql+psycopg")


def database_url(value: str) -> str:
    try:
        url = make_url(value)
    except (ArgumentError, ValueError):  # The latter for a port that is no number.
        raise ValueError("is not a database URL such as sqlite:////srv/me-api.sqlite") from None
    if url.get_backend_name() == "sqlite" and url.database in (None, "", ":memory:"):
        raise ValueError("needs a file: a chat in memory would lose everything at a restart")
    # Another driver would block the event loop while it waits.
    if url.drivername not in DRIVERS:
        raise ValueError("is neither of sqlite:/// nor of postgresql+psycopg://")
    return value


def redis_url(value: str) -> str:
    url = urlsplit(value)
    if value and url.scheme not in ("redis", "rediss", "unix"):
        raise ValueError("is none of redis://, rediss:// and unix://")
    for option in parse_qs(url.query):
        # Others would change how the client waits, or what it returns.
        if option not in ("username", "password") and not option.startswith("ssl_"):
            raise ValueError(f"takes no option {option}")
    return value


def smtp_url(value: str) -> str:
    url = urlsplit(value)
    if value and (url.scheme not in ("smtp", "smtps") or not url.hostname):
        raise ValueError("is neither of smtp://host and smtps://host")
    if value and (url.path not in ("", "/") or url.fragment or not _has_valid_port(url)):
        raise ValueError("is no address such as smtp://user:password@mail.example.com:587")
    options = ("starttls=required", "starttls=optional") if url.scheme == "smtp" else ()
    if url.query and url.query not in options:
        raise ValueError("takes no option but starttls=required or starttls=optional with smtp://")
    return value


def _has_valid_port(url: SplitResult) -> bool:
    try:
        return url.port != 0
    except ValueError:
        return False


def public_url(value: str) -> str:
    url = urlsplit(value)
    if value and (url.scheme not in ("http", "https") or not url.hostname):
        raise ValueError("is no address such as https://example.com")
    return value.rstrip("/")


def origin(value: str) -> str:
    """Return an origin as browsers send it (RFC 6454, section 6.2), but for its capitalisation."""
    origin = value.removesuffix("/")
    if origin in ("*", "null"):
        return origin
    try:
        url = urlsplit(origin)
        known = url.scheme and url.hostname and url.port != 0
    except ValueError:  # A port that is no number, or too large.
        known = False
    if not known or origin.lower() != f"{url.scheme}://{url.netloc.lower()}":
        raise ValueError(f"{value!r} is no origin such as https://example.com:8080")
    if not re.fullmatch(r"(?:\[[\da-f:.]+\]|[a-z\d._-]+)(?::\d+)?", url.netloc.lower()):
        raise ValueError(f"{value!r} can never match: an origin is * or one whole host, in ASCII")
    return origin
