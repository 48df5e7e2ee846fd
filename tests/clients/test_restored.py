"""docs/clients.md: the server comes back with another database."""

import json
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from tests.clients.conftest import Start
from tests.clients.snippets import Program
from tests.clients.test_clients import KINDS, talk
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.mark.parametrize("which", ["an older one", "a new one"])
def test_what_is_said_then_is_heard(
    server: LiveServer, start: Start, tmp_path: Path, which: str
) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    talk(chatters, "hej")
    older = tmp_path / "older.sqlite"
    with closing(sqlite3.connect(server.database)) as now, closing(sqlite3.connect(older)) as copy:
        now.backup(copy)
    talk(chatters, "lost")
    server.stop()
    for file in server.folder.glob(f"{server.database.name}*"):
        file.unlink()
    if which == "an older one":
        older.rename(server.database)
    server.start()
    # What is said first has a smaller rev than what was lost, until all have heard it.
    talk(chatters, "after")
    stored = server.get("/chat/rooms/lobby/messages").json["data"]
    kept = ["hej"] * len(chatters) if which == "an older one" else []
    about = [message["text"].partition(",")[0] for message in stored]
    assert about == [*kept, *["after"] * len(chatters)]


MESSAGE = {"nick": "moe", "text": "hej"}
PAGE = {"data": [MESSAGE], "rev": 5, "epoch": "e", "more": False}
EMPTY = {**PAGE, "data": []}
ANSWERS = [(200, PAGE), (503, {"errors": []}), (429, {"errors": []}), (410, {"errors": []})]


class Moody(BaseHTTPRequestHandler):
    """Answers one after the other, and then that nothing has happened."""

    asked: list[str]

    def do_GET(self) -> None:
        """Note from where changes are asked for."""
        query = parse_qs(urlsplit(self.path).query)
        place = len(self.asked)
        status, body = ANSWERS[place] if place < len(ANSWERS) else (200, EMPTY)
        self.asked.append(f"{query['since'][0]} {query.get('epoch', ['none'])[0]}")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture
def moody() -> Iterator[ThreadingHTTPServer]:
    """Serve it on a port of its own."""
    Moody.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), Moody) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_curl_begins_anew_for_nothing_but_410(moody: ThreadingHTTPServer) -> None:
    program = Program("bash", f"http://127.0.0.1:{moody.server_port}", "one")
    wait_until(lambda: len(Moody.asked) > len(ANSWERS) + 1, what="changes being asked for again")
    program.close()
    assert Moody.asked[: len(ANSWERS) + 2] == ["0 none", "5 e", "5 e", "5 e", "0 none", "5 e"]
    assert program.lines == ["moe: hej"]
