"""The command `flask chat say`: what is sent to clients, and what is refused."""

import pytest
from flask import Flask

from me_api.chat import rooms
from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.support.app import commands_beside
from tests.support.fixtures import MakePerson, anybody, app, make_person, template
from tests.support.wire import WireClient

__all__ = ["anybody", "app", "make_person", "template"]


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Create the rooms that the server creates at startup."""
    with app.app_context():
        rooms.ensure(("lobby", "empty"))


def test_a_running_server_broadcasts_what_the_command_posts(make_server: MakeServer) -> None:
    server = make_server()
    make_token(server, "anna")
    with (
        WireClient(server.host, server.port) as api,
        WireClient(server.host, server.port) as course,
        commands_beside(server) as runner,
    ):
        api.connect("/chat")
        api.call("/chat", "join", {"room": "lobby"})
        course.connect("/", {})

        def check(*options: str, nick: str, verified: bool) -> None:
            done = runner.invoke(args=["chat", "say", "lobby", f"till {nick}", *options])
            assert done.exit_code == 0, done.stderr
            message = api.wait_event("message", lambda m, _: m["text"] == f"till {nick}")[0]
            assert (message["nick"], message["verified"]) == (nick, verified)
            assert done.stdout == f"Said it as message {message['id']}.\n"
            course.wait_event("chat message", lambda said: said["message"] == f"till {nick}")

        check(nick="me-api", verified=False)
        check("--nick", "ANNA", nick="anna", verified=True)
        check("--nick", "larm", nick="larm", verified=False)
        make_token(server, "the-owner", "owner")
        check(nick="the-owner", verified=True)
    assert server.get("/chat/search?q=till").json["data"][-1]["text"] == "till me-api"


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["lobby", "hej", "--nick", "a\nb"], "nick: must not contain"),
        (["lobby", " ", "--nick", "mos"], "text: A message needs text."),
        (["nowhere", "hej", "--nick", "mos"], "room: There is no room 'nowhere'."),
        (["lobby", "/nick anna", "--nick", "mos"], "text: Nobody is connected here"),
        (["lobby", "/clients"], "text: Only the running server knows who is there"),
        (["lobby", "/msg anna hej"], "text: Only the running server knows who is there"),
        (["lobby", "/msg anna"], "text: Say to whom, and what"),
    ],
)
def test_an_invalid_message_is_reported(app: Flask, arguments: list[str], message: str) -> None:
    result = app.test_cli_runner().invoke(args=["chat", "say", *arguments])
    assert result.exit_code == 1
    assert message in result.output


def test_a_registered_default_nick_is_refused(app: Flask, make_person: MakePerson) -> None:
    make_person("me-api", "member")
    runner = app.test_cli_runner()
    result = runner.invoke(args=["chat", "say", "lobby", "hej"])
    assert result.exit_code == 1 and "nick: 'me-api' is registered" in result.output
    assert runner.invoke(args=["chat", "say", "lobby", "hej", "--nick", "me-api"]).exit_code == 0


def test_a_command_answers_there_too(app: Flask) -> None:
    runner = app.test_cli_runner()
    arguments = ["chat", "say", "lobby", "/help", "--nick", "mos"]
    assert "/clients" in runner.invoke(args=arguments).output
