"""The files of socket.io-client, which pages load from the server."""

import gzip
from pathlib import Path

import pytest
from flask import Flask

from me_api.me.socketio_client import NAMES, SocketIOClient
from tests.conftest import MakeServer
from tests.support.app import Person, errors_of
from tests.support.node_process import SCRIPTS

PACKAGE = SCRIPTS / "node_modules" / "socket.io-client" / "dist"
SCRIPT = "/socket.io/socket.io.js"


@pytest.fixture
def copied(app: Flask) -> Flask:
    app.extensions["socketio_client"] = SocketIOClient(PACKAGE)
    return app


@pytest.mark.parametrize("name", NAMES)
def test_each_file_is_served_as_it_is_in_the_package(copied: Flask, name: str) -> None:
    """F72: six tutorials' pages were sent 400 for it."""
    body = (PACKAGE / name).read_bytes()
    response = Person(copied).get(f"/socket.io/{name}?v=1")
    assert (response.status_code, response.data) == (200, body)
    kind = "application/json" if name.endswith(".map") else "text/javascript"
    assert response.mimetype == kind
    packed = Person(copied).get(f"/socket.io/{name}", headers={"Accept-Encoding": "gzip"})
    assert gzip.decompress(packed.data) == body


def test_it_is_revalidated(copied: Flask) -> None:
    """F72: a page that is loaded again is not sent the script again."""
    first = Person(copied).get(SCRIPT)
    assert first.headers["Cache-Control"] == "public, no-cache"
    again = Person(copied).get(SCRIPT, headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")


def test_a_module_may_be_loaded_by_the_page_of_another_origin(copied: Flask) -> None:
    headers = {"Origin": "https://one.example"}
    response = Person(copied).get("/socket.io/socket.io.esm.min.js", headers=headers)
    assert response.headers["Access-Control-Allow-Origin"] in ("*", "https://one.example")


def test_it_is_read_only(copied: Flask) -> None:
    assert Person(copied).request("HEAD", SCRIPT).status_code == 200
    assert errors_of(Person(copied).post(SCRIPT)) == [(405, "method_not_allowed", None)]


def test_a_file_that_is_not_copied_is_404(app: Flask, tmp_path: Path) -> None:
    app.extensions["socketio_client"] = SocketIOClient(tmp_path)
    response = Person(app).get(SCRIPT)
    assert errors_of(response) == [(404, "not_found", None)]
    assert "make page" in response.get_json()["errors"][0]["detail"]


def test_other_paths_are_those_of_socket_io(make_server: MakeServer) -> None:
    server = make_server()
    assert server.get("/socket.io/?EIO=4&transport=polling").status == 200
    for path in ("/socket.io/", "/socket.io/nothing.js", "/socket.io/socket.io.msgpack.min.js"):
        assert server.get(path).status == 400
    assert server.get(SCRIPT).status == 200
