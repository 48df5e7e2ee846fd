"""Logins and registrations: one bucket for a /64, and a class may log in at once (F28)."""

from collections.abc import Iterator
from pathlib import Path
from time import monotonic
from typing import Any

import pytest
from flask import Flask

from me_api.rate_limits import limiter
from me_api.users import passwords
from tests.limits.senders import forwarded
from tests.support.app import PASSWORD, Person, errors_of, fresh_app, make_user

LIMITED = [(429, "rate_limited", None)]
WRONG = [(401, "wrong_credentials", None)]
ADDRESS = "2001:db8::1"


@pytest.fixture
def app(tmp_path: Path, template: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """Build an application behind a proxy, whose limits forget a thousand times more slowly."""
    monkeypatch.setattr(limiter, "monotonic", lambda: monotonic() / 1000)
    # Hashing is slow on purpose, and not what is tested here.
    monkeypatch.setattr(passwords, "verify", lambda stored, password: password == PASSWORD)
    monkeypatch.setattr(passwords, "is_outdated", lambda stored: False)
    with fresh_app(tmp_path, template, rate_limits="on", trusted_proxies=1) as made:
        yield made


def login(person: Person, password: str, address: str, nick: str = "mos", **options: Any) -> Any:
    """Log in from an address; return the errors, None if there are none."""
    body = {"email": f"{nick}@example.com", "password": password}
    response = person.post("/login", body, headers=forwarded(address), **options)
    return None if response.status_code == 200 else errors_of(response)


def test_logins_from_one_network_share_a_bucket(anybody: Person) -> None:
    answers = [login(anybody, "wrong", f"2001:db8::{n:x}:1", nick=f"nick{n}") for n in range(1, 46)]
    assert answers == [WRONG] * 30 + [LIMITED] * 15
    assert login(anybody, "wrong", "2001:db8:0:1::1") == WRONG
    assert login(anybody, "wrong", "192.0.2.1") == WRONG
    for address in ("192.0.2.1", "::ffff:192.0.2.1", "192.0.2.1:4711", "64:ff9b::192.0.2.1"):
        for _ in range(10):
            login(anybody, "wrong", address)
    assert login(anybody, "wrong", "192.0.2.1") == LIMITED


def test_registrations_from_one_network_share_a_bucket(anybody: Person) -> None:
    codes = [
        anybody.post("/register", {}, headers=forwarded(f"2001:db8::{n:x}")).status_code
        for n in range(45)
    ]
    assert codes == [422] * 30 + [429] * 15


def test_three_hundred_log_in_at_once_but_a_password_is_guessed_slowly(
    app: Flask, anybody: Person
) -> None:
    for number in range(10):
        make_user(app, f"nick{number}")
    for number in range(260):
        assert login(anybody, PASSWORD, ADDRESS, nick=f"nick{number % 10}") is None
    assert [login(anybody, "wrong", ADDRESS) for _ in range(31)] == [WRONG] * 30 + [LIMITED]
    # The address has guessed too often: now it may not even log in, or a right guess would show.
    assert login(anybody, PASSWORD, ADDRESS, nick="nick1") == LIMITED


def test_all_logins_are_limited_too(app: Flask, anybody: Person) -> None:
    """Each costs the hashing of a password."""
    make_user(app, "mos")
    answers = [login(anybody, PASSWORD, ADDRESS) for _ in range(310)]
    assert answers == [None] * 300 + [LIMITED] * 10


@pytest.mark.parametrize("body", [b"{", b"[]", b'{"email": 1}'])
def test_what_cannot_be_a_login_counts_as_a_failure(anybody: Person, body: bytes) -> None:
    def send() -> int:
        return anybody.post("/login", data=body, content_type="application/json").status_code

    assert {send() for _ in range(30)} <= {400, 422}
    assert send() == 429


def test_a_failure_of_the_server_does_not_count(
    app: Flask, anybody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_user(app, "mos")

    def fail(stored: str, password: str) -> bool:
        raise OSError("no thread")

    with monkeypatch.context() as broken:
        broken.setattr(passwords, "verify", fail)
        for _ in range(40):
            assert login(anybody, PASSWORD, ADDRESS) == [(500, "internal_error", None)]
    assert login(anybody, PASSWORD, ADDRESS) is None
