"""Access tokens: signed by us, not expired, and of a user that exists."""

import itertools
from datetime import UTC, datetime, timedelta
from typing import Any

import jwt
import pytest
from flask import Flask

from me_api.auth import lookup, web_tokens
from me_api.errors import Unauthorized
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

SECRET = "s" * 48
NOW = datetime.now(UTC)
GOOD = {"sub": "1", "iat": NOW, "exp": NOW + timedelta(days=1)}


def forge(secret: str = SECRET, algorithm: str = "HS256", **claims: Any) -> str:
    kept = {name: value for name, value in {**GOOD, **claims}.items() if value is not None}
    return jwt.encode(kept, secret, algorithm)


def test_a_token_identifies_its_user() -> None:
    assert web_tokens.verify(web_tokens.issue(42, SECRET, 1), SECRET).user_id == 42
    assert web_tokens.verify(forge(), SECRET) == (1, int(GOOD["exp"].timestamp()), 0)
    assert web_tokens.verify(web_tokens.issue(42, SECRET, 1, generation=3), SECRET).generation == 3


def test_a_token_is_valid_for_the_hours_of_the_settings() -> None:
    claims = jwt.decode(web_tokens.issue(1, SECRET, 1.5), SECRET, ["HS256"])
    assert claims["exp"] - claims["iat"] == 5400


def test_a_token_stays_valid_when_the_clock_is_set_back() -> None:
    """RFC 7519, section 4.1.6: the time of issue says how old a token is, and refuses nothing."""
    token = forge(iat=NOW + timedelta(days=1), exp=NOW + timedelta(days=2))
    assert web_tokens.verify(token, SECRET).user_id == 1


@pytest.mark.parametrize(
    ("token", "code"),
    [
        (forge(exp=NOW - timedelta(seconds=1)), "expired_token"),
        (forge(secret="t" * 48), "bad_token"),
        (forge(algorithm="HS384"), "bad_token"),
        (jwt.encode(GOOD, "", "none"), "bad_token"),
        (forge(exp=None), "bad_token"),
        (forge(iat=None), "bad_token"),
        (forge(sub=None), "bad_token"),
        (forge(sub="mos"), "bad_token"),
        (forge(sub="-1"), "bad_token"),
        (forge(gen="0"), "bad_token"),
        (forge(gen=True), "bad_token"),
        (forge(sub=""), "bad_token"),
        (forge(sub="9" * 30), "bad_token"),
        (forge()[:-2], "bad_token"),
        (forge().replace(".", "", 1), "bad_token"),
        ("", "bad_token"),
        ("åäö", "bad_token"),
    ],
    # A forged token holds the time; its place in the list is always the same.
    ids=itertools.count(),
)
def test_an_invalid_token_is_refused(token: str, code: str) -> None:
    with pytest.raises(Unauthorized) as refused:
        web_tokens.verify(token, SECRET)
    assert refused.value.code == code


def test_a_token_is_accepted_in_both_headers(make_person: MakePerson, anybody: Person) -> None:
    token = make_person("mos").token or ""
    report = {"week": 1, "title": "t", "text": "x"}
    for headers in (
        {"x-access-token": token},
        {"Authorization": f"Bearer {token}"},
        {"Authorization": f"bearer  {token}"},
    ):
        assert anybody.post("/reports", report, headers=headers).status_code in (200, 201)


@pytest.mark.parametrize("scheme", ["Basic", "Token"])
def test_another_scheme_is_ignored(anybody: Person, scheme: str) -> None:
    response = anybody.delete("/reports/week/1", headers={"Authorization": f"{scheme} abc"})
    assert errors_of(response) == [(401, "unauthorized", None)]
    assert response.headers["WWW-Authenticate"] == "Bearer"


def test_a_token_of_an_unknown_user_is_refused(app: Flask, anybody: Person) -> None:
    token = web_tokens.issue(4711, app.config["SETTINGS"].jwt_secret, 1)
    response = anybody.delete("/reports/week/1", headers={"x-access-token": token})
    assert errors_of(response) == [(401, "bad_token", None)]


def test_nick_and_role_come_from_the_database(app: Flask, make_person: MakePerson) -> None:
    owner = make_person("mos", "owner")
    secret = app.config["SETTINGS"].jwt_secret
    assert owner.user is not None
    lying = forge(secret, sub=str(owner.user.id), nick="root", role="member")
    with app.app_context():
        assert lookup.by_token(lying)[0] == owner.user
    assert owner.user.role == "owner"
