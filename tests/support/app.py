"""The application in this process, for tests that need no server."""

import atexit
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import Flask
from flask.testing import FlaskClient, FlaskCliRunner
from werkzeug.test import TestResponse

from me_api import create_app
from me_api.auth.users import User
from me_api.extensions import db
from me_api.markdown import renderer
from me_api.transport import EventletLoop
from me_api.users.changes import CreateUser
from tests.support import hashing, priority
from tests.support.databases import Databases
from tests.support.once import compute_once
from tests.support.server import LiveServer

PASSWORD = "correct horse"

compute_once()
priority.make_equal()
hashing.make_cheap()

# Shared, since a process costs as much as a test.
RENDERER = renderer.make(EventletLoop())
atexit.register(RENDERER.close)


@contextmanager
def open_app(folder: Path, database: Path | str, **settings: object) -> Iterator[Flask]:
    """Build an application on a database, a file or a URL; its writes are finished at the end."""
    url = f"sqlite:///{database}" if isinstance(database, Path) else database
    given = {"jwt_secret": "s" * 32, "rate_limits": "off", **settings}
    environ = {f"ME_API_{name.upper()}": str(value) for name, value in given.items()}
    app = create_app({**environ, "ME_API_DATABASE_URL": url}, folder)
    app.extensions["renderer"] = RENDERER
    try:
        yield app
    finally:
        with app.app_context():
            app.extensions["log"].close()
            db.engine.dispose()


@contextmanager
def fresh_app(folder: Path, template: Path, **settings: object) -> Iterator[Flask]:
    """Build an application on its own copy of the template."""
    shutil.copy(template, folder / "me-api.sqlite")
    with open_app(folder, folder / "me-api.sqlite", **settings) as app:
        yield app


@contextmanager
def app_on(databases: Databases, folder: Path) -> Iterator[Flask]:
    """Build an application on a database of its own, which is deleted at the end."""
    url = databases.create(folder)
    with open_app(folder, url) as app:
        yield app
    databases.drop(url)


@contextmanager
def commands_beside(server: LiveServer) -> Iterator[FlaskCliRunner]:
    """Run commands on the database of a running server, of which this is another process."""
    secret = server.settings["jwt_secret"]
    with open_app(server.folder, str(server.settings["database_url"]), jwt_secret=secret) as app:
        yield app.test_cli_runner()


class Person:
    """A client of the application, with or without a token."""

    def __init__(self, app: Flask, token: str | None = None, user: User | None = None) -> None:
        self.client: FlaskClient = app.test_client()
        self.token = token
        self.user = user

    def request(self, method: str, path: str, json: Any = None, **options: Any) -> TestResponse:
        headers = {} if self.token is None else {"x-access-token": self.token}
        headers |= options.pop("headers", {})
        body = {} if json is None else {"json": json}
        return self.client.open(path, method=method, headers=headers, **body, **options)

    def get(self, path: str, **options: Any) -> TestResponse:
        return self.request("GET", path, **options)

    def post(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("POST", path, json, **options)

    def put(self, path: str, json: Any = None, **options: Any) -> TestResponse:
        return self.request("PUT", path, json, **options)

    def delete(self, path: str, **options: Any) -> TestResponse:
        return self.request("DELETE", path, **options)


def errors_of(response: TestResponse) -> list[tuple[int, str, str | None]]:
    """Return status, code and source of each error, after checking the shape of the envelope."""
    body = response.get_json()
    for error in body["errors"]:
        assert {"status", "code", "title", "detail"} <= set(error)
        assert error["status"] == response.status_code
        assert error["detail"] and error["title"]
    return [(error["status"], error["code"], error.get("source")) for error in body["errors"]]


def make_user(app: Flask, nick: str, role: Any = "member", password_hash: str = "none") -> User:
    """Store a user, by default without a password."""
    change = CreateUser(f"{nick}@example.com", nick, password_hash, role)
    with app.app_context():
        user: User = app.extensions["log"].commit(change)
    return user
