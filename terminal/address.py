"""The address of a server, as it is typed."""

from __future__ import annotations

from urllib.parse import urlsplit


def parse(text: str) -> str:
    """Return the address of a server with a slash at its end; without a scheme it is one of HTTP.

    Raises `ValueError` for anything that is no address of HTTP, or has more than a path.
    """
    url = urlsplit(text if "://" in text else f"http://{text}")
    if url.scheme not in ("http", "https") or not url.hostname or url.port == 0:
        raise ValueError(f"{text!r} is no address such as https://example.com")
    if "@" in url.netloc:
        raise ValueError("an address with a password would be shown to others: log in instead")
    if url.query or url.fragment:
        raise ValueError(f"{text!r} has more than a path: the address of the site is enough")
    return f"{url.scheme}://{url.netloc}{url.path.rstrip('/')}/"
