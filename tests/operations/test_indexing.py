"""A server whose messages have to be indexed anew, as after an upgrade."""

import sqlite3
from contextlib import closing

from benchmarks.fill import fill
from me_api.chat.search.fts5 import Fts5Store
from tests.chat.clients import Room
from tests.conftest import MakeServer


def test_it_starts_and_takes_posts_while_they_are_indexed(make_server: MakeServer) -> None:
    """The start waited until all were in the index."""
    server = make_server(entry="held_pools")
    server.stop()
    fill(server.database, {"lobby": 3 * Fts5Store.spare})
    with closing(sqlite3.connect(server.database, isolation_level=None)) as connection:
        connection.execute("DELETE FROM search_words")
        connection.execute("UPDATE search SET indexed = 0")
    hold = server.folder / "hold-indexing"
    hold.touch()
    server.start()
    Room(server, "lobby").say("hej")
    hold.unlink()
    found = server.get("/chat/search?q=ord1", timeout=60).json["data"]
    assert [message["id"] for message in found] == [1]
