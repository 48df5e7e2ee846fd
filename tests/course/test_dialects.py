"""F62: ten clients in one room, each of another dialect: every one shows what all of them say."""

import json
from collections import defaultdict
from collections.abc import Iterator
from contextlib import closing

import pytest

from tests.course.conftest import LOBBY
from tests.support.events import EventLog
from tests.support.node_process import NodeProcess
from tests.support.server import LiveServer

KINDS = ("string", "named", "name", "currtime", "nick", "username", "json", "send", "sendJson")
KINDS += ("example",)
NAMELESS = {"string": "guest"}
"""Under which nick a client is shown that names none."""
NO_NICK = {"string", "named", "send"}
"""Those whose own messages have no nick in them, as they have sent them."""


class Pages(EventLog):
    """The pages of all ten, in one program."""

    def __init__(self, url: str) -> None:
        super().__init__("pages")
        self._process = NodeProcess("dialects.mjs", url, receive=self._show)

    def wait_connected(self) -> None:
        """Wait until all pages are connected."""
        for kind in KINDS:
            self.wait_shown(kind, "connected")

    def type(self, kind: str, text: str) -> None:
        """Type a text into a page and submit it."""
        self._process.send(json.dumps({"kind": kind, "type": text}))

    def reload(self, kind: str) -> int:
        """Reload a page; return a mark before what it shows then."""
        mark = self.mark()
        self._process.send(json.dumps({"kind": kind, "reload": True}))
        self.wait_shown(kind, "connected", since=mark)
        return mark

    def shown(self, since: int = 0) -> dict[str, list[str]]:
        """Return the lines that each page shows."""
        lines = defaultdict(list)
        for event in self.events[since:]:
            lines[event.name].append(event.args[0])
        return lines

    def wait_shown(self, kind: str, part: str, since: int = 0) -> str:
        """Wait until a page shows a line with this part, and return the line."""
        line: str = self.wait_for(kind, lambda shown: part in shown, since=since)[0]
        return line

    def close(self) -> None:
        self._process.end()

    def _show(self, line: dict[str, str]) -> None:
        self.record(line["kind"], [line["shown"]])


@pytest.fixture
def server(shared_server: LiveServer) -> LiveServer:
    """Return one server for all tests."""
    return shared_server


@pytest.fixture
def pages(server: LiveServer) -> Iterator[Pages]:
    """Open all pages; each has said something."""
    with closing(Pages(server.url)) as made:
        made.wait_connected()
        for kind in KINDS:
            made.type(kind, f"first of {kind}!")
            made.wait_shown(kind, f"first of {kind}!")
        yield made


def test_each_shows_nick_and_text_of_all(server: LiveServer, pages: Pages) -> None:
    """F65: that of the kind `send` speaks by `socket.send(text)`."""
    mark = pages.mark()
    for kind in KINDS:
        pages.type(kind, f"hej from {kind}!")
        # One after the other, so that the order is known.
        for receiver in KINDS:
            pages.wait_shown(receiver, f"hej from {kind}!", since=mark)
    server.post(LOBBY, {"nick": "rest", "text": "hej from rest"})
    for receiver in KINDS:
        assert "rest" in pages.wait_shown(receiver, "hej from rest").split("hej")[0]
    good = 0
    for receiver, lines in pages.shown(since=mark).items():
        for kind in KINDS:
            (line,) = [line for line in lines if f"hej from {kind}!" in line]
            assert "undefined" not in line and "[object" not in line, (receiver, line)
            before = line.split("hej from")[0]
            if receiver == kind and kind in NO_NICK:
                assert before == ""
            else:
                assert NAMELESS.get(kind, kind) in before, (receiver, line)
            good += 1
    assert good == 100


def test_refusals_and_answers_are_shown_to_those_who_asked(pages: Pages) -> None:
    """F64: a text with a slash that is no command is a text; the rest comes from `Server`."""
    for kind in KINDS:
        mark = pages.mark()
        pages.type(kind, "/help")
        assert "Server" in pages.wait_shown(kind, "/clients", since=mark)
        pages.type(kind, "x" * 4001)
        assert "Server" in pages.wait_shown(kind, "At most 4000 characters", since=mark)
        pages.type(kind, f"/usr/bin/python of {kind} krånglar")
        for receiver in KINDS:
            pages.wait_shown(receiver, f"/usr/bin/python of {kind} krånglar", since=mark)
        for receiver, lines in pages.shown(since=mark).items():
            answers = [line for line in lines if "Server" in line and "here)." not in line]
            assert len(answers) == (2 if receiver == kind else 0), answers


def test_history_is_shown_at_a_reload(server: LiveServer, pages: Pages) -> None:
    for kind in ("currtime", "nick"):
        mark = pages.reload(kind)
        for other in KINDS:
            line = pages.wait_shown(kind, f"first of {other}!", since=mark)
            assert NAMELESS.get(other, other) in line.split("first")[0]
            assert "undefined" not in line


def test_all_that_have_named_a_nick_are_there(server: LiveServer, pages: Pages) -> None:
    members = server.get("/chat/rooms/lobby/members").json["data"]
    assert sorted(member["nick"] for member in members) == sorted(set(KINDS) - {"string"})
    assert not any(member["verified"] for member in members)
