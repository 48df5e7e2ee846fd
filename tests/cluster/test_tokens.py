"""Long-lived tokens at two nodes: made at one, used at the other, and revoked at either."""

import pytest

from tests.chat.clients import Room
from tests.cluster.conftest import at, make_token
from tests.support.connections import Connections
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.tokens.revoking import WAYS, Revoke

Two = tuple[LiveServer, LiveServer]


@pytest.mark.parametrize("revoke", WAYS)
def test_what_is_open_at_another_node_ends(two: Two, room: Room, revoke: Revoke) -> None:
    a, b = two
    login = make_token(a, "maker")
    owner = make_token(a, "owner", "owner")
    assert a.patch(room.url, {"guests": "none"}, token=owner).status == 200
    wait_until(lambda: at(b, room).get().status == 403)
    body = {"name": "sensor", "scopes": ["read", "post"], "rooms": [room.name, "lobby"]}
    made = a.post("/tokens", body, token=login).json["data"]
    assert at(b, room).post("21 °C", token=made["token"]).status == 201
    connections = Connections(b, room, made["token"])
    revoke(a, made["id"], login)
    connections.wait_ended("bad_token")
    connections.close()
    assert at(b, room).post("21 °C", token=login).status == 201


def test_its_use_is_stored_by_any_node(two: Two) -> None:
    a, b = two
    login = make_token(a, "maker")
    made = a.post("/tokens", {"name": "script", "scopes": ["read"]}, token=login).json["data"]

    def last_used() -> str | None:
        tokens = a.get("/tokens", token=login).json["data"]
        found: dict[str, str | None] = {token["id"]: token["last_used"] for token in tokens}
        return found[made["id"]]

    assert last_used() is None
    assert b.get("/chat/rooms", token=made["token"]).status == 200
    wait_until(last_used)
