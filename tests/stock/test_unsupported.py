"""What docs/flask-socketio.md says is not supported is an error that says what to do instead."""

import json
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
import socketio as python_socketio
from flask import Flask
from flask import json as flask_json

from me_api.transport import SocketIO, UnsupportedError
from tests.docs.tables import ROOT, table

PAGE = ROOT / "docs" / "flask-socketio.md"
UNSUPPORTED: dict[str, dict[str, Any]] = {
    "async_mode": {"async_mode": "threading"},
    "serializer": {"serializer": "msgpack"},
    "monitor_clients": {"monitor_clients": False},
    "client_manager": {"client_manager": object()},
}
SUPPORTED: dict[str, Any] = {
    "async_mode": "eventlet",
    "serializer": "default",
    "monitor_clients": True,
    "client_manager": python_socketio.Manager(),
}


@pytest.fixture
def app() -> Flask:
    return Flask("small")


def test_every_row_of_the_table_has_a_test() -> None:
    named = [row[0] for row in table(PAGE, "What", "Here")]
    assert [name.strip("`") for name in named[:4]] == list(UNSUPPORTED)
    assert len(named) == 10


@pytest.mark.parametrize("name", UNSUPPORTED)
def test_an_option_that_has_other_values_on_stock(app: Flask, name: str) -> None:
    with pytest.raises(UnsupportedError, match=name):
        SocketIO(app, **UNSUPPORTED[name])
    SocketIO(Flask("another"), **{name: SUPPORTED[name]})


def test_an_option_that_there_is_not(app: Flask) -> None:
    with pytest.raises(TypeError, match="there is no option binary, engine"):
        SocketIO(app, binary=True, engine=1)


@pytest.mark.parametrize("name", ["certfile", "keyfile", "ssl_context"])
def test_tls(app: Flask, name: str) -> None:
    with pytest.raises(UnsupportedError, match=rf"{name}: there is no TLS here"):
        SocketIO(app).run(app, **{name: "x"})


def test_options_of_other_servers(app: Flask) -> None:
    with pytest.raises(TypeError, match=r"run\(\) has no option keepalive"):
        SocketIO(app).run(app, keepalive=True)


def test_other_web_servers(app: Flask) -> None:
    SocketIO(app)
    response = app.test_client().get("/socket.io/?EIO=4&transport=polling")
    assert response.get_json()["errors"][0]["code"] == "not_supported"
    assert "SocketIO.run" in response.get_json()["errors"][0]["detail"]


@pytest.mark.parametrize("name", ["instrument", "get_session", "save_session", "session"])
def test_methods_of_the_server(app: Flask, name: str) -> None:
    server = SocketIO(app).server
    with pytest.raises(UnsupportedError, match="not supported: "):
        getattr(server, name)("sid")


def test_stopping_what_does_not_run(app: Flask) -> None:
    with pytest.raises(RuntimeError, match="run"):
        SocketIO(app).stop()


def test_json_of_flask_is_called_with_the_application(app: Flask) -> None:
    socketio = SocketIO(app, json=flask_json)
    seen: list[Any] = []
    socketio.on("x")(seen.append)
    client = socketio.test_client(app)
    client.emit("x", {"a": [1, "å"]})
    assert seen == [{"a": [1, "å"]}]


def test_a_json_module_is_used_in_both_directions(app: Flask) -> None:
    class Decimals:
        @staticmethod
        def dumps(value: Any, **options: Any) -> str:
            return json.dumps(value, default=str, **options)

        @staticmethod
        def loads(text: str, **_: Any) -> Any:
            return json.loads(text, parse_float=Decimal)

    socketio = SocketIO(app, json=Decimals)
    other = SocketIO(Flask("other"))
    seen: list[Any] = []

    @socketio.on("x")
    def handle(data: Any) -> Any:
        seen.append(data)
        return [data, date(2026, 1, 1)]

    answer = socketio.test_client(app).emit("x", 0.1, callback=True)
    assert seen == [Decimal("0.1")]
    assert answer == ["0.1", "2026-01-01"]
    assert other.server is not None and other.server.packet_class.json is not Decimals
