"""A request whose body comes slowly, while its user loses the right to make it."""

from contextlib import ExitStack
from json import dumps, loads
from socket import create_connection
from typing import Any

from tests.chat.clients import make_token
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS


class Held:
    """A request of which the end of the body has not been sent."""

    def __init__(self, server: LiveServer, method: str, path: str, body: Any, token: str) -> None:
        head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nx-access-token: {token}\r\n"
        text = dumps(body)
        head += f"Content-Type: application/json\r\nContent-Length: {len(text)}\r\n"
        self._rest = text[-5:].encode()
        self._socket = create_connection((server.host, server.port), WAIT_SECONDS)
        self._socket.sendall(f"{head}Connection: close\r\n\r\n{text[:-5]}".encode())

    def __enter__(self) -> "Held":
        return self

    def __exit__(self, *_: object) -> None:
        self._socket.close()

    def finish(self) -> tuple[int, Any]:
        """Send the end; return the status and the body of the response."""
        self._socket.sendall(self._rest)
        parts = iter(lambda: self._socket.recv(65_536), b"")
        head, _, body = b"".join(parts).partition(b"\r\n\r\n")
        return int(head.split()[1]), loads(body) if body else None


def test_a_request_counts_when_it_is_complete(server: LiveServer) -> None:
    boss, mos = make_token(server, "held-boss", "owner"), make_token(server, "held-mos", "owner")
    users = server.get("/users?limit=200", token=boss).json["data"]
    number = next(user["id"] for user in users if user["nick"] == "held-mos")
    with ExitStack() as stack:
        held = [
            stack.enter_context(Held(server, method, path, body, mos))
            for method, path, body in (
                ("PATCH", "/account", {"nick": "held-other"}),
                ("PATCH", f"/users/{number}", {"role": "owner"}),
                ("PATCH", "/chat/rooms/lobby", {"title": "held"}),
                ("PUT", "/", {"name": "held"}),
                ("POST", "/tokens", {"name": "held", "scopes": ["post"]}),
                ("POST", "/reports", {"week": 48, "text": "held"}),
                ("POST", "/moderation/bans", {"address": "192.0.2.1", "minutes": 1}),
            )
        ]
        # After another request, those before it have been read.
        assert server.get("/account", token=mos).status == 200
        server.post("/account/sign-out", token=mos)
        for each in held:
            status, body = each.finish()
            assert (status, body["errors"][0]["code"]) == (401, "signed_out")
    users = server.get("/users?limit=200", token=boss).json["data"]
    assert "held-other" not in [user["nick"] for user in users]
