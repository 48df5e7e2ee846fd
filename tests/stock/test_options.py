"""Options of `SocketIO` that show over the network, on the library and on the engine."""

import json
from typing import Any

import pytest

from tests.stock.conftest import RunApp
from tests.stock.servers import ENGINE, LIBRARIES, StockServer
from tests.support.node import NodeClients
from tests.support.wait import wait_until
from tests.support.wire import Cut, WireClient

LARGEST = 2000
ORIGIN = "https://one.example"
OPTIONS: dict[str, Any] = {
    "resource": "/live",
    "cors_allowed_origins": ORIGIN,
    "cors_credentials": False,
    "cookie": "io",
    "max_http_buffer_size": LARGEST,
    "logger": True,
    "engineio_logger": True,
}
PATH = "/live/?EIO=4&transport=polling"


@pytest.fixture(params=LIBRARIES)
def server(request: pytest.FixtureRequest, run_app: RunApp) -> StockServer:
    return run_app("names", request.param, **OPTIONS)


def test_path_origins_and_cookie(server: StockServer) -> None:
    opened = server.get(PATH, headers={"Origin": ORIGIN})
    assert opened.headers["access-control-allow-origin"] == ORIGIN
    assert "access-control-allow-credentials" not in opened.headers
    handshake = json.loads(opened.body[1:])
    assert handshake["maxPayload"] == LARGEST
    assert opened.headers["set-cookie"].startswith(f"io={handshake['sid']};")
    assert server.get(PATH, headers={"Origin": "https://two.example"}).status >= 400
    assert server.get(PATH.replace("live", "socket.io")).status == 404


def test_the_size_of_what_a_client_may_send(run_app: RunApp) -> None:
    """The stock library on eventlet answers neither any more, and leaves the connections open."""
    server = run_app("names", ENGINE, **OPTIONS)
    sid = json.loads(server.get(PATH).body[1:])["sid"]
    body = b"40" + b" " * LARGEST
    assert server.request("POST", f"{PATH}&sid={sid}", body=body).status == 413
    path = PATH.replace("polling", "websocket")
    with WireClient(server.host, server.port, path=path) as client:
        client.connect("/")
        assert client.call("/", "echo", "x" * (LARGEST - 100)) == "x" * (LARGEST - 100)
        with pytest.raises(Cut):
            client.call("/", "echo", "x" * LARGEST)


def test_both_loggers(server: StockServer, node: NodeClients) -> None:
    transports = ["polling", "websocket"]
    client = node.connect(server.url, "/", path="/live", transports=transports, reconnection=False)
    sid = client.state()["id"]
    wait_until(lambda: client.state()["transport"] == "websocket")
    assert client.call("call", "ask", "you") == "you"
    client.call("emit", "x", ["å", b"\0"], {"to": sid, "several": True})
    client.emit("disconnect me", None)
    client.wait_for("disconnect")
    lines = server.log.splitlines()
    for expected in (
        f'received event "call" from {sid} [/]',
        f'emitting event "ask" to {sid} [/]',
        f"received ack from {sid} [/]",
        f"Disconnecting {sid} [/]",
    ):
        assert expected in lines
    for text in (
        "Sending packet OPEN data {",
        "Upgrade to websocket successful",
        'Received packet MESSAGE data 20["call","ask","you"]',
        'Sending packet MESSAGE data 21["ask","you"]',
        "Sending packet MESSAGE data <binary>",
    ):
        assert text in server.log
