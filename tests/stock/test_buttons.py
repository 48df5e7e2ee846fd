"""Every button of Flask-SocketIO's examples, on the library and on the engine.

Both run the same applications (`tests/stock/apps`), which do what the examples do.
"""

from collections.abc import Iterator
from itertools import count
from typing import Any

import pytest

from tests.stock.clients import TRANSPORTS, Client, Clients
from tests.stock.conftest import RunApp
from tests.stock.servers import ENGINE, LIBRARIES, StockServer
from tests.support.node import NodeClient, NodeClients
from tests.support.wait import WAIT_SECONDS

APPS = {"buttons": "/", "class_buttons": "/test"}
PINGS = {"ping_interval": 5, "ping_timeout": 10}
numbers = count(1)


@pytest.fixture(params=LIBRARIES)
def library(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture(params=APPS)
def app(request: pytest.FixtureRequest) -> str:
    name: str = request.param
    return name


@pytest.fixture
def server(run_app: RunApp, app: str, library: str) -> StockServer:
    return run_app(app, library, **PINGS)


@pytest.fixture(params=[(kind, names) for kind in ("node", "python") for names in TRANSPORTS])
def clients(request: pytest.FixtureRequest, node: NodeClients) -> Iterator[Clients]:
    made = Clients(node, *request.param)
    yield made
    made.close()


def wait_response(client: Client, data: Any) -> int:
    """Wait for `my_response` with some data; return its count."""
    (body,) = client.wait_for("my_response", lambda body: body["data"] == data)
    number: int = body["count"]
    return number


def is_rooms(body: dict[str, Any], number: int) -> bool:
    """Return whether a response lists the rooms, as the response of this number."""
    return bool(str(body["data"]).startswith("In rooms: ") and body["count"] == number)


def test_each_button_has_the_response_of_the_stock_library(
    server: StockServer, app: str, clients: Clients
) -> None:
    one, two = (clients.connect(server.url, APPS[app]) for _ in range(2))
    room = f"room {next(numbers)}"
    assert wait_response(one, "Connected") == 0
    one.emit("my_event", {"data": "echo"})
    assert wait_response(one, "echo") == 1
    one.emit("my_broadcast_event", {"data": f"to all {room}"})
    assert [wait_response(client, f"to all {room}") for client in (one, two)] == [2, 2]
    two.emit("join", {"room": room})
    # Each client has a session of its own, which counts.
    (joined,) = two.wait_for("my_response", lambda body: is_rooms(body, 1))
    assert room in joined["data"].removeprefix("In rooms: ").split(", ")
    one.emit("my_room_event", {"room": room, "data": "to the room"})
    assert wait_response(two, "to the room") == 3
    two.emit("leave", {"room": room})
    (left,) = two.wait_for("my_response", lambda body: is_rooms(body, 2))
    assert room not in left["data"].removeprefix("In rooms: ").split(", ")
    for client in (one, two):
        client.emit("join", {"room": room})
    two.wait_for("my_response", lambda body: is_rooms(body, 3))
    one.emit("close_room", {"room": room})
    wait_response(two, f"Room {room} is closing.")
    one.emit("my_room_event", {"room": room, "data": "nobody is there"})
    one.emit("my_ping")
    assert one.wait_for("my_pong") == []
    two.emit("my_ping")
    two.wait_for("my_pong")
    assert wait_response(two, "from the server") is not None
    received = [args[0]["data"] for client in (one, two) for args in client.args_of("my_response")]
    assert "nobody is there" not in received
    assert received.count("to the room") == 1


def test_the_catch_all_receives_any_event(run_app: RunApp, library: str, clients: Clients) -> None:
    client = clients.connect(run_app("buttons", library, **PINGS).url)
    client.emit("whatever", {"a": [1, "två", None]})
    wait_response(client, ["whatever", {"a": [1, "två", None]}])


def test_the_button_disconnect(server: StockServer, app: str, clients: Clients) -> None:
    watcher, client = (clients.connect(server.url, APPS[app]) for _ in range(2))
    client.emit("disconnect_request")
    wait_response(client, "Disconnected!")
    client.wait_for("disconnect")
    sid, *reason = watcher.wait_for("gone")
    assert isinstance(sid, str) and reason == (["server disconnect"] if app == "buttons" else [])


def test_a_client_that_disconnects(run_app: RunApp, library: str, clients: Clients) -> None:
    url = run_app("buttons", library, **PINGS).url
    watcher, client = clients.connect(url), clients.connect(url)
    client.emit("my_event", {"data": "here"})
    wait_response(client, "here")
    if isinstance(client, NodeClient):
        client.disconnect()
        assert watcher.wait_for("gone")[1] == "client disconnect"
    else:
        client.client.disconnect()
        # Its last packet is not always sent: then the library waits for the ping timeout.
        watcher.wait_for("gone", timeout=sum(PINGS.values()) + WAIT_SECONDS)


def test_http_and_events_share_a_session(run_app: RunApp, library: str, clients: Clients) -> None:
    """HTTP and events share the session of a cookie, in both directions."""
    server = run_app("sessions", library)
    reply = server.post("/session", {"session": "from http"})
    cookie = reply.headers["set-cookie"].partition(";")[0]
    assert server.get("/session").json == {"session": "", "user": "anonymous"}, "another session"
    client = clients.connect(server.url, headers={"Cookie": cookie})
    client.emit("get-session")
    client.wait_for("refresh-session", lambda body: body["session"] == "from http")

    def over_http() -> Any:
        return server.get("/session", headers={"Cookie": cookie}).json

    # Acknowledged, when the session has been saved.
    client.call("set-session", {"user": "anna"})
    assert over_http() == {"session": "from http", "user": "anna"}
    client.call("set-session", {"session": "from an event"})
    assert over_http() == {"session": "from an event", "user": "anna"}
    server.post("/session", {"session": "from http"}, headers={"Cookie": cookie})
    client.call("set-session", {"user": None})
    since = client.mark()
    client.emit("get-session")
    expected = {"session": "from http", "user": "anonymous"}
    assert client.wait_for("refresh-session", since=since) == [expected]
    assert over_http() == expected


def test_the_engine_says_what_it_is(run_app: RunApp) -> None:
    assert run_app("buttons", ENGINE, **PINGS).get("/").body == b"eventlet"
