"""docs/clients.md: the server is restarted with another database."""

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
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until


def backup(server: LiveServer, path: Path) -> Path:
    """Copy the database of a running server."""
    with closing(sqlite3.connect(server.database)) as now, closing(sqlite3.connect(path)) as copy:
        now.backup(copy)
    return path


def another(server: LiveServer, path: Path) -> Path:
    """Make a database whose log is longer than that of any server in these tests."""
    for number in range(20):
        message = {"nick": "moe", "text": f"there, says {number}"}
        assert server.post("/chat/rooms/lobby/messages", message).status == 201
    return backup(server, path)


@pytest.mark.parametrize("which", ["an older one", "another"])
def test_messages_after_the_restore_are_shown(
    server: LiveServer, make_server: MakeServer, start: Start, tmp_path: Path, which: str
) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    talk(chatters, "hej")
    found = tmp_path / "found.sqlite"
    if which == "an older one":
        backup(server, found)
    else:
        another(make_server(), found)
    talk(chatters, "lost")
    server.stop()
    for file in server.folder.glob(f"{server.database.name}*"):
        file.unlink()
    found.rename(server.database)
    server.start()
    # An older one is shorter than what was lost until all have received the first of these.
    talk(chatters, "after")
    stored = server.get("/chat/rooms/lobby/messages").json["data"]
    kept = ["hej"] * len(chatters) if which == "an older one" else ["there"] * 20
    about = [message["text"].partition(",")[0] for message in stored]
    assert about == [*kept, *["after"] * len(chatters)]
    lines = {f"{message['nick']}: {message['text']}" for message in stored}
    missing = {one.nick: lines - set(one.lines) for one in chatters}
    assert not any(missing.values()), missing


MESSAGE = {"nick": "moe", "text": "hej"}
PAGE = {"data": [MESSAGE], "rev": 5, "epoch": "e", "more": False}
EMPTY = {**PAGE, "data": []}
ANSWERS = [(200, PAGE), (503, {"errors": []}), (429, {"errors": []}), (410, {"errors": []})]


class ScriptedHandler(BaseHTTPRequestHandler):
    """Serves prepared responses one after the other, and then empty ones."""

    asked: list[str]

    def do_GET(self) -> None:
        """Record the position from which changes are requested."""
        query = parse_qs(urlsplit(self.path).query)
        place = len(self.asked)
        status, body = ANSWERS[place] if place < len(ANSWERS) else (200, EMPTY)
        self.asked.append(f"{query['since'][0]} {query.get('epoch', ['none'])[0]}")
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(body).encode())

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def scripted() -> Iterator[ThreadingHTTPServer]:
    """Serve the prepared responses on a free port."""
    ScriptedHandler.asked = []
    with ThreadingHTTPServer(("127.0.0.1", 0), ScriptedHandler) as made:
        thread = threading.Thread(target=made.serve_forever)
        thread.start()
        yield made
        made.shutdown()
        thread.join()


def test_curl_begins_anew_for_nothing_but_410(scripted: ThreadingHTTPServer) -> None:
    with Program("bash", f"http://127.0.0.1:{scripted.server_port}", "one") as program:
        wait_until(
            lambda: len(ScriptedHandler.asked) > len(ANSWERS) + 1,
            what="changes being asked for again",
        )
    assert ScriptedHandler.asked[: len(ANSWERS) + 2] == [
        "0 none",
        "5 e",
        "5 e",
        "5 e",
        "0 none",
        "5 e",
    ]
    assert program.lines == ["moe: hej"]
