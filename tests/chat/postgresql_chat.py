"""A client of the chat on PostgreSQL, as fixtures for the tests of search."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from me_api.chat import rooms
from tests.chat.search_client import Chat
from tests.support.app import Person, open_app
from tests.support.databases import Databases


@pytest.fixture
def app(tmp_path: Path, postgresql_databases: Databases) -> Iterator[Flask]:
    """Build an application on PostgreSQL."""
    url = postgresql_databases.create(tmp_path)
    with open_app(tmp_path, url, message_max_length=100_000) as made:
        yield made
    postgresql_databases.drop(url)


@pytest.fixture
def chat(app: Flask) -> Chat:
    return open_chat(app)


def open_chat(app: Flask) -> Chat:
    """Return a client of a guest, with two rooms to post to."""
    with app.app_context():
        rooms.ensure(("lobby", "attic"))
    return Chat(Person(app))
