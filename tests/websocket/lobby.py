"""Requests about the lobby that tests of native WebSockets make over REST."""

from typing import Any

from tests.support.server import LiveServer

ROOM = "/chat/rooms/lobby"
MESSAGES = f"{ROOM}/messages"


def rest(server: LiveServer, text: str, nick: str = "rest", **options: Any) -> dict[str, Any]:
    """Post a message over REST and return it."""
    reply = server.post(MESSAGES, {"nick": nick, "text": text}, **options)
    assert reply.status == 201, reply.json
    message: dict[str, Any] = reply.json["data"]
    return message


def epoch(server: LiveServer) -> str:
    """Return the epoch of the server's event log."""
    value: str = server.get(f"{MESSAGES}?limit=0").json["epoch"]
    return value


def refused(server: LiveServer, query: str, **options: Any) -> tuple[int, str]:
    """Send a handshake that is refused; return the status and the error code."""
    headers = {
        **{"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"},
        **{"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=="},
        **options,
    }
    reply = server.get(f"/ws/chat?{query}", headers=headers)
    return reply.status, reply.json["errors"][0]["code"]


def metric(server: LiveServer, name: str) -> float:
    """Return the value of a metric."""
    lines = server.get("/metrics").body.decode().splitlines()
    (value,) = [line.split()[-1] for line in lines if line.startswith(f"{name} ")]
    return float(value)
