"""The messages of native WebSockets match the AsyncAPI document."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from me_api.chat.websocket.routes import ADDRESSES
from me_api.chat.websocket.subprotocols import SUBPROTOCOLS
from tests.apidocs.schemas import check
from tests.conftest import StartServer
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient


class CheckedClient:
    """A native client whose messages are checked against the document."""

    def __init__(self, server: LiveServer, path: str, protocol: str, query: str = "") -> None:
        self.document = server.get("/asyncapi.json").json
        self.messages = addresses(self.document)[path]["messages"]
        self.protocol = protocol
        self.native = NativeClient(server, path + query, protocol)
        assert (self.native.status, self.native.protocol) == (101, protocol)

    def send(self, name: str, message: Any) -> None:
        """Send a message that the document allows."""
        check(self.document, self.messages[f"receive.{self.protocol}.{name}"]["payload"], message)
        self.native.send(message if isinstance(message, str) else json.dumps(message))

    def receive(self, *names: str) -> None:
        """Wait for one message of each name; every other message must be described, too."""
        while not set(names) <= {self._name(message) for message in self.native.messages}:
            self.native.pump()

    def _name(self, message: str | bytes) -> str:
        body = json.loads(message) if self.protocol == "json" else message
        fits = [name for name in SUBPROTOCOLS[self.protocol].server if self._fits(name, body)]
        assert fits, f"nothing describes {message!r}"
        assert self.protocol != "json" or len(fits) == 1, f"{fits} describe {message!r}"
        return fits[-1]

    def _fits(self, name: str, body: Any) -> bool:
        try:
            check(self.document, self.messages[f"send.{self.protocol}.{name}"]["payload"], body)
        except AssertionError:
            return False
        return True


def addresses(document: Any) -> dict[str, Any]:
    """Return the channels of native WebSockets, by address."""
    native = {"$ref": "#/servers/native"}
    return {c["address"]: c for c in document["channels"].values() if native in c["servers"]}


OpenClient = Callable[..., CheckedClient]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all tests; its rate limits allow a refusal to be tested."""
    made = start_server("addresses", rate_limits="on", rates="post=0.001/30")
    yield made
    made.stop()


@pytest.fixture
def open_client(server: LiveServer) -> Iterator[OpenClient]:
    """Open native WebSockets, and close them after the test."""
    opened: list[CheckedClient] = []

    def connect(path: str, protocol: str, query: str = "") -> CheckedClient:
        opened.append(CheckedClient(server, path, protocol, query))
        return opened[-1]

    yield connect
    for speaker in opened:
        speaker.native.abort()


def test_names_every_address_with_its_query(app: Flask, asyncapi: Any, openapi: Any) -> None:
    channels = addresses(asyncapi)
    aliases = {address.alias for address in ADDRESSES.values()}
    served = {rule.rule for rule in app.url_map.iter_rules() if rule.websocket}
    assert served == set(channels) | aliases
    assert all(
        f"is at {ADDRESSES[path].alias}." in c["description"] for path, c in channels.items()
    )
    for path, channel in channels.items():
        parameters = openapi["paths"][path]["get"]["parameters"]
        query = channel["bindings"]["ws"]["query"]
        assert query["properties"] == {p["name"]: p["schema"] for p in parameters}
    assert set(channels["/ws/chat"]["bindings"]["ws"]["query"]["properties"]) == {
        *("room", "nick", "since", "epoch", "token", "guest", "own")
    }


def test_every_subprotocol_is_spoken_where_it_is_named_and_nowhere_else(
    server: LiveServer,
) -> None:
    for path, channel in addresses(server.get("/asyncapi.json").json).items():
        named = channel["bindings"]["ws"]["headers"]["properties"]["Sec-WebSocket-Protocol"]
        assert named["default"] in named["enum"]
        for protocol in SUBPROTOCOLS:
            client = NativeClient(server, path, protocol)
            client.abort()
            known = protocol in named["enum"]
            assert client.status == (101 if known else 400), (path, protocol)
            assert client.protocol == (protocol if known else None)


def test_messages_in_json_are_as_described(open_client: OpenClient) -> None:
    first = open_client("/ws/chat", "json", "?nick=mos")
    first.native.wait_open()
    second = open_client("/ws", "json", "?nick=doe&room=lobby")
    second.send("post", {"text": "hej"})
    second.send("post", {"data": "again", "key": "k"})
    second.send("post", {"text": "/msg mos psst"})
    second.send("post", {"text": "/help", "key": "help"})
    second.send("text", "plain")
    second.native.send('{"text": "/fly", "key": "no command"}')
    first.receive("joined", "message", "notice")
    second.receive("message", "stored", "notice", "errors")


POSTS: list[dict[str, Any]] = [
    *({"text": "a"}, {"data": "a"}, {"text": "a", "data": None}, {"text": None, "data": "a"}),
    *({}, {"text": "a", "data": "a"}, {"text": None}, {"text": None, "data": None}),
    *({"text": 1}, {"text": "a", "data": 1}, {"text": ""}, {"text": "a", "colour": "red"}),
]


@pytest.mark.parametrize("post", POSTS)
def test_what_is_described_is_taken_and_nothing_else(
    open_client: OpenClient, post: dict[str, Any]
) -> None:
    client = open_client("/ws/chat", "json", "?nick=liv")
    payload = client.messages["receive.json.post"]["payload"]
    client.native.send(json.dumps({**post, "key": "k"}))
    answer = client.native.wait_body(lambda body: body.get("key") == "k")
    try:
        check(client.document, payload, post)
    except AssertionError:
        assert answer["errors"][0]["code"] == "invalid"
    else:
        assert answer["event"] == "stored"


def test_objects_of_other_interfaces(server: LiveServer, open_client: OpenClient) -> None:
    client = open_client("/ws/chat", "json")
    client.native.wait_open()
    with WireClient(server.host, server.port) as stock:
        stock.connect(auth={"nick": "eva", "guest": "d" * 30})
        stock.call("/chat", "join", {"room": "lobby"})
        client.receive("joined")
        stock.call("/chat", "typing", {"room": "lobby"})
        stock.connect("/", {})
        stock.call("/", "chat message", {"name": "mos", "msg": "hej"})
        place = "/chat/rooms/lobby/messages"
        said = server.post(place, {"text": "hej", "nick": "bo"}, guest="a" * 30).json["data"]
        mine = f"{place}/{said['id']}"
        assert server.patch(mine, {"text": "nej"}, guest="a" * 30).status == 200
        assert server.delete(mine, guest="a" * 30).status == 200
        stock.call("/chat", "leave", {"room": "lobby"})
    client.receive("joined", "typing", "message", "left")


def test_messages_in_text_are_as_described(open_client: OpenClient) -> None:
    client = open_client("/ws/chat", "text", "?nick=ida")
    client.send("text", "hej\nhopp")
    client.send("text", "/help")
    client.receive("said", "told")


def test_messages_of_the_echo_are_as_described(open_client: OpenClient) -> None:
    client = open_client("/ws/echo", "echo-protocol")
    client.send("anything", "hej")
    client.receive("echo")


def test_messages_of_the_broadcast_are_as_described(open_client: OpenClient) -> None:
    first, second = [open_client("/ws/broadcast", "broadcast-protocol") for _ in range(2)]
    for number in range(40):
        second.send("anything", f"{number}")
    second.receive("error")
    second.native.abort()
    first.receive("connected", "said", "disconnected")
