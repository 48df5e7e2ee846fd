"""What native WebSockets say, against what the document says that they do."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from me_api.chat.websocket.subprotocols import SUBPROTOCOLS
from tests.apidocs.schemas import check
from tests.conftest import StartServer
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient


class Speaker:
    """A native client whose messages are checked against the document."""

    def __init__(self, server: LiveServer, path: str, protocol: str, query: str = "") -> None:
        self.document = server.get("/asyncapi.json").json
        self.messages = addresses(self.document)[path]["messages"]
        self.protocol = protocol
        self.native = NativeClient(server, path + query, protocol)
        assert (self.native.status, self.native.protocol) == (101, protocol)

    def say(self, name: str, message: Any) -> None:
        """Send what the document allows."""
        check(self.document, self.messages[f"receive.{self.protocol}.{name}"]["payload"], message)
        self.native.send(message if isinstance(message, str) else json.dumps(message))

    def hear(self, *names: str) -> None:
        """Wait until all of these have come; whatever comes beside them must be described, too."""
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
    """Return the channels that are native WebSockets, by address."""
    native = {"$ref": "#/servers/native"}
    return {c["address"]: c for c in document["channels"].values() if native in c["servers"]}


Speak = Callable[..., Speaker]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start one server for all; the limits let it refuse something, too."""
    made = start_server("addresses", rate_limits="on")
    yield made
    made.stop()


@pytest.fixture
def speak(server: LiveServer) -> Iterator[Speak]:
    """Open native WebSockets, gone after the test."""
    opened: list[Speaker] = []

    def connect(path: str, protocol: str, query: str = "") -> Speaker:
        opened.append(Speaker(server, path, protocol, query))
        return opened[-1]

    yield connect
    for speaker in opened:
        speaker.native.abort()


def test_names_every_address_with_its_query(app: Flask, asyncapi: Any, openapi: Any) -> None:
    channels = addresses(asyncapi)
    assert set(channels) == {rule.rule for rule in app.url_map.iter_rules() if rule.websocket}
    for path, channel in channels.items():
        parameters = openapi["paths"][path]["get"]["parameters"]
        query = channel["bindings"]["ws"]["query"]
        assert query["properties"] == {p["name"]: p["schema"] for p in parameters}
    assert set(channels["/ws/chat"]["bindings"]["ws"]["query"]["properties"]) == {
        *("room", "nick", "since", "epoch", "token", "guest")
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


def test_objects(speak: Speak) -> None:
    first = speak("/ws/chat", "json", "?nick=mos")
    second = speak("/ws", "json", "?nick=doe&room=lobby")
    second.say("post", {"text": "hej"})
    second.say("post", {"data": "again", "key": "k"})
    second.say("post", {"text": "/msg mos psst"})
    second.say("post", {"text": "/help", "key": "help"})
    second.say("text", "plain")
    second.native.send('{"text": "/fly", "key": "no command"}')
    first.hear("joined", "message", "notice")
    second.hear("message", "stored", "notice", "errors")


POSTS: list[dict[str, Any]] = [
    *({"text": "a"}, {"data": "a"}, {"text": "a", "data": None}, {"text": None, "data": "a"}),
    *({}, {"text": "a", "data": "a"}, {"text": None}, {"text": None, "data": None}),
    *({"text": 1}, {"text": "a", "data": 1}, {"text": ""}, {"text": "a", "colour": "red"}),
]


@pytest.mark.parametrize("post", POSTS)
def test_what_is_described_is_taken_and_nothing_else(speak: Speak, post: dict[str, Any]) -> None:
    client = speak("/ws/chat", "json", "?nick=liv")
    payload = client.messages["receive.json.post"]["payload"]
    client.native.send(json.dumps({**post, "key": "k"}))
    answer = client.native.wait_body(lambda body: body.get("key") == "k")
    try:
        check(client.document, payload, post)
    except AssertionError:
        assert answer["errors"][0]["code"] == "invalid"
    else:
        assert answer["event"] == "stored"


def test_objects_of_other_doors(server: LiveServer, speak: Speak) -> None:
    client = speak("/ws/chat", "json")
    with WireClient(server.host, server.port) as stock:
        stock.connect(auth={"nick": "eva", "guest": "d" * 30})
        stock.call("/chat", "join", {"room": "lobby"})
        client.hear("joined")
        stock.call("/chat", "typing", {"room": "lobby"})
        stock.connect("/", {})
        stock.call("/", "chat message", {"name": "mos", "msg": "hej"})
        place = "/chat/rooms/lobby/messages"
        said = server.post(place, {"text": "hej", "nick": "bo"}, guest="a" * 30).json["data"]
        mine = f"{place}/{said['id']}"
        assert server.patch(mine, {"text": "nej"}, guest="a" * 30).status == 200
        assert server.delete(mine, guest="a" * 30).status == 200
        stock.call("/chat", "leave", {"room": "lobby"})
    client.hear("joined", "typing", "message", "left")


def test_lines(speak: Speak) -> None:
    client = speak("/ws/chat", "text", "?nick=ida")
    client.say("text", "hej\nhopp")
    client.say("text", "/help")
    client.hear("said", "told")


def test_the_echo(speak: Speak) -> None:
    client = speak("/ws/echo", "echo-protocol")
    client.say("anything", "hej")
    client.hear("echo")


def test_the_broadcast(speak: Speak) -> None:
    first, second = [speak("/ws/broadcast", "broadcast-protocol") for _ in range(2)]
    for number in range(40):
        second.say("anything", f"{number}")
    second.hear("error")
    second.native.abort()
    first.hear("connected", "said", "disconnected")
