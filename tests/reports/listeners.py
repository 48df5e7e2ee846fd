"""Users that write reports, and unmodified clients that receive them."""

from typing import Any

from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer

FIRST = {"week": 1, "title": "Första", "text": "# hej"}
PASSWORD = "correct horse"


def enrol(server: LiveServer, nick: str) -> str:
    """Register a user and return their token."""
    person = {"email": f"{nick}@example.com", "password": PASSWORD}
    assert server.post("/register", {**person, "nick": nick}).status == 201
    token: str = server.post("/login", person).json["data"]["token"]
    return token


def listen(node: NodeClients, server: LiveServer, **auth: Any) -> NodeClient:
    """Connect a client, and wait until it is live."""
    client = node.connect(server.url, "/reports", auth)
    client.wait_for("ready")
    return client


def code_of(answer: Any) -> tuple[int, str, str | None]:
    """Return status, code and source of the only error."""
    (error,) = answer["errors"]
    return error["status"], error["code"], error.get("source")
