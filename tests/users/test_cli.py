"""The command `flask users create`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from me_api.auth import lookup
from tests.support.app import PASSWORD, Person, fresh_app, open_app
from tests.support.server import LiveServer

ARGUMENTS = ["users", "create", "--email", "mos@example.com", "--password", PASSWORD]


@pytest.fixture
def closed(tmp_path: Path, template: Path) -> Iterator[Flask]:
    with fresh_app(tmp_path, template, registration="closed") as app:
        yield app


def test_an_owner_is_created_even_if_registration_is_closed(closed: Flask) -> None:
    result = closed.test_cli_runner().invoke(args=[*ARGUMENTS, "--owner", "--nick", "Mos"])
    assert (result.exit_code, result.output) == (0, "Made the owner Mos <mos@example.com>.\n")
    login = Person(closed).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.get_json()["data"]["user"]["role"] == "owner"


def test_without_the_option_owner_a_member_is_created(app: Flask) -> None:
    assert app.test_cli_runner().invoke(args=ARGUMENTS).exit_code == 0
    with app.app_context():
        user = lookup.by_nick("mos")
    assert user is not None
    assert user.role == "member"


def test_missing_options_are_prompted_for(app: Flask) -> None:
    answers = f"mos@example.com\n{PASSWORD}\n{PASSWORD}\n"
    result = app.test_cli_runner().invoke(args=["users", "create"], input=answers)
    assert result.exit_code == 0
    assert PASSWORD not in result.output
    assert "Made the member mos <mos@example.com>." in result.output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--nick", "a\nb"], "nick: must not contain control or invisible characters"),
        (["--email", "mos"], "email: is not an email address"),
        (["--password", "short"], "password: String should have at least 8 characters"),
    ],
)
def test_invalid_options_are_reported(app: Flask, arguments: list[str], error: str) -> None:
    result = app.test_cli_runner().invoke(args=[*ARGUMENTS, *arguments])
    assert result.exit_code == 1
    assert error in result.output


def test_a_taken_email_is_reported(app: Flask) -> None:
    runner = app.test_cli_runner()
    runner.invoke(args=ARGUMENTS)
    result = runner.invoke(args=ARGUMENTS)
    assert (result.exit_code, result.output) == (1, "Error: email: This email is registered.\n")


def test_a_database_without_tables_is_reported(tmp_path: Path) -> None:
    with open_app(tmp_path, tmp_path / "empty.sqlite") as app:
        result = app.test_cli_runner().invoke(args=ARGUMENTS)
    assert result.exit_code == 1
    assert "no such table" in result.output
    assert "Traceback" not in result.output


def test_an_owner_created_while_the_server_runs_can_log_in(server: LiveServer) -> None:
    made = server.flask(*ARGUMENTS, "--owner", forked=False)
    assert (made.returncode, made.stdout) == (0, "Made the owner mos <mos@example.com>.\n")
    login = server.post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.json["data"]["user"]["role"] == "owner"
    assert (
        server.post("/chat/rooms", {"name": "new"}, token=login.json["data"]["token"]).status == 201
    )


def test_without_a_terminal_a_missing_option_ends_the_command(server: LiveServer) -> None:
    made = server.flask("users", "create", "--email", "mos@example.com", forked=False)
    assert made.returncode != 0
    assert "Traceback" not in made.stderr
