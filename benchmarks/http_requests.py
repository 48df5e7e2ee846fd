"""HTTP requests as different clients send them."""

from __future__ import annotations

import http.client
import json
from typing import Any

BROWSERS = 5000
"""The number of browsers whose requests differ from each other."""


def get_request(path: str, headers: str = "") -> bytes:
    """Encode a GET request; `headers` are complete lines."""
    return f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\n{headers}\r\n".encode()


def body_request(method: str, path: str, kind: str, body: bytes, headers: str = "") -> bytes:
    """Encode a request with a body of this Content-Type; `headers` are complete lines."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: {kind}\r\n{headers}"
    return f"{head}Content-Length: {len(body)}\r\n\r\n".encode() + body


def browser_requests(path: str) -> list[bytes]:
    """Encode the same GET request as 5,000 different browsers send it."""
    return [get_request(path, _browser(number)) for number in range(BROWSERS)]


def proxied_requests(path: str) -> list[bytes]:
    """Encode the same GET request as a reverse proxy forwards it for 5,000 different browsers."""
    return [get_request(path, _forwarded(n) + _browser(n)) for n in range(BROWSERS)]


def _forwarded(number: int) -> str:
    address = f"10.0.{number // 250}.{number % 250}"
    return (
        f"X-Real-IP: {address}\r\nX-Forwarded-For: {address}\r\n"
        "X-Forwarded-Proto: https\r\nX-Forwarded-Host: example.com\r\n"
    )


def _browser(number: int) -> str:
    version = 100 + number % 50
    return (
        f"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:{version}.0) Gecko/20100101"
        f" Firefox/{version}.{number // 50}\r\nAccept: */*\r\n"
        f"Accept-Language: sv-SE,sv;q=0.{1 + number % 9},en;q=0.5\r\n"
        f"Accept-Encoding: gzip, deflate, br, zstd\r\nReferer: http://example.com/{number}\r\n"
        "Sec-Fetch-Dest: empty\r\nSec-Fetch-Mode: cors\r\nSec-Fetch-Site: same-origin\r\n"
    )


def send_request(
    port: int, method: str, path: str, body: Any = None, headers: dict[str, str] | None = None
) -> tuple[int, dict[str, str], Any]:
    """Send one request; return the status, the headers in lower case, and the body.

    The body is parsed if it is a JSON object. Blocks until the response is complete.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    all_headers = {"Content-Type": "application/json"} | (headers or {})
    connection.request(method, path, None if body is None else json.dumps(body), all_headers)
    response = connection.getresponse()
    data = response.read()
    connection.close()
    response_headers = {name.lower(): value for name, value in response.getheaders()}
    return response.status, response_headers, json.loads(data) if data.startswith(b"{") else data
