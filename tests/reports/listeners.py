"""People who write reports, and who listen to them with the unmodified client."""

from typing import Any

from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer

FIRST = {"week": 1, "title": "Första", "text": "# hej"}
PASSWORD = "correct horse"


def enrol(server: LiveServer, nick: str) -> str:
    """Register somebody and give their token."""
    person = {"email": f"{nick}@example.com", "password": PASSWORD}
    assert server.post("/register", {**person, "nick": nick}).status == 201
    token: str = server.post("/login", person).json["data"]["token"]
    return token


def listen(node: NodeClients, server: LiveServer, **auth: Any) -> NodeClient:
    """Connect somebody, who has everything."""
    client = node.connect(server.url, "/reports", auth)
    client.wait_for("ready")
    return client


def code_of(answer: Any) -> tuple[int, str, str | None]:
    """Give status, code and source of the one error."""
    (error,) = answer["errors"]
    return error["status"], error["code"], error.get("source")
