"""Users with passwords, and what they have written."""

from typing import Any

from flask import Flask

from me_api.auth import web_tokens
from me_api.users import passwords
from tests.support.app import PASSWORD, Person, make_user


def member(app: Flask, nick: str, role: str = "member") -> Person:
    """Make a user with a password, and a token."""
    user = make_user(app, nick, role, passwords.make_hash(PASSWORD))
    return Person(app, web_tokens.issue(user.id, app.config["SETTINGS"].jwt_secret, 1), user)


def log_in(app: Flask, email: str, password: str = PASSWORD) -> Person:
    answer = Person(app).post("/login", {"email": email, "password": password})
    assert answer.status_code == 200, answer.get_json()
    return Person(app, answer.get_json()["data"]["token"])


POSTS = "/chat/rooms/lobby/messages"


def write(person: Person) -> None:
    """Write two messages, of which one is deleted, and a report."""
    person.post("/chat/rooms", {"name": "lobby"})
    for text in ("hej", "gone"):
        assert person.post(POSTS, {"text": text}).status_code == 201
    assert person.delete(f"{POSTS}/2").status_code == 200
    report = {"week": 1, "title": "t", "text": "*x*"}
    assert person.post("/reports", report).status_code == 201


def make_token(person: Person) -> str:
    """Make a long-lived token that may read and post in the lobby."""
    fields = {"name": "sensor", "scopes": ["read", "post"], "rooms": ["lobby"]}
    answer = person.post("/tokens", fields)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["data"]["token"])


def texts(app: Flask) -> list[Any]:
    page = Person(app).get(POSTS).get_json()["data"]
    return [(message["nick"], message["text"]) for message in page]
