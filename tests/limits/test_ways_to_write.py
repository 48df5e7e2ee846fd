"""Every way to write draws from the same buckets: whichever has emptied them, all are refused."""

import json
import secrets
from collections.abc import Callable
from typing import Any

from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.limits.senders import MESSAGES, forwarded
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

ADDRESS, OTHER = "192.0.2.1", "192.0.2.2"
REPORT = {"week": 7, "title": "Sju", "text": "hej"}


class Writer:
    """A guest or a user at an address, who writes once in each way."""

    def __init__(self, server: LiveServer, address: str, **credentials: str) -> None:
        self.server, self.headers = server, forwarded(address)
        self.credentials = credentials

    def rest(self, method: str, path: str, body: Any = None) -> Any:
        return self.server.request(
            method, path, body, headers=self.headers, **self.credentials
        ).json

    def socket(self, namespace: str, *event: Any) -> Any:
        with WireClient(self.server.host, self.server.port, headers=self.headers) as client:
            client.connect(namespace, self._named)
            return client.call(namespace, *event)

    def native(self, message: dict[str, str]) -> Any:
        key = secrets.token_hex(4)
        query = "&".join(f"{name}={value}" for name, value in self._named.items())
        with NativeClient(self.server, f"/ws/chat?{query}", headers=self.headers) as client:
            client.send(json.dumps({**message, "key": key}))
            return client.wait_body(lambda body: body.get("key") == key)

    @property
    def _named(self) -> dict[str, str]:
        return {"nick": "doe", **self.credentials}


Way = Callable[[Writer], Any]

CHAT: dict[str, Way] = {
    "REST": lambda who: who.rest("POST", MESSAGES, {"nick": "doe", "text": "hej"}),
    "REST, a command": lambda who: who.rest("POST", MESSAGES, {"nick": "doe", "text": "/me hej"}),
    "REST, an edit": lambda who: who.rest("PATCH", f"{MESSAGES}/1", {"text": "nej"}),
    "REST, a deletion": lambda who: who.rest("DELETE", f"{MESSAGES}/2"),
    "a socket": lambda who: who.socket("/chat", "post", {"room": "lobby", "text": "hej"}),
    "a socket, an edit": lambda who: who.socket(
        "/chat", "edit", {"room": "lobby", "id": 1, "text": "nej"}
    ),
    "a socket, a deletion": lambda who: who.socket("/chat", "delete", {"room": "lobby", "id": 2}),
    "a socket, a token": lambda who: who.socket("/chat", "authenticate", {"token": "none"}),
    "the course": lambda who: who.socket("/", "chat message", "hej"),
    "the course, message": lambda who: who.socket("/", "message", {"message": "hej"}),
    "the course, an example": lambda who: who.socket("/", "new message", "hej"),
    "native": lambda who: who.native({"text": "hej"}),
    "native, a command": lambda who: who.native({"text": "/me hej"}),
    "native, of the course": lambda who: who.native({"message": "hej", "username": "doe"}),
    "native, a token": lambda who: who.native({"event": "authenticate", "token": "none"}),
}
USERS: dict[str, Way] = {
    "a report": lambda who: who.rest("POST", "/reports", REPORT),
    "a report's changes": lambda who: who.rest("PUT", "/reports", REPORT),
    "a report of a week": lambda who: who.rest("PUT", "/reports/week/7", REPORT),
    "a preview": lambda who: who.rest("POST", "/reports/preview", {"text": "hej"}),
    "a report's deletion": lambda who: who.rest("DELETE", "/reports/week/9"),
    "a socket, a report": lambda who: who.socket("/reports", "save", REPORT),
}


def codes(ways: dict[str, Way], who: Writer) -> dict[str, str]:
    """Write once in each way; return the code of each error, empty if there is none."""
    found = {name: write(who) or {} for name, write in ways.items()}
    return {
        name: body["errors"][0]["code"] if "errors" in body else "" for name, body in found.items()
    }


def test_what_one_address_writes_counts_in_every_way(make_limited: MakeServer) -> None:
    """F21: the newest ways, too; another address goes on."""
    server = make_limited(rates=f"address_post=0.001/{len(CHAT)}")
    guest = {"guest": "g" * 22}
    for _ in range(2):
        CHAT["REST"](Writer(server, OTHER, **guest))
    first = codes(CHAT, Writer(server, ADDRESS, **guest))
    assert "rate_limited" not in first.values()
    assert {name: code for name, code in first.items() if code} == {
        "a socket, a token": "bad_token",
        "native, a token": "bad_token",
    }
    # Each with a name of its own: it is the address that is refused.
    for number, name in enumerate(CHAT):
        writer = Writer(server, ADDRESS, guest=f"{number:022}")
        assert codes({name: CHAT[name]}, writer) == {name: "rate_limited"}
    assert codes({"a socket": CHAT["a socket"]}, Writer(server, OTHER)) == {"a socket": ""}


def test_what_one_user_writes_counts_in_every_way(make_limited: MakeServer) -> None:
    """F21: wherever the user is, and whatever it is that is written."""
    ways = CHAT | USERS
    server = make_limited(rates=f"post=0.001/{len(ways) + 2}")
    user = {"token": make_token(server, "doe")}
    for _ in range(2):
        CHAT["REST"](Writer(server, OTHER, **user))
    first = codes(ways, Writer(server, ADDRESS, **user))
    assert "rate_limited" not in first.values()
    again = codes(ways, Writer(server, OTHER, **user))
    assert set(again.values()) == {"rate_limited"}, again
