"""Login: a token for the right password, and no hint for a wrong one."""

from threading import Event
from typing import Any
from unicodedata import normalize

import eventlet
import jwt
import pytest
from argon2 import extract_parameters
from flask import Flask
from sqlalchemy import select

from me_api.auth import lookup
from me_api.auth.models import UserRow
from me_api.extensions import db
from me_api.users import passwords
from tests.support import hashing
from tests.support.app import PASSWORD, Person, errors_of, make_user
from tests.support.wait import POLL_SECONDS, WAIT_SECONDS

LOGIN = {"email": "mos@example.com", "password": PASSWORD}


@pytest.fixture
def mos(app: Flask) -> Person:
    return Person(app, user=make_user(app, "mos", password_hash=passwords.make_hash(PASSWORD)))


def test_login_returns_a_valid_token(app: Flask, mos: Person) -> None:
    response = mos.post("/login", LOGIN)
    assert response.status_code == 200
    data = response.get_json()["data"]
    assert data["type"] == "success"
    assert "mos" in data["message"]
    assert data["user"] == {"email": "mos@example.com", "nick": "mos", "role": "member"}
    assert set(data) == {"type", "message", "user", "token"}
    with app.app_context():
        assert lookup.by_token(data["token"])[0] == mos.user


def test_a_token_says_whose_it_is(mos: Person) -> None:
    """F87: front ends read the email in the token, which had `sub` only."""
    data = mos.post("/login", LOGIN).get_json()["data"]
    claims = jwt.decode(data["token"], options={"verify_signature": False})
    assert mos.user is not None
    assert claims.items() >= {**data["user"], "sub": str(mos.user.id)}.items()
    assert claims.keys() == {"email", "nick", "role", "sub", "iat", "exp", "gen"}


@pytest.mark.parametrize("email", ["MOS@example.com", " mos@Example.Com"])
def test_the_email_may_be_capitalised_differently(mos: Person, email: str) -> None:
    assert mos.post("/login", {**LOGIN, "email": email}).status_code == 200


@pytest.mark.parametrize("form", ["NFC", "NFD"])
def test_the_email_may_be_composed_differently(app: Flask, form: str) -> None:
    anybody, email = Person(app), normalize(form, "josé@example.com")
    for path in ("/register", "/login"):
        body = {"email": email, "password": PASSWORD}
        assert anybody.post(path, body).status_code in (200, 201), path


def test_a_form_is_accepted_too(mos: Person) -> None:
    assert mos.post("/login", data=LOGIN).status_code == 200


def test_an_accented_password_is_normalised(app: Flask) -> None:
    make_user(app, "mos", password_hash=passwords.make_hash("lösenord å"))
    answer = Person(app).post("/login", {**LOGIN, "password": "lo\u0308senord a\u030a"})
    assert answer.status_code == 200


def test_a_wrong_email_and_a_wrong_password_are_refused_alike(mos: Person) -> None:
    answers = [
        mos.post("/login", {**LOGIN, **wrong})
        for wrong in (
            {"email": "nobody@example.com"},
            {"email": "not an email"},
            {"email": ""},
            {"password": "incorrect horse"},
            {"password": ""},
        )
    ]
    assert errors_of(answers[0]) == [(401, "wrong_credentials", None)]
    assert {answer.data for answer in answers} == {answers[0].data}


def test_the_dummy_hash_has_the_current_parameters(monkeypatch: pytest.MonkeyPatch) -> None:
    hashing.make_real(monkeypatch)
    assert not passwords.is_outdated(passwords.DUMMY)
    assert not passwords.verify(passwords.DUMMY, PASSWORD)


def test_unknown_email_and_wrong_password_take_the_same_time(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing.make_real(monkeypatch)
    mos = Person(app, user=make_user(app, "mos", password_hash=passwords.make_hash(PASSWORD)))
    verified: list[str] = []
    verify = passwords.verify

    def recorded(stored: str, password: str) -> bool:
        verified.append(stored)
        return verify(stored, password)

    monkeypatch.setattr(passwords, "verify", recorded)
    mos.post("/login", {**LOGIN, "email": "x@y.se"})
    mos.post("/login", {**LOGIN, "password": "incorrect"})
    # All the time is that of hashing, which is as much for each hash of the same parameters.
    unknown, wrong = (extract_parameters(stored) for stored in verified)
    assert unknown == wrong


def test_a_damaged_hash_is_refused(app: Flask) -> None:
    make_user(app, "mos", password_hash="damaged")
    assert errors_of(Person(app).post("/login", LOGIN)) == [(401, "wrong_credentials", None)]


@pytest.mark.parametrize(
    ("change", "sources"),
    [
        ({"email": 5}, ["email"]),
        ({"email": "m" * 255}, ["email"]),
        ({"password": None}, ["password"]),
        ({"password": "x" * 257}, ["password"]),
        ({"nick": "mos"}, ["nick"]),
    ],
)
def test_invalid_input_is_refused(
    anybody: Person, change: dict[str, Any], sources: list[str]
) -> None:
    found = errors_of(anybody.post("/login", {**LOGIN, **change}))
    assert found == [(422, "invalid", source) for source in sources]


def test_a_bad_body_is_refused(anybody: Person) -> None:
    response = anybody.post("/login", data=b"{", content_type="application/json")
    assert errors_of(response) == [(400, "bad_body", None)]


def test_an_outdated_hash_is_replaced_at_login(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    make_user(app, "mos", password_hash=passwords.make_hash(PASSWORD))
    hashing.make_real(monkeypatch)
    assert Person(app).post("/login", LOGIN).status_code == 200
    # Commits come in order, so this one is made after the renewal, which login does not wait for.
    make_user(app, "other")
    with app.app_context(), db.engine.connect() as connection:
        mine = select(UserRow.password_hash).where(UserRow.nick == "mos")
        renewed = connection.execute(mine).scalar_one()
    assert not passwords.is_outdated(renewed)
    assert Person(app).post("/login", LOGIN).status_code == 200


def test_hashing_does_not_block_other_requests(
    app: Flask, mos: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing, answered = Event(), Event()
    verify = passwords.verify

    def held(stored: str, password: str) -> bool:
        hashing.set()
        return answered.wait(WAIT_SECONDS) and verify(stored, password)

    monkeypatch.setattr(passwords, "verify", held)
    login = eventlet.spawn(mos.post, "/login", LOGIN)
    while not hashing.is_set():
        eventlet.sleep(POLL_SECONDS)
    assert Person(app).get("/healthz").status_code == 200
    answered.set()
    assert login.wait().status_code == 200


def test_logins_are_limited_per_client(limited: Flask) -> None:
    person = Person(limited)
    answers = [person.post("/login", {}).status_code for _ in range(31)]
    assert answers == [422] * 30 + [429]
    elsewhere = {"REMOTE_ADDR": "192.0.2.1"}
    assert person.post("/login", {}, environ_base=elsewhere).status_code == 422
