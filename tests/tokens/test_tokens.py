"""Creating, listing and revoking long-lived tokens over REST."""

import re
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from me_api.auth.models import TokenRow
from me_api.extensions import db
from me_api.tokens import changes
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson
from tests.tokens.making import create, with_token

pytestmark = pytest.mark.usefixtures("lobby")

TOKEN = re.compile(r"meapi_[0-9a-f]{12}_[A-Za-z0-9]{40}")


def test_a_token_is_shown_once_and_stored_as_a_hash(app: Flask, mos: Person) -> None:
    reply = mos.post("/tokens", {"name": " Sensor på vinden ", "scopes": ["post", "read", "post"]})
    made = reply.get_json()["data"]
    assert reply.headers["Cache-Control"].startswith("no-store")
    assert TOKEN.fullmatch(made["token"]) and made["id"] == made["token"].split("_")[1]
    shown = {key: value for key, value in made.items() if key not in ("id", "created", "token")}
    assert shown == {
        "name": "Sensor på vinden",
        "user": "mos",
        "scopes": ["post", "read"],
        "rooms": None,
        "expires": None,
        "last_used": None,
    }
    listed = {key: value for key, value in made.items() if key != "token"}
    assert mos.get("/tokens").get_json() == {"data": [listed]}
    with app.app_context(), db.engine.connect() as connection:
        row = connection.execute(select(TokenRow.__table__)).one()
    assert row.hash == sha256(made["token"].encode()).hexdigest()
    assert made["token"] not in str(row) and made["token"].split("_")[2] not in str(row)


def test_a_form_creates_a_token(mos: Person) -> None:
    mos.post("/chat/rooms", {"name": "attic"})
    end = datetime.now(UTC) + timedelta(days=1)
    form = {"name": "x", "scopes": "read post", "rooms": "attic,lobby", "expires": end.isoformat()}
    made = mos.client.post("/tokens", data=form, headers={"x-access-token": mos.token})
    assert made.status_code == 201, made.get_json()
    data = made.get_json()["data"]
    assert data["rooms"] == ["attic", "lobby"] and data["scopes"] == ["read", "post"]
    assert data["expires"][:10] == end.date().isoformat()


@pytest.mark.parametrize(
    ("fields", "error"),
    [
        ({"name": ""}, (422, "invalid", "name")),
        ({"scopes": []}, (422, "invalid", "scopes")),
        ({"scopes": ["own"]}, (422, "invalid", "scopes.0")),
        ({"rooms": []}, (422, "invalid", "rooms")),
        ({"rooms": ["no-such"]}, (404, "not_found", "rooms")),
        ({"rooms": ["No Such"]}, (422, "invalid", "rooms.0")),
        ({"expires": "2020-01-01"}, (409, "time_passed", "expires")),
        ({"expires": 1}, (422, "invalid", "expires")),
        ({"user": "doe"}, (422, "invalid", "user")),
    ],
)
def test_what_is_wrong_with_a_new_token_is_named(
    mos: Person, fields: dict[str, Any], error: tuple[int, str, str]
) -> None:
    body = {"name": "sensor", "scopes": ["post"], **fields}
    assert errors_of(mos.post("/tokens", body)) == [error]
    assert mos.get("/tokens").get_json() == {"data": []}


def test_a_user_has_a_limited_number(mos: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(changes, "MAX_TOKENS", 2)
    made = [create(mos), create(mos)]
    body = {"name": "third", "scopes": ["read"]}
    assert errors_of(mos.post("/tokens", body)) == [(409, "too_many_tokens", None)]
    assert mos.delete(f"/tokens/{made[0]['id']}").status_code == 204
    assert mos.post("/tokens", body).status_code == 201


def test_a_revoked_token_is_not_valid(app: Flask, mos: Person) -> None:
    made, kept = create(mos, scopes=["read"]), create(mos, scopes=["read"])
    person = with_token(app, made)
    assert person.get("/chat/rooms").status_code == 200
    assert mos.delete(f"/tokens/{made['id']}").status_code == 204
    assert errors_of(person.get("/chat/rooms")) == [(401, "bad_token", None)]
    assert errors_of(mos.delete(f"/tokens/{made['id']}")) == [(404, "not_found", "id")]
    assert with_token(app, kept).get("/chat/rooms").status_code == 200
    assert [each["id"] for each in mos.get("/tokens").get_json()["data"]] == [kept["id"]]


def test_others_see_and_revoke_nothing_but_the_owner_does(
    app: Flask, mos: Person, make_person: MakePerson, anybody: Person
) -> None:
    made, doe, owner = create(mos), make_person("doe"), make_person("kim", "owner")
    assert doe.get("/tokens").get_json() == {"data": []}
    assert errors_of(doe.get("/tokens?of=all")) == [(403, "forbidden", None)]
    assert errors_of(doe.delete(f"/tokens/{made['id']}")) == [(404, "not_found", "id")]
    for method, path in (("GET", "/tokens"), ("POST", "/tokens"), ("DELETE", "/tokens/x")):
        assert errors_of(anybody.request(method, path)) == [(401, "unauthorized", None)]
    assert owner.get("/tokens").get_json() == {"data": []}
    (seen,) = owner.get("/tokens?of=all").get_json()["data"]
    assert (seen["id"], seen["user"]) == (made["id"], "mos") and "token" not in seen
    assert owner.delete(f"/tokens/{made['id']}").status_code == 204
