"""The events of the running server match the AsyncAPI document."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.apidocs.schemas import check, resolve
from tests.support.packets import CONNECT_ERROR, EVENT
from tests.support.server import LiveServer
from tests.support.wire import Refused, WireClient


class DescribedClient:
    """A client whose acknowledgements and events are checked against the document."""

    def __init__(self, server: LiveServer) -> None:
        self.document = server.get("/asyncapi.json").json
        self.wire = WireClient(server.host, server.port)

    def call(self, namespace: str, event: str, body: Any, *, fails: bool = False) -> Any:
        """Send an event and check its acknowledgement."""
        answer = self.wire.call(namespace, event, body)
        self._check(namespace, "errors" if fails else f"{event}.answer", answer)
        return answer

    def connect(self, namespace: str, auth: dict[str, Any]) -> None:
        """Connect, and check the data of CONNECT."""
        self._check(namespace, "CONNECT.answer", self.wire.connect(namespace, auth))

    def check_refusal(self, namespace: str, auth: dict[str, Any]) -> None:
        """Fail to connect, and check the data of CONNECT_ERROR."""
        with pytest.raises(Refused) as refused:
            self.wire.connect(namespace, auth)
        self._check(namespace, "CONNECT_ERROR", refused.value.data)

    def check_events(self) -> set[tuple[str, str]]:
        """Check all events received so far; return their namespaces and names."""
        events = [packet for packet in self.wire.packets if packet.type == EVENT]
        for packet in events:
            name, body, *rest = packet.data
            message = self._check(packet.namespace, f"send.{name}", body)
            second = [message["x-second-argument"]] if "x-second-argument" in message else []
            assert len(rest) == len(second)
            for argument, schema in zip(rest, second, strict=True):
                check(self.document, schema, argument)
        return {(packet.namespace, packet.data[0]) for packet in events}

    def _check(self, namespace: str, key: str, body: Any) -> dict[str, Any]:
        channel = namespace.strip("/") or "course"
        place = f"#/channels/{channel}/messages/{key.replace(' ', '-')}"
        message: dict[str, Any] = resolve(self.document, place)
        check(self.document, message["payload"], body)
        return message


@pytest.fixture
def clients(server: LiveServer) -> Iterator[list[DescribedClient]]:
    """Open the connections of two clients, and close them after the test."""
    opened = [DescribedClient(server), DescribedClient(server)]
    yield opened
    for client in opened:
        client.wire.abort()


@pytest.fixture
def token(server: LiveServer) -> str:
    """Register a user, log in and return the token."""
    person = {"email": "mos@example.com", "password": "correct horse"}
    server.post("/register", person)
    answer: str = server.post("/login", person).json["data"]["token"]
    return answer


def test_events_of_the_chat_are_as_described(
    server: LiveServer, clients: list[DescribedClient]
) -> None:
    first, second = clients
    room = {"room": "lobby"}
    first.connect("/chat", {"nick": "mos"})
    first.call("/chat", "join", room)
    second.check_refusal("/chat", {"nick": "mos"})
    second.connect("/chat", {"nick": "doe", "guest": "d" * 30})
    second.call("/chat", "join", {**room, "since": 0})
    message = second.call("/chat", "post", {**room, "text": "hej"})["data"]
    second.call("/chat", "typing", room)
    second.call("/chat", "edit", {**room, "id": message["id"], "text": "nej"})
    second.call("/chat", "delete", {**room, "id": message["id"]})
    second.call("/chat", "history", room)
    second.call("/chat", "changes", room)
    second.call("/chat", "members", room)
    second.call("/chat", "changes", {**room, "since": 99}, fails=True)
    second.wire.emit("/chat", "post", {})
    second.wire.wait_event("notice")
    first.wire.wait_event("joined")
    second.call("/chat", "leave", room)
    first.wire.wait_event("left")
    server.stop()
    first.wire.wait_event("closing")
    assert first.check_events() == {
        ("/chat", name) for name in ("ready", "message", "joined", "left", "typing", "closing")
    }
    assert ("/chat", "notice") in second.check_events()


def test_events_of_the_reports_are_as_described(clients: list[DescribedClient], token: str) -> None:
    client = clients[0]
    client.check_refusal("/reports", {"token": "bad"})
    client.connect("/reports", {"token": token})
    client.call("/reports", "save", {"week": 1, "title": "Hej", "text": "*"})
    client.call("/reports", "save", {"week": 0}, fails=True)
    client.call("/reports", "changes", {})
    client.wire.wait_event("report")
    assert client.check_events() == {("/reports", "ready"), ("/reports", "report")}


def test_events_of_the_course_are_as_described(
    server: LiveServer, clients: list[DescribedClient]
) -> None:
    client, other = clients
    client.check_refusal("/", {"guest": "short"})
    client.connect("/", {"name": "mos"})
    other.connect("/chat", {"nick": "doe"})
    client.call("/", "chat message", "hej")
    client.call("/", "chat message", {"msg": "hej"})
    client.call("/", "chat message", "")
    client.call("/", "chat message", "/help")
    client.call("/", "chat message", 1, fails=True)
    client.call("/", "history", None)
    other.call("/chat", "post", {"room": "lobby", "text": "hej"})
    other.call("/chat", "post", {"room": "lobby", "text": "/clients"})
    client.wire.wait_event("chat message", lambda said: said == "doe: hej")
    client.call("/", "message", "hej")
    client.call("/", "get history", None)
    client.call("/", "add user", "mos")
    client.call("/", "new message", "hej")
    other.call("/chat", "join", {"room": "lobby"})
    other.call("/chat", "typing", {"room": "lobby"})
    client.call("/", "stop typing", None)
    client.wire.wait_event("user joined")
    other.call("/chat", "post", {"room": "lobby", "text": "hej"})
    server.stop()
    client.wire.wait_event("closing")
    received = {"chat message", "message", "new message", "history", "get history"}
    received |= {"login", "user joined", "typing", "notice", "closing"}
    assert client.check_events() == {("/", name) for name in received}


def test_the_refusal_of_an_unknown_namespace_is_as_described(
    clients: list[DescribedClient],
) -> None:
    client = clients[0]
    client.wire.start_connect("/nowhere")
    refusal = client.wire.wait_packet(lambda packet: packet.type == CONNECT_ERROR).data
    check(client.document, {"$ref": "#/components/schemas/Refusal"}, refusal)
