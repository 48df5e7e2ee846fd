"""Fixtures of tests that run the application in this process; `conftest.py` files name them."""

from collections.abc import Callable, Iterator
from pathlib import Path
from time import monotonic

import pytest
from flask import Flask

from me_api.auth import web_tokens
from me_api.rate_limits import limiter
from tests.support.app import Person, app_on, fresh_app, make_user
from tests.support.databases import DATABASE

MakePerson = Callable[..., Person]


@pytest.fixture(scope="session")
def template(empty_database: Path) -> Path:
    """Return the migrated database that each test gets a copy of."""
    return empty_database


@pytest.fixture
def app(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Flask]:
    """Build an application with the default settings and no rate limits."""
    if DATABASE == "sqlite":
        with fresh_app(tmp_path, request.getfixturevalue("template")) as made:
            yield made
        return
    with app_on(request.getfixturevalue("databases"), tmp_path) as made:
        yield made


@pytest.fixture
def limited(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Build an application with rate limits, which forget a thousand times more slowly."""
    monkeypatch.setattr(limiter, "monotonic", lambda: monotonic() / 1000)
    with fresh_app(tmp_path, template, rate_limits="on") as made:
        yield made


@pytest.fixture
def anybody(app: Flask) -> Person:
    """Return a client without a token."""
    return Person(app)


@pytest.fixture
def make_person(app: Flask) -> MakePerson:
    """Return a function that registers a user and returns a client with the token."""

    def make(nick: str, role: str = "member") -> Person:
        user = make_user(app, nick, role)
        settings = app.config["SETTINGS"]
        return Person(app, web_tokens.issue(user.id, settings.jwt_secret, 1), user)

    return make
