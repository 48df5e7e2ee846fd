"""A small HTTP client with one connection for each request."""

import http.client
import json as jsonlib
from email.message import Message
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from tests.support.wait import WAIT_SECONDS

# What an address may hold as it is; everything else (å, ä, ö, space) is percent-encoded.
ADDRESS = "/?&=%:,;+@!$'()*~#[]"


class Reply(NamedTuple):
    """A response; `json` is None if the body is not JSON."""

    status: int
    json: Any
    headers: Message
    body: bytes


class HttpClient:
    """Sends requests to one server, each on its own connection."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port

    def request(
        self,
        method: str,
        path: str,
        json: Any = None,
        *,
        body: bytes | None = None,
        form: dict[str, str] | None = None,
        headers: dict[str, str] | None = None,
        token: str | None = None,
        guest: str | None = None,
        timeout: float = WAIT_SECONDS,
    ) -> Reply:
        """Send one request, with a JSON, form or raw body, and return its reply."""
        sent = {"Connection": "close"}
        if json is not None:
            body, sent["Content-Type"] = jsonlib.dumps(json).encode(), "application/json"
        if form is not None:
            body = urlencode(form).encode()
            sent["Content-Type"] = "application/x-www-form-urlencoded"
        if token is not None:
            sent["Authorization"] = f"Bearer {token}"
        if guest is not None:
            sent["X-Guest"] = guest
        return self._exchange(method, path, body, sent | (headers or {}), timeout)

    def connection(self, timeout: float) -> http.client.HTTPConnection:
        """Return a new connection, which is opened by the first request."""
        return http.client.HTTPConnection(self.host, self.port, timeout=timeout)

    def _exchange(
        self, method: str, path: str, body: bytes | None, headers: dict[str, str], timeout: float
    ) -> Reply:
        connection = self.connection(timeout)
        try:
            connection.request(method, quote(path, safe=ADDRESS), body, headers)
            response = connection.getresponse()
            content = response.read()
        finally:
            connection.close()
        is_json = response.headers.get_content_type() == "application/json" and content
        parsed = jsonlib.loads(content) if is_json else None
        return Reply(response.status, parsed, response.headers, content)

    def get(self, path: str, **options: Any) -> Reply:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.request("PUT", path, json, **options)

    def patch(self, path: str, json: Any = None, **options: Any) -> Reply:
        return self.request("PATCH", path, json, **options)

    def delete(self, path: str, **options: Any) -> Reply:
        return self.request("DELETE", path, **options)
