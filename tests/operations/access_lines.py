"""The lines of the access log of a server, as JSON."""

import json
from typing import Any

from tests.support.http import Reply
from tests.support.server import LiveServer
from tests.support.wait import wait_until

ID = "X-Request-ID"


def lines(server: LiveServer) -> list[dict[str, Any]]:
    """Return all lines that are JSON."""
    return [json.loads(line) for line in server.log.splitlines() if line.startswith("{")]


def line_of(server: LiveServer, request_id: str) -> dict[str, Any]:
    """Wait for the line of a request, and return it; it is the only one of this id."""
    wait_until(lambda: any(line.get("id") == request_id for line in lines(server)))
    (found,) = [line for line in lines(server) if line.get("id") == request_id]
    return found


def line_for(server: LiveServer, reply: Reply) -> dict[str, Any]:
    """Return the line for a reply."""
    return line_of(server, reply.headers[ID])
