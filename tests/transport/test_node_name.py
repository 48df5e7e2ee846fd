"""The name of a node begins the ids of its sessions, by which a balancer finds the node."""

import json

import pytest

from tests.conftest import MakeServer
from tests.support.http import HttpClient


def open_session(server: HttpClient) -> str:
    """Open a session by polling and return its id."""
    reply = server.get("/socket.io/?EIO=4&transport=polling")
    assert reply.status == 200
    sid: str = json.loads(reply.body[1:])["sid"]
    return sid


def test_the_name_begins_the_id_which_stays_as_random(make_server: MakeServer) -> None:
    server = make_server(node="node-1")
    first, second = open_session(server), open_session(server)
    assert first.startswith("node-1.") and second.startswith("node-1.")
    assert first != second
    address = f"/socket.io/?EIO=4&transport=polling&sid={first}"
    assert server.request("POST", address, body=b"40/chat,").status == 200


def test_a_server_that_is_alone_has_no_name(make_server: MakeServer) -> None:
    assert "." not in open_session(make_server())


@pytest.mark.parametrize("name", ["a b", "A", "a.b", "x" * 17])
def test_a_name_that_a_balancer_cannot_match_stops_the_start(
    make_server: MakeServer, name: str
) -> None:
    server = make_server(node=name, start=False)
    server.spawn()
    assert server.wait() == 1
    assert "ME_API_NODE" in server.log


def test_another_database_than_sqlite_needs_the_key_of_all_its_servers(
    make_server: MakeServer,
) -> None:
    server = make_server(start=False, database_url="postgresql+psycopg:///none")
    del server.settings["jwt_secret"]
    server.spawn()
    assert server.wait() == 1
    assert "ME_API_JWT_SECRET is needed" in server.log
