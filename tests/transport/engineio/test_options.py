"""Options of the Engine.IO server: origins, compression, cookies, upgrades; in this process."""

import gzip
import json
from typing import Any

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from me_api.transport import SocketIO

ORIGIN = "https://one.example"


class Client:
    """Requests to an application with these options, as its web server passes them on."""

    def __init__(self, **options: Any) -> None:
        app = Flask("options")
        self.socketio = SocketIO(app, **options)
        self._client = app.test_client()

    def get(self, query: str = "transport=polling", **headers: str) -> TestResponse:
        watch = {"me_api.detach": None, "me_api.watch_disconnect": lambda _: lambda: None}
        return self._client.get(
            f"/socket.io/?EIO=4&{query}",
            headers={name.replace("_", "-"): value for name, value in headers.items()},
            environ_overrides=watch,
        )

    def open(self) -> str:
        """Open a session; return its id."""
        return str(json.loads(self.get().data[1:])["sid"])


def code(response: TestResponse) -> str:
    return str(response.get_json()["errors"][0]["code"])


@pytest.mark.parametrize(
    ("allowed", "origin", "status"),
    [
        (ORIGIN, ORIGIN, 200),
        ([ORIGIN], ORIGIN, 200),
        (ORIGIN, "https://two.example", 403),
        (None, "http://localhost", 200),  # The server's own.
        (None, ORIGIN, 403),
        ("*", ORIGIN, 200),
        ([], ORIGIN, 200),  # As on stock: no check at all.
        (ORIGIN, "", 200),
    ],
)
def test_only_allowed_origins_are_served(allowed: Any, origin: str, status: int) -> None:
    response = Client(cors_allowed_origins=allowed).get(Origin=origin)
    assert response.status_code == status
    if status == 403:
        assert code(response) == "foreign_origin"


@pytest.mark.parametrize(
    ("accepted", "threshold", "method"),
    [
        ("br, gzip;q=0.5, deflate", 1, "gzip"),
        ("deflate", 1, "deflate"),
        ("gzip", 100_000, None),
        ("br", 1, None),
        ("", 1, None),
    ],
)
def test_a_large_payload_is_compressed_as_the_client_accepts_it(
    accepted: str, threshold: int, method: str | None
) -> None:
    client = Client(compression_threshold=threshold)
    response = client.get(Accept_Encoding=accepted)
    assert response.headers.get("Content-Encoding") == method
    assert int(response.headers["Content-Length"]) == len(response.data)
    if method is None:
        assert response.data.startswith(b'0{"sid":')
    if method == "gzip":
        assert gzip.decompress(response.data).startswith(b'0{"sid":')
    unchanged = Client(http_compression=False, compression_threshold=1).get(Accept_Encoding="gzip")
    assert "Content-Encoding" not in unchanged.headers


@pytest.mark.parametrize(
    ("option", "attributes"),
    [
        ("io", {"path=/", "SameSite=Lax"}),
        ({"name": "io", "path": "/x", "HttpOnly": True}, {"path=/x", "HttpOnly"}),
    ],
)
def test_the_response_that_opens_a_session_sets_the_cookie(
    option: Any, attributes: set[str]
) -> None:
    client = Client(cookie=option)
    response = client.get()
    value, *rest = response.headers["Set-Cookie"].split("; ")
    sid = json.loads(response.data[1:])["sid"]
    assert (value, set(rest)) == (f"io={sid}", attributes)
    assert "Set-Cookie" not in client.get(f"transport=polling&sid={sid}x").headers
    assert "Set-Cookie" not in Client().get().headers


HANDSHAKE = {
    "Connection": "Upgrade",
    "Upgrade": "websocket",
    "Sec_WebSocket_Version": "13",
    "Sec_WebSocket_Key": "dGhlIHNhbXBsZSBub25jZQ==",
}


def test_sessions_are_not_upgraded_where_that_is_switched_off() -> None:
    for options in ({"allow_upgrades": False}, {"transports": ["polling"]}):
        client = Client(**options)
        assert json.loads(client.get().data[1:])["upgrades"] == []
        response = client.get(f"transport=websocket&sid={client.open()}", **HANDSHAKE)
        assert (response.status_code, code(response)) == (400, "unknown_transport")
    assert json.loads(Client().get().data[1:])["upgrades"] == ["websocket"]


def test_a_handshake_names_its_host() -> None:
    """RFC 6455, section 4.2.1; HTTP itself allows an empty field."""
    response = Client().get("transport=websocket", Host="", **HANDSHAKE)
    assert (response.status_code, code(response)) == (400, "bad_handshake")
