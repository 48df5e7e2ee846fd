"""A whole room as NDJSON, over REST and on the command line."""

import json
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from benchmarks.fill import fill
from me_api.auth.identity import Identity
from me_api.chat import access, export, rooms
from me_api.chat.export import PAGE
from me_api.errors import Forbidden
from tests.conftest import MakeServer
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson, anybody, app, make_person, template
from tests.support.server import LiveServer
from tests.support.wire import WireClient

__all__ = ["anybody", "app", "make_person", "template"]

GUEST = {"X-Guest": "g" * 30}
LOBBY = "/chat/rooms/lobby"
EXPORT = f"{LOBBY}/export"


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Create the rooms that the server creates at startup."""
    with app.app_context():
        rooms.ensure(("lobby", "empty"))


def say(person: Person, text: str) -> None:
    body = {"text": text, "nick": "mos"}
    assert person.post(f"{LOBBY}/messages", body, headers=GUEST).status_code == 201


def exported(body: bytes) -> list[dict[str, Any]]:
    """Return the objects in a text of NDJSON."""
    assert body.endswith(b"\n") or not body
    return [json.loads(line) for line in body.splitlines()]


def test_all_messages_as_they_are(anybody: Person) -> None:
    count = 2 * PAGE + 3
    for n in range(count):
        say(anybody, f"rad\n{n} åäö")
    anybody.request("PATCH", f"{LOBBY}/messages/2", {"text": "edited"}, headers=GUEST)
    anybody.delete(f"{LOBBY}/messages/3", headers=GUEST)
    reply = anybody.get(EXPORT)
    assert reply.mimetype == "application/x-ndjson"
    messages = exported(reply.data)
    assert [message["id"] for message in messages] == list(range(1, count + 1))
    shown = []
    for after in range(0, count, 200):
        shown += anybody.get(f"{LOBBY}/messages?after={after}&limit=200").get_json()["data"]
    assert messages == shown
    assert messages[1]["text"] == "edited" and messages[2]["deleted"]


def test_what_comes_meanwhile_is_left_to_changes(anybody: Person, app: Flask) -> None:
    for n in range(PAGE + 1):
        say(anybody, f"{n}")
    reply = anybody.get(EXPORT, buffered=False)
    parts = iter(reply.response)
    first = next(parts)
    say(anybody, "meanwhile")
    anybody.request("PATCH", f"{LOBBY}/messages/1", {"text": "edited"}, headers=GUEST)
    messages = {m["id"]: m for m in exported(first + b"".join(parts))}
    reply.close()
    assert list(messages) == list(range(1, PAGE + 2))
    assert messages[1]["text"] == "0"
    since, epoch = reply.headers["X-Rev"], reply.headers["X-Epoch"]
    changes = anybody.get(f"{LOBBY}/changes?since={since}&epoch={epoch}").get_json()["data"]
    messages |= {message["id"]: message for message in changes}
    again = exported(anybody.get(EXPORT).data)
    assert list(messages.values()) == again


def test_the_export_of_a_room_closed_meanwhile_stops(
    anybody: Person, app: Flask, make_person: MakePerson
) -> None:
    for n in range(PAGE + 1):
        say(anybody, f"{n}")
    with app.app_context():
        pages = export.lines("lobby", lambda: access.readable("lobby", Identity()))
        next(pages)
        make_person("owner", "owner").request("PATCH", LOBBY, {"guests": "none"})
        with pytest.raises(Forbidden):
            next(pages)


def test_who_may_and_what_there_is(anybody: Person, make_person: MakePerson) -> None:
    owner = make_person("owner", "owner")
    assert anybody.get("/chat/rooms/empty/export").data == b""
    owner.request("PATCH", "/chat/rooms/empty", {"guests": "none"})
    assert errors_of(anybody.get("/chat/rooms/empty/export")) == [(403, "members_only", None)]
    assert errors_of(anybody.get("/chat/rooms/nowhere/export")) == [(404, "not_found", "room")]
    assert owner.get("/chat/rooms/empty/export").status_code == 200


def test_what_the_course_s_clients_sent_is_in_it(make_server: MakeServer) -> None:
    server = make_server()
    with WireClient(server.host, server.port) as client:
        client.connect("/", {})
        client.call("/", "chat message", {"name": "mos", "msg": "hej", "time": 1})
    (message,) = exported(server.get(EXPORT).body)
    assert message["payload"] == {"name": "mos", "msg": "hej", "time": 1}


@pytest.mark.sqlite
def test_a_large_room_takes_the_memory_of_a_page(make_server: MakeServer) -> None:
    server = make_server(start=False)
    server.start().stop()
    fill(server.database, {"lobby": 60_000})
    server.start()
    server.get(f"{LOBBY}/messages")
    before = resident(server)
    body = server.get(EXPORT, timeout=60).body
    assert body.count(b"\n") == 60_000
    assert len(body) > 15_000_000
    assert resident(server) - before < 8_000_000


def resident(server: LiveServer) -> int:
    """Return the most memory that the server has had so far."""
    assert server.process is not None
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def test_the_command_writes_the_same(make_server: MakeServer) -> None:
    server = make_server()
    for n in range(3):
        server.post(f"{LOBBY}/messages", {"text": f"åäö {n}", "nick": "mos"})
    done = server.flask("chat", "export", "lobby")
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.encode() == server.get(EXPORT).body


def test_the_command_reports_an_unknown_room(app: Flask) -> None:
    failed = app.test_cli_runner().invoke(args=["chat", "export", "nowhere"])
    assert (failed.exit_code, failed.stdout) == (1, "")
    assert "There is no room 'nowhere'." in failed.stderr
