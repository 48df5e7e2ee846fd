"""Connections that are reused for several requests, and requests that Flask answers."""

from typing import Any

from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS

VIA_FLASK = {"Range": "none"}
"""A request for a range is not cacheable, and is answered by Flask, which ignores the range."""


class KeepAliveConnection:
    """A connection that is reused for several requests."""

    def __init__(self, server: LiveServer) -> None:
        self._connection = server.connection(WAIT_SECONDS)

    def get(self, path: str, headers: dict[str, str] | None = None) -> Any:
        """Send a GET; return status, headers and body."""
        self._connection.request("GET", path, headers=headers or {})
        response = self._connection.getresponse()
        body = response.read()
        fields = [(k.lower(), v) for k, v in response.getheaders() if k != "Date"]
        assert response.getheader("Date")
        return response.status, sorted(fields), body

    def close(self) -> None:
        self._connection.close()
