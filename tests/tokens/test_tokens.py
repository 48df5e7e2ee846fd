"""Creating, listing and revoking long-lived tokens over REST."""

import re
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from time import time
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from me_api.apidocs.openapi import declared
from me_api.auth import token_usage
from me_api.auth.models import TokenRow
from me_api.auth.scope import ACTIONS
from me_api.chat import rooms
from me_api.eventlog import Change, Transaction, timestamp
from me_api.extensions import db
from me_api.rest.fast_get import FastGet
from me_api.tokens import changes
from me_api.transport.web.cacheable import CacheableRequest
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

TOKEN = re.compile(r"meapi_[0-9a-f]{12}_[A-Za-z0-9]{40}")
SCOPE = [(403, "token_scope", None)]


@dataclass(frozen=True)
class Run(Change):
    """A statement that a test runs in a transaction of the committer."""

    statement: str
    values: dict[str, Any] = field(default_factory=dict)

    def apply(self, transaction: Transaction) -> None:
        transaction.connection.execute(text(self.statement), self.values)


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Create the room that a server creates when it starts."""
    with app.app_context():
        rooms.ensure(("lobby",))


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


def create(person: Person, **fields: Any) -> dict[str, Any]:
    reply = person.post("/tokens", {"name": "sensor", "scopes": ["post"], **fields})
    assert reply.status_code == 201, reply.get_json()
    made: dict[str, Any] = reply.get_json()["data"]
    return made


def with_token(app: Flask, made: dict[str, Any]) -> Person:
    return Person(app, made["token"])


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


@pytest.mark.parametrize("change", ["last", "id", "short", "none"])
def test_a_token_that_is_nearly_right_is_wrong(app: Flask, mos: Person, change: str) -> None:
    text = create(mos, scopes=["read"])["token"]
    other = create(mos, scopes=["read"])["token"]
    wrong = {
        "last": text[:-1] + ("a" if text[-1] != "a" else "b"),
        "id": other[:18] + text[18:],
        "short": text[:18],
        "none": "meapi_",
    }[change]
    assert errors_of(Person(app, wrong).get("/chat/rooms")) == [(401, "bad_token", None)]


def test_a_token_expires(app: Flask, mos: Person) -> None:
    made = create(mos, scopes=["read"], expires=str(datetime.now(UTC) + timedelta(days=1)))
    person = with_token(app, made)
    assert person.get("/chat/rooms").status_code == 200
    past = datetime.now(UTC) - timedelta(seconds=1)
    with app.app_context():
        app.extensions["log"].commit(
            Run("UPDATE tokens SET expires = :past", {"past": timestamp(past)})
        )
    assert errors_of(person.get("/chat/rooms")) == [(401, "expired_token", None)]


def test_any_scheme_carries_it(app: Flask, mos: Person) -> None:
    made, client = create(mos, scopes=["read"]), app.test_client()
    for headers in (
        {"x-access-token": made["token"]},
        {"Authorization": f"Bearer {made['token']}"},
    ):
        assert client.get("/chat/rooms", headers=headers).status_code == 200


def test_a_token_that_allows_everything_manages_no_account_and_no_token(
    app: Flask, make_person: MakePerson
) -> None:
    """Every route that needs a token refuses a long-lived one, unless it names its action."""
    owner = make_person("kim", "owner")
    thing = with_token(app, create(owner, scopes=list(ACTIONS)))
    refused = []
    for rule, method, endpoint in declared(app):
        if endpoint.token and endpoint.action is None:
            path = re.sub("<[^>]*>", "1", rule.rule)
            assert errors_of(thing.request(method, path)) == SCOPE, (method, path)
            refused.append((method, rule.rule))
    assert ("POST", "/tokens") in refused and ("DELETE", "/tokens/<token_id>") in refused
    content = [each for each in refused if each[1].startswith(("/reports", "/chat/rooms"))]
    # What cannot be undone is not done by a token that may have been lost.
    assert content == [("DELETE", "/chat/rooms/<room>")]


def test_what_it_allows_is_what_its_user_may(app: Flask, make_person: MakePerson) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    thing = with_token(app, create(mos, scopes=["rooms", "reports"]))
    assert thing.post("/chat/rooms", {"name": "attic"}).status_code == 201
    assert errors_of(thing.request("PATCH", "/chat/rooms/attic", {"title": "x"})) == [
        (403, "forbidden", None)
    ]
    of_owner = with_token(app, create(owner, scopes=["rooms", "reports"]))
    reply = of_owner.request("PATCH", "/chat/rooms/attic", {"title": "x"})
    assert reply.get_json()["data"]["title"] == "x"
    # Messages that are removed do not come back.
    for limit in ("retention_days", "retention_messages"):
        refused = of_owner.request("PATCH", "/chat/rooms/attic", {"title": "y", limit: 1})
        assert errors_of(refused) == SCOPE
    report = {"week": 3, "title": "kmom", "text": "hej"}
    assert thing.post("/reports", report).status_code == 201
    assert of_owner.delete("/reports/week/3").status_code == 204


def test_the_server_is_monitored_with_a_token_of_the_owner_for_that(
    app: Flask, make_person: MakePerson
) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    for person, scopes, expected in (
        (owner, ["monitor"], 200),
        (owner, ["read"], SCOPE),
        (mos, ["monitor"], [(403, "forbidden", None)]),
    ):
        reply = with_token(app, create(person, scopes=scopes)).get("/monitor")
        assert expected == (200 if reply.status_code == 200 else errors_of(reply))


def test_the_owner_s_token_changes_only_the_owner_s_messages(
    app: Flask, make_person: MakePerson
) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    thing = with_token(app, create(owner, scopes=["read", "post"]))
    theirs = mos.post("/chat/rooms/lobby/messages", {"text": "hej"}).get_json()["data"]
    mine = thing.post("/chat/rooms/lobby/messages", {"text": "hej"}).get_json()["data"]
    assert (mine["nick"], mine["verified"]) == ("kim", True)
    path = "/chat/rooms/lobby/messages/{}"
    assert errors_of(thing.delete(path.format(theirs["id"]))) == [(403, "forbidden", None)]
    assert thing.delete(path.format(mine["id"])).status_code == 200
    assert owner.delete(path.format(theirs["id"])).status_code == 200


def test_a_deleted_user_has_no_tokens(app: Flask, mos: Person) -> None:
    made = create(mos, rooms=["lobby"])
    assert mos.user is not None
    with app.app_context():
        app.extensions["log"].commit(Run("DELETE FROM users WHERE id = :id", {"id": mos.user.id}))
    assert errors_of(with_token(app, made).get("/chat/rooms")) == [(401, "bad_token", None)]


def test_a_room_that_is_renamed_stays_the_token_s(app: Flask, mos: Person) -> None:
    mos.post("/chat/rooms", {"name": "attic"})
    made = create(mos, scopes=["read"], rooms=["attic"])
    with app.app_context():
        app.extensions["log"].commit(Run("UPDATE rooms SET name = 'loft' WHERE name = 'attic'"))
    thing = with_token(app, made)
    assert [room["name"] for room in thing.get("/chat/rooms").get_json()["data"]] == ["loft"]
    assert thing.get("/chat/rooms/loft/messages").status_code == 200
    mos.post("/chat/rooms", {"name": "attic"})
    assert errors_of(thing.get("/chat/rooms/attic/messages")) == SCOPE
    with app.app_context():
        app.extensions["log"].commit(Run("DELETE FROM rooms WHERE name = 'loft'"))
    assert mos.get("/tokens").get_json()["data"][0]["rooms"] == []
    assert thing.get("/chat/rooms").get_json()["data"] == []


def test_its_use_is_stored_once_in_a_while(
    app: Flask, mos: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = create(mos, scopes=["read"])
    stored: list[str] = []

    def used() -> str | None:
        # What was committed without waiting is on disk when a later change is.
        mos.post("/chat/rooms/lobby/messages", {"text": "hej"})
        (listed,) = mos.get("/tokens").get_json()["data"]
        last: str | None = listed["last_used"]
        return last

    store = token_usage.StoreUse.apply

    def record(change: token_usage.StoreUse, transaction: Transaction) -> None:
        stored.append(change.token_id)
        store(change, transaction)

    monkeypatch.setattr(token_usage.StoreUse, "apply", record)
    assert used() is None
    for _ in range(3):
        assert with_token(app, made).get("/chat/rooms/lobby/messages").status_code == 200
    first = used()
    assert first is not None and stored == [made["id"]]
    monkeypatch.setattr(token_usage, "USED_SECONDS", 0.0)
    with_token(app, made).get("/chat/rooms/lobby/messages")
    assert (used() or "") >= first and stored == [made["id"]] * 2


def test_a_response_that_is_cached_is_made_anew_to_note_the_use(app: Flask, mos: Person) -> None:
    made = create(mos, scopes=["read"])
    fields = dict.fromkeys(CacheableRequest._fields, "")
    fields |= {"path": "/chat/rooms/lobby/messages", "x_access_token": made["token"]}
    response = FastGet(app).handle(CacheableRequest(**fields))
    assert response is not None and response.status == 200
    assert response.expires <= time() + token_usage.USED_SECONDS
