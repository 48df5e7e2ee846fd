"""The command `flask users create`."""

from collections.abc import Iterator
from pathlib import Path

import click
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


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    """Take the input of commands for a terminal's."""
    monkeypatch.setattr("me_api.users.cli.is_terminal", lambda: True)


@pytest.mark.usefixtures("terminal")
def test_missing_options_are_prompted_for(app: Flask) -> None:
    answers = f"mos\nmos@example.com\nshort\n{PASSWORD}\n{PASSWORD}\n"
    result = app.test_cli_runner().invoke(args=["users", "create"], input=answers)
    assert result.exit_code == 0
    assert result.output.count("is not an email address") == 1
    assert PASSWORD not in result.output
    assert "Made the member mos <mos@example.com>." in result.output


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("wrong", [["--email", "mos"], ["--nick", "a\nb"]])
def test_what_is_wrong_is_said_before_a_password_is_asked_for(app: Flask, wrong: list[str]) -> None:
    arguments = ["users", "create", "--email", "mos@example.com", *wrong]
    result = app.test_cli_runner().invoke(args=arguments, input=f"{PASSWORD}\n{PASSWORD}\n")
    assert result.exit_code == 1
    assert "Password" not in result.output and f"{wrong[0][2:]}: " in result.output


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (["--nick", "a\nb"], "nick: must not contain control or invisible characters"),
        (["--email", "mos"], "email: is not an email address"),
        (["--password", "short"], "password: must have at least 8 characters"),
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
    made = server.flask(*ARGUMENTS, "--owner")
    assert (made.returncode, made.stdout) == (0, "Made the owner mos <mos@example.com>.\n")
    login = server.post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.json["data"]["user"]["role"] == "owner"
    assert (
        server.post("/chat/rooms", {"name": "new"}, token=login.json["data"]["token"]).status == 201
    )


def test_without_a_terminal_a_missing_option_ends_the_command(server: LiveServer) -> None:
    made = server.flask("users", "create", "--email", "mos@example.com")
    assert made.returncode != 0
    assert "Traceback" not in made.stderr


def test_f84_a_password_is_read_from_standard_input(app: Flask) -> None:
    """F84: piped into the prompt, it was read with two warnings of getpass."""
    arguments = ["users", "create", "--email", "mos@example.com", "--password-stdin"]
    result = app.test_cli_runner().invoke(args=arguments, input=f"{PASSWORD}\r\n")
    assert (result.exit_code, result.output) == (0, "Made the member mos <mos@example.com>.\n")
    login = Person(app).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.status_code == 200


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        ([], "There is no terminal to ask on: use --password-stdin."),
        (["--password-stdin", "--password", PASSWORD], "Only one of --password and"),
        (["--password-stdin"], "password: must have at least 8 characters"),
    ],
)
def test_f84_no_password_is_asked_for_without_a_terminal(
    app: Flask, arguments: list[str], error: str
) -> None:
    result = app.test_cli_runner().invoke(
        args=["users", "create", "--email", "mos@example.com", *arguments]
    )
    assert result.exit_code != 0
    assert error in result.output and "Warning" not in result.output


def all_commands(group: click.Group) -> Iterator[click.Command]:
    """Yield the commands of a group, and of the groups in it."""
    for each in group.commands.values():
        yield each
        if isinstance(each, click.Group):
            yield from all_commands(each)


def test_f84_every_group_command_and_option_is_described(app: Flask) -> None:
    """F84: `flask --help` named `chat` and `users` without a word."""
    commands = list(all_commands(app.cli))
    assert {"chat", "room", "rename", "users", "db"} <= {each.name for each in commands}
    assert [each.name for each in commands if not each.get_short_help_str()] == []
    ours = [each for each in commands if getattr(each.callback, "__module__", "")[:6] == "me_api"]
    options = [
        option for each in ours for option in each.params if isinstance(option, click.Option)
    ]
    assert options
    assert [option.name for option in options if not option.help] == []
