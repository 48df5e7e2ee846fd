"""F42, F43: applications in one process share nothing, and hold nothing that they do not use."""

import os
from pathlib import Path

from flask import Flask

from me_api.eventlog import log
from me_api.extensions import socketio
from tests.conftest import MakeServer
from tests.support.app import fresh_app, make_user
from tests.support.native import NativeClient
from tests.support.wire import WireClient

MESSAGES = "/chat/rooms/lobby/messages"


def open_files() -> int:
    return len(os.listdir("/proc/self/fd"))


def test_f42_an_application_opens_nothing_until_it_is_used(tmp_path: Path, template: Path) -> None:
    with fresh_app(tmp_path, template):  # Imports what the first one needs.
        pass
    before = open_files()
    with fresh_app(tmp_path, template):
        assert open_files() == before


def test_f42_an_application_that_is_closed_leaves_nothing_open(
    tmp_path: Path, template: Path
) -> None:
    counts = []
    for number in range(3):
        with fresh_app(tmp_path, template) as app:
            make_user(app, f"mos{number}")
            with app.app_context():
                assert log.delivered == 0
        # The loop closes what is closed by the next turn.
        app.extensions["loop"].event().wait(0.01)
        counts.append(open_files())
    assert len(set(counts)) == 1


def test_f43_each_application_has_a_socketio_server_of_its_own(
    app: Flask, tmp_path: Path, template: Path
) -> None:
    own = app.extensions["socketio_server"]
    assert socketio.server is own
    folder = tmp_path / "other"
    folder.mkdir()
    with fresh_app(folder, template) as other:
        assert other.extensions["socketio_server"] is not own
        assert app.extensions["socketio_server"] is own
        assert own.context.run(log._get_current_object) is app.extensions["log"]  # type: ignore[attr-defined]


def test_f43_a_server_serves_its_own_application(make_server: MakeServer) -> None:
    server = make_server(entry="two_apps")
    with NativeClient(server, "/ws/chat?nick=anna") as native:
        native.say("native")
        posted = native.wait_text("native")
        assert [message["id"] for message in server.get(MESSAGES).json["data"]] == [posted["id"]]
        with WireClient(server.host, server.port) as client:
            client.connect("/chat", {"nick": "bert"})
            client.call("/chat", "join", {"room": "lobby"})
            native.say("for Socket.IO")
            client.wait_event("message", lambda message, rev: message["text"] == "for Socket.IO")
            server.process.terminate()
            assert native.ended() == 1001
            client.wait_event("closing", lambda body: "retry_after" in body)
    assert server.wait() == 0
