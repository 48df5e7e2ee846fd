"""Registration: what is accepted, refused and stored."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import eventlet
import pytest
from argon2 import extract_parameters, profiles
from flask import Flask
from sqlalchemy import select

from me_api.auth import lookup
from me_api.auth.models import UserRow
from me_api.extensions import db
from tests.support import hashing
from tests.support.app import PASSWORD, Person, errors_of, fresh_app

MOS = {"email": "mos@example.com", "password": PASSWORD}


@pytest.fixture
def closed(tmp_path: Path, template: Path) -> Iterator[Flask]:
    with fresh_app(tmp_path, template, registration="closed") as app:
        yield app


def rows(app: Flask) -> list[Any]:
    with app.app_context(), db.engine.connect() as connection:
        return list(connection.execute(select(UserRow.__table__).order_by(UserRow.id)))


def test_registration_returns_the_user(app: Flask, anybody: Person) -> None:
    response = anybody.post("/register", {**MOS, "nick": "Mos"})
    assert response.status_code == 201
    data = response.get_json()["data"]
    assert data["type"] == "success"
    assert "Mos" in data["message"]
    assert data["user"] == {"email": "mos@example.com", "nick": "Mos", "role": "member"}
    assert set(data) == {"type", "message", "user"}


def test_the_password_is_stored_only_as_a_hash(
    app: Flask, anybody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashing.make_real(monkeypatch)
    anybody.post("/register", MOS)
    (row,) = rows(app)
    assert row.password_hash.startswith("$argon2id$")
    assert extract_parameters(row.password_hash) == profiles.get_default_parameters()
    assert PASSWORD not in str(row)
    assert row.created.endswith("Z")


def test_a_form_is_accepted_too(anybody: Person) -> None:
    assert anybody.post("/register", data=MOS).status_code == 201


def test_the_nick_is_derived_from_the_email_and_made_unique_by_a_number(anybody: Person) -> None:
    emails = ["mos@a.se", "MOS@b.se", "mos@c.se"]
    answers = [anybody.post("/register", {**MOS, "email": email}).get_json() for email in emails]
    assert [answer["data"]["user"]["nick"] for answer in answers] == ["mos", "MOS2", "mos3"]


@pytest.mark.parametrize(
    ("other", "code", "source"),
    [
        ({"email": "mos@example.com"}, "email_taken", "email"),
        ({"email": "MOS@Example.COM"}, "email_taken", "email"),
        ({"email": " mos@example.com "}, "email_taken", "email"),
        ({"email": "x@example.com", "nick": "MOS"}, "nick_taken", "nick"),
        ({"email": "x@example.com", "nick": "ｍos"}, "nick_taken", "nick"),
    ],
)
def test_email_and_nick_are_unique_in_any_capitalisation(
    app: Flask, anybody: Person, other: dict[str, str], code: str, source: str
) -> None:
    anybody.post("/register", MOS)
    response = anybody.post("/register", {**MOS, **other})
    assert errors_of(response) == [(409, code, source)]
    assert len(rows(app)) == 1


def test_the_email_is_shown_as_typed(anybody: Person) -> None:
    first = anybody.post("/register", {**MOS, "email": "MOS@Example.com"}).get_json()
    assert first["data"]["user"]["email"] == "MOS@Example.com"
    assert errors_of(anybody.post("/register", MOS)) == [(409, "email_taken", "email")]
    assert anybody.post("/login", MOS).status_code == 200


def test_of_two_concurrent_registrations_one_is_refused(app: Flask) -> None:
    people = [Person(app), Person(app)]
    threads = [eventlet.spawn(person.post, "/register", MOS) for person in people]
    answers = [thread.wait() for thread in threads]
    assert sorted(answer.status_code for answer in answers) == [201, 409]
    assert len(rows(app)) == 1


@pytest.mark.parametrize(
    ("change", "sources"),
    [
        ({"email": None}, ["email"]),
        ({"email": "mos"}, ["email"]),
        ({"email": "mos@localhost"}, ["email"]),
        ({"email": "@example.com"}, ["email"]),
        ({"email": "a b@example.com"}, ["email"]),
        ({"email": "a@b@example.com"}, ["email"]),
        ({"email": "a\n@example.com"}, ["email"]),
        ({"email": "a\u0000@example.com"}, ["email"]),
        ({"email": "a@-example.com"}, ["email"]),
        ({"email": "a@example..com"}, ["email"]),
        ({"email": "a" * 65 + "@example.com"}, ["email"]),
        ({"email": "a@" + "b" * 63 + "." + "c." * 100 + "com"}, ["email"]),
        ({"email": 5}, ["email"]),
        ({"email": ["a@example.com"]}, ["email"]),
        ({"password": "1234567"}, ["password"]),
        ({"password": "x" * 257}, ["password"]),
        ({"password": 12345678}, ["password"]),
        ({"password": None}, ["password"]),
        ({"nick": "a\nb"}, ["nick"]),
        ({"nick": "n" * 33}, ["nick"]),
        ({"nick": 5}, ["nick"]),
        ({"role": "owner"}, ["role"]),
        ({"email": "mos", "password": "short", "nick": ""}, ["email", "password", "nick"]),
    ],
)
def test_invalid_input_is_refused_with_every_fault(
    app: Flask, anybody: Person, change: dict[str, Any], sources: list[str]
) -> None:
    response = anybody.post("/register", {**MOS, **change})
    assert errors_of(response) == [(422, "invalid", source) for source in sources]
    assert rows(app) == []


@pytest.mark.parametrize("email", ["åsa.ö+x@räksmörgås.se", "a@b.co", "o'hara_1@x-y.example.com"])
def test_unusual_emails_are_accepted(anybody: Person, email: str) -> None:
    response = anybody.post("/register", {**MOS, "email": email})
    assert response.get_json()["data"]["user"]["email"] == email


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"data": b"{", "content_type": "application/json"}, (400, "bad_body", None)),
        ({"data": b'{"a":"\xff"}', "content_type": "application/json"}, (400, "bad_body", None)),
        ({"data": b"[]", "content_type": "application/json"}, (422, "invalid", None)),
        ({"data": b'"mos"', "content_type": "application/json"}, (422, "invalid", None)),
        ({"data": b"\xff=1", "content_type": "application/x-www-form-urlencoded"}, None),
        ({"data": b"mos", "content_type": "text/plain"}, (415, "unsupported_media_type", None)),
        ({"data": b"x" * 1_000_001, "content_type": "application/json"}, None),
    ],
)
def test_an_invalid_body_is_refused(
    anybody: Person, options: dict[str, Any], expected: tuple[int, str, None] | None
) -> None:
    found = errors_of(anybody.post("/register", **options))
    assert found == [expected] if expected else found[0][0] in (400, 413)


def test_an_empty_body_is_refused_with_every_missing_field(anybody: Person) -> None:
    missing = [(422, "invalid", "email"), (422, "invalid", "password")]
    assert errors_of(anybody.post("/register")) == missing
    assert errors_of(anybody.post("/register", {})) == missing


def test_closed_registration_is_refused(closed: Flask) -> None:
    response = Person(closed).post("/register", MOS)
    assert errors_of(response) == [(403, "registration_closed", None)]
    assert rows(closed) == []


def test_registration_is_limited(limited: Flask) -> None:
    person = Person(limited)
    answers = [person.post("/register", {}).status_code for _ in range(31)]
    assert answers[:30] == [422] * 30
    response = person.post("/register", {})
    assert errors_of(response) == [(429, "rate_limited", None)]
    assert 1 <= int(response.headers["Retry-After"]) <= 60
    assert response.get_json()["retry_after"] == int(response.headers["Retry-After"])


def test_a_user_is_found_by_a_nick_that_looks_alike(app: Flask, anybody: Person) -> None:
    anybody.post("/register", {**MOS, "nick": "Mos"})
    with app.app_context():
        found = lookup.by_nick("ｍOS")
        assert found is not None
        assert (found.nick, found.sender) == ("Mos", f"user:{found.id}")
        assert lookup.by_nick("nobody") is None
