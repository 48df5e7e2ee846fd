"""An owner who reads the log of moderators, and a user whom its entries are about."""

import pytest
from flask import Flask

from me_api.users import passwords
from tests.support.app import PASSWORD, Person, make_user
from tests.support.fixtures import MakePerson


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("boss", "owner")


@pytest.fixture
def mos(app: Flask) -> Person:
    """Return a client of a user with a password, a message, a report and a token, all recorded."""
    user = make_user(app, "mos", password_hash=passwords.make_hash(PASSWORD))
    login = {"email": user.email, "password": PASSWORD}
    made = Person(app, Person(app).post("/login", login).get_json()["data"]["token"], user)
    assert made.post("/chat/rooms", {"name": "attic"}).status_code == 201
    return made


def run(app: Flask, *arguments: str) -> str:
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output
    return result.stdout


def entries(boss: Person) -> list[tuple[str, str, str]]:
    """Return actor, action and target of each entry, oldest first."""
    found = boss.get("/moderation/log?limit=200").get_json()["data"]
    return [(entry["actor"], entry["action"], entry["target"]) for entry in reversed(found)]
