"""A running server whose database begins a new epoch: all clients learn it, and go on."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.support.databases import Databases, connect, execute
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.fixture
def url(tmp_path: Path, postgresql_databases: Databases) -> Iterator[str]:
    made = postgresql_databases.create(tmp_path)
    yield made
    postgresql_databases.drop(made)


def test_clients_learn_of_a_new_epoch(
    make_server: Callable[..., LiveServer], url: str, node: NodeClients
) -> None:
    """What a promotion of a lagging standby leaves is another timeline than the log's."""
    server = make_server(database_url=url)
    said = {"nick": "mos", "text": "hej"}
    message = server.post("/chat/rooms/lobby/messages", said).json["data"]
    client = node.connect(server.url, auth={"nick": "kim"})
    seen = len(client.events)
    before = server.get("/chat/rooms/lobby/messages").json["epoch"]
    with connect(url) as connection:
        execute(connection, "UPDATE log SET timeline = '00000000', safe = false")
    wait_until(
        lambda: server.get("/chat/rooms/lobby/messages").json["epoch"] != before,
        what="the new epoch",
    )
    assert client.wait_connected(since=seen)["recovered"] is False
    changes = "/chat/rooms/lobby/changes?since={}&epoch={}"
    gone = server.get(changes.format(message["rev"], before))
    assert (gone.status, gone.json["errors"][0]["code"]) == (410, "foreign_epoch")
    wait_until(lambda: server.get("/readyz").status == 200, what="the server being ready")
    posted = server.post("/chat/rooms/lobby/messages", said).json["data"]
    assert posted["rev"] == 1_000_002
