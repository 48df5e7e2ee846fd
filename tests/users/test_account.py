"""A user's own account: changing it, and signing out everywhere."""

from typing import Any

import pytest
from flask import Flask

from me_api.auth import web_tokens
from tests.support.app import PASSWORD, Person, errors_of, make_user
from tests.users.accounts import POSTS, log_in, make_token, member, write

NEW = "another horse"


def change(person: Person, **fields: Any) -> Any:
    return person.request("PATCH", "/account", fields)


def test_the_account_is_shown_to_its_user_only(app: Flask) -> None:
    mos = member(app, "mos")
    data = mos.get("/account").get_json()["data"]
    assert data.pop("created")
    assert data == {"id": 1, "email": "mos@example.com", "nick": "mos", "role": "member"}
    assert mos.get("/account").headers["Cache-Control"].startswith("no-store")
    for method, path in (
        ("GET", "/account"),
        ("PATCH", "/account"),
        ("DELETE", "/account"),
        ("GET", "/account/data"),
        ("POST", "/account/sign-out"),
    ):
        assert errors_of(Person(app).request(method, path, {}))[0][1] == "unauthorized", path


def test_a_nick_needs_no_password_and_counts_at_once(app: Flask) -> None:
    mos = member(app, "mos")
    answer = change(mos, nick="Moses")
    assert answer.status_code == 200
    data = answer.get_json()["data"]
    assert data["user"] == {"email": "mos@example.com", "nick": "Moses", "role": "member"}
    assert Person(app, data["token"]).get("/account").get_json()["data"]["nick"] == "Moses"
    assert mos.get("/account").get_json()["data"]["nick"] == "Moses", "the old token is valid"
    assert change(mos, nick="MOSES").get_json()["data"]["user"]["nick"] == "MOSES"


def test_without_the_password_no_token_lives_longer(app: Flask) -> None:
    """A token of somebody else cannot be used for ever."""
    mos = member(app, "mos")
    secret = app.config["SETTINGS"].jwt_secret
    old = web_tokens.issue(mos.user.id, secret, 0.1, generation=0)
    end = web_tokens.verify(old, secret).expires
    answer = change(Person(app, old, mos.user), nick="Moses")
    assert end - 1 <= web_tokens.verify(answer.get_json()["data"]["token"], secret).expires <= end
    answer = change(Person(app, old, mos.user), nick="mos", current_password=PASSWORD)
    assert web_tokens.verify(answer.get_json()["data"]["token"], secret).expires > end + 3600


@pytest.mark.parametrize(
    ("nick", "error"),
    [
        ("server", (403, "nick_reserved", "nick")),
        ("kiм", (409, "nick_taken", "nick")),
        ("Kim.", (409, "nick_taken", "nick")),
        ("", (422, "invalid", "nick")),
        ("a\u200bb", (422, "invalid", "nick")),
    ],
)
def test_nicks_that_are_reserved_taken_or_alike_are_refused(
    app: Flask, nick: str, error: tuple[int, str, str]
) -> None:
    mos = member(app, "mos")
    make_user(app, "kim")
    assert errors_of(change(mos, nick=nick)) == [error]
    assert mos.get("/account").get_json()["data"]["nick"] == "mos"


def test_email_and_password_need_the_current_password(app: Flask) -> None:
    mos = member(app, "mos")
    make_user(app, "kim")
    for wanted in ({"email": "new@example.com"}, {"password": NEW}):
        assert errors_of(change(mos, **wanted)) == [(422, "invalid", "current_password")]
        wrong = change(mos, **wanted, current_password="wrong")
        assert errors_of(wrong) == [(403, "wrong_password", "current_password")]
    taken = change(mos, email="KIM@example.com", current_password=PASSWORD)
    assert errors_of(taken) == [(409, "email_taken", "email")]
    assert errors_of(change(mos)) == [(422, "invalid", None)]
    assert errors_of(change(mos, current_password=PASSWORD)) == [(422, "invalid", None)]
    assert errors_of(change(mos, role="owner")) == [(422, "invalid", "role")]
    assert change(mos, email="new@example.com", current_password=PASSWORD).status_code == 200
    assert mos.get("/account").status_code == 200, "the old token is valid"
    log_in(app, "new@example.com")


def test_another_password_ends_all_other_tokens(app: Flask) -> None:
    mos = member(app, "mos")
    other = log_in(app, "mos@example.com")
    token = change(mos, password=NEW, current_password=PASSWORD).get_json()["data"]["token"]
    for before in (mos, other):
        assert errors_of(before.get("/account")) == [(401, "signed_out", None)]
    assert Person(app, token).get("/account").status_code == 200
    log_in(app, "mos@example.com", NEW)
    old = Person(app).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert errors_of(old) == [(401, "wrong_credentials", None)]


def test_signing_out_everywhere_ends_all_tokens(app: Flask) -> None:
    mos = member(app, "mos")
    other = log_in(app, "mos@example.com")
    assert mos.post("/account/sign-out").status_code == 204
    for before in (mos, other):
        assert errors_of(before.get("/account")) == [(401, "signed_out", None)]
    log_in(app, "mos@example.com")


def test_passwords_are_guessed_no_faster_than_at_login(limited: Flask) -> None:
    mos = member(limited, "mos")
    codes = [errors_of(change(mos, password=NEW, current_password="wrong"))[0] for _ in range(31)]
    assert codes[0][:2] == (403, "wrong_password")
    assert codes[30][:2] == (429, "rate_limited")
    body = {"current_password": PASSWORD, "messages": "keep"}
    assert errors_of(mos.delete("/account", json=body))[0][0] == 429
    login = Person(limited).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.status_code == 429


def test_a_long_lived_token_sees_and_changes_no_account(app: Flask) -> None:
    mos = member(app, "mos", "owner")
    write(mos)
    sensor = Person(app, make_token(mos))
    for method, path in (
        ("GET", "/account"),
        ("PATCH", "/account"),
        ("DELETE", "/account"),
        ("GET", "/account/data"),
        ("POST", "/account/sign-out"),
        ("GET", "/users"),
        ("PATCH", "/users/1"),
    ):
        assert errors_of(sensor.request(method, path, {}))[0][:2] == (403, "token_scope"), path
    assert sensor.post(POSTS, {"text": "20 degrees"}).status_code == 201
    mos.post("/account/sign-out")
    assert sensor.post(POSTS, {"text": "21 degrees"}).status_code == 201, "a sensor goes on"
    member(app, "second", "owner")
    app.test_cli_runner().invoke(args=["users", "delete", "mos", "--messages", "keep"])
    assert errors_of(sensor.post(POSTS, {"text": "22 degrees"})) == [(401, "bad_token", None)]
