"""What the programs for the terminal are started with."""

import os
import sys
from dataclasses import replace
from typing import Any

import click
import pytest
from flask import Flask
from sqlalchemy.exc import OperationalError

from me_api.auth import lookup, terminal_programs, web_tokens
from me_api.config import Settings
from tests.support.app import make_user

Started = list[tuple[str, list[str], dict[str, str]]]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> Started:
    """Return what would have replaced this process."""
    calls: Started = []
    monkeypatch.setattr(os, "execve", lambda *given: calls.append(given))
    return calls


def test_a_program_is_started_as_the_owner(app: Flask, started: Started) -> None:
    owner = make_user(app, "mos", "owner")
    app.test_cli_runner().invoke(args=["monitor", "--interval", "5", "--help"])
    ((path, command, environment),) = started
    assert path == sys.executable
    assert command == [path, "-P", "-m", "terminal", "monitor", "--interval", "5", "--help"]
    assert environment["ME_LOCAL_URL"] == "http://127.0.0.1:1337"
    claims = web_tokens.verify(environment["ME_LOCAL_TOKEN"], app.config["SETTINGS"].jwt_secret)
    assert claims.user_id == owner.id
    assert environment["ME_LOCAL_TOKEN"] not in command


def test_the_chat_is_started_in_the_same_way(app: Flask, started: Started) -> None:
    app.test_cli_runner().invoke(args=["chat", "join", "lobby", "--nick", "doe"])
    ((_, command, environment),) = started
    assert command[3:] == ["terminal", "chat", "join", "lobby", "--nick", "doe"]
    assert environment["ME_LOCAL_TOKEN"] == ""


def test_an_owner_who_is_disabled_has_no_token(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    owner = make_user(app, "mos", "owner")
    with app.app_context():
        assert terminal_programs.owner_token()
        monkeypatch.setattr(lookup, "owner", lambda: replace(owner, disabled="2026-11-30"))
        assert terminal_programs.owner_token() == ""


def test_without_a_database_there_is_no_token(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> Any:
        raise OperationalError("SELECT", None, OSError("no such table"))

    monkeypatch.setattr(lookup, "owner", fail)
    with app.app_context():
        assert terminal_programs.owner_token() == ""


@pytest.mark.parametrize(
    ("host", "url"),
    [
        ("127.0.0.1", "http://127.0.0.1:1337"),
        ("0.0.0.0", "http://127.0.0.1:1337"),
        ("::", "http://[::1]:1337"),
        ("example.com", "http://example.com:1337"),
    ],
)
def test_the_address_is_that_at_which_the_server_is_reached(
    app: Flask, host: str, url: str
) -> None:
    settings: Settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.model_copy(update={"host": host})
    with app.app_context():
        assert terminal_programs.local_url() == url


def test_what_is_not_installed_is_said(
    app: Flask, started: Started, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(terminal_programs, "LIBRARIES", ("no_such_library",))
    with app.app_context(), pytest.raises(click.ClickException) as failure:
        terminal_programs.replace_by("monitor")
    assert "requirements-terminal.txt" in failure.value.message
    assert started == []
