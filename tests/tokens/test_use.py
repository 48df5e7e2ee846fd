"""Which long-lived tokens are valid, and when their use is stored."""

from datetime import UTC, datetime, timedelta
from time import time

import pytest
from flask import Flask

from me_api.auth import token_usage
from me_api.eventlog import Transaction, timestamp
from me_api.rest.fast_get import FastGet
from me_api.transport.web.cacheable import CacheableRequest
from tests.support.app import Person, errors_of
from tests.tokens.making import SCOPE, Run, create, with_token

pytestmark = pytest.mark.usefixtures("lobby")


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
    answer = person.get("/chat/rooms")
    assert errors_of(answer) == [(401, "expired_token", None)]
    assert "has expired: create another" in answer.get_json()["errors"][0]["detail"]


def test_a_program_with_a_revoked_token_is_not_told_to_log_in(app: Flask, mos: Person) -> None:
    """It cannot: it has no password."""
    made = create(mos, scopes=["read"])
    mos.delete(f"/tokens/{made['id']}")
    answer = with_token(app, made).get("/chat/rooms")
    assert errors_of(answer) == [(401, "bad_token", None)]
    detail = answer.get_json()["errors"][0]["detail"]
    assert "was revoked: create another" in detail and "log in" not in detail


def test_any_scheme_carries_it(app: Flask, mos: Person) -> None:
    made, client = create(mos, scopes=["read"]), app.test_client()
    for headers in (
        {"x-access-token": made["token"]},
        {"Authorization": f"Bearer {made['token']}"},
    ):
        assert client.get("/chat/rooms", headers=headers).status_code == 200


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
