"""The responses of the running app match the OpenAPI document."""

from typing import Any

import pytest
from flask import Flask

from me_api.chat import rooms
from me_api.rate_limits import RateLimit, RateLimiter
from tests.apidocs.schemas import check, resolve
from tests.support.app import PASSWORD, Person
from tests.support.fixtures import MakePerson

MESSAGES = "/chat/rooms/{room}/messages"
MESSAGE = f"{MESSAGES}/{{message_id}}"
EXPORT = "/chat/rooms/{room}/export"
CHANGES = "/chat/rooms/{room}/changes"
WEEK = "/reports/week/{week}"


class Described:
    """Sends requests and checks each response against the description of its route."""

    def __init__(self, document: dict[str, Any], person: Person) -> None:
        self.document = document
        self.person = person
        self.names: dict[str, object] = {"room": "lobby", "message_id": 1, "week": 1}

    def __call__(
        self, method: str, path: str, status: int, json: Any = None, query: str = "", **options: Any
    ) -> Any:
        response = self.person.request(method, path.format(**self.names) + query, json, **options)
        assert response.status_code == status, response.text
        responses = self.document["paths"][path][method.lower()]["responses"]
        described = responses.get(str(status), responses["default"])
        if "$ref" in described:
            described = resolve(self.document, described["$ref"])
        if "content" not in described:
            assert response.data == b""
            return None
        ((media, content),) = described["content"].items()
        assert media.partition(";")[0] == response.mimetype
        body = response.get_json() if media == "application/json" else response.text
        check(self.document, content["schema"], body)
        return body


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Make the room that exists after every startup."""
    with app.app_context():
        rooms.ensure(("lobby",))


@pytest.fixture
def owner(openapi: Any, make_person: MakePerson) -> Described:
    """Return a client of the owner that checks every response."""
    return Described(openapi, make_person("owner", "owner"))


@pytest.fixture
def guest(openapi: Any, anybody: Person) -> Described:
    """Return a client without a token that checks every response."""
    return Described(openapi, anybody)


def test_answers_of_open_routes_are_as_described(guest: Described) -> None:
    for path in ("/", "/healthz", "/readyz", "/metrics", "/docs", "/openapi.json"):
        guest("GET", path, 200)
    for path in ("/reports", "/reports/changes", "/chat", "/chat/rooms", "/asyncapi.json"):
        guest("GET", path, 200)


def test_answers_of_accounts_are_as_described(guest: Described) -> None:
    person = {"email": "new@example.com", "password": PASSWORD}
    guest("POST", "/register", 201, person)
    guest("POST", "/register", 409, person)
    guest("POST", "/register", 422, {"email": "new"})
    guest("POST", "/login", 200, person)
    guest("POST", "/login", 401, {**person, "password": "wrong"})
    guest("POST", "/login", 400, data="{", content_type="application/json")
    guest("POST", "/login", 415, data="x", content_type="text/plain")


def test_answers_of_messages_are_as_described(guest: Described, owner: Described) -> None:
    secret = {"X-Guest": "g" * 30}
    keyed = {**secret, "Idempotency-Key": "one"}
    post = {"nick": "mos", "text": "hej"}
    guest("POST", MESSAGES, 201, post, headers=keyed)
    guest("POST", MESSAGES, 200, post, headers=keyed)
    guest("POST", MESSAGES, 409, {**post, "text": "other"}, headers=keyed)
    guest("POST", MESSAGES, 200, {"text": "/help"})
    guest("GET", MESSAGES, 200)
    etag = guest.person.get("/chat/rooms/lobby/messages").headers["ETag"]
    guest("GET", MESSAGES, 304, headers={"If-None-Match": etag})
    guest("GET", MESSAGES, 422, query="?limit=201&before=x")
    guest("PATCH", MESSAGE, 200, {"text": "nej"}, headers=secret)
    guest("PATCH", MESSAGE, 403, {"text": "nej"})
    owner("DELETE", MESSAGE, 200)
    guest("PATCH", MESSAGE, 410, {"text": "nej"}, headers=secret)
    assert guest("GET", MESSAGE, 200)["data"]["deleted"]
    guest.names["message_id"] = 2
    guest("GET", MESSAGE, 404)


def test_answers_of_search_and_export_are_as_described(guest: Described) -> None:
    guest("POST", MESSAGES, 201, {"nick": "mos", "text": "hej"})
    assert guest("GET", "/chat/search", 200, query="?q=hej")["data"][0]["excerpt"]
    guest("GET", "/chat/search", 422, query="?q=%22%22")
    guest("GET", "/chat/search", 404, query="?q=hej&room=nowhere")
    assert guest("GET", EXPORT, 200)


def test_changes_and_their_cursors(guest: Described) -> None:
    guest("POST", MESSAGES, 201, {"nick": "mos", "text": "hej"})
    assert guest("GET", CHANGES, 200)["data"]
    gone = guest("GET", CHANGES, 410, query="?since=99")
    assert (gone["rev"], bool(gone["epoch"])) == (1, True)
    guest("GET", CHANGES, 410, query="?epoch=other")


def test_answers_of_rooms_are_as_described(owner: Described, guest: Described) -> None:
    guest("POST", "/chat/rooms", 401, {"name": "attic"})
    owner("POST", "/chat/rooms", 201, {"name": "attic"})
    owner("POST", "/chat/rooms", 409, {"name": "attic"})
    owner.names["room"] = guest.names["room"] = "attic"
    owner("PATCH", "/chat/rooms/{room}", 200, {"guests": "none"})
    owner("GET", "/chat/rooms/{room}", 200)
    owner("GET", "/chat/rooms/{room}/members", 200)
    guest("GET", "/chat/rooms/{room}", 403)


def test_answers_of_reports_are_as_described(owner: Described, guest: Described) -> None:
    report = {"week": 1, "title": "Hej", "text": "*hello*"}
    owner("POST", "/reports", 201, report)
    owner("POST", "/reports", 200, report)
    owner("PUT", WEEK, 204, {"title": "Nej", "text": "*"})
    owner("PUT", "/reports", 204, report)
    guest("GET", WEEK, 200)
    assert guest("GET", "/reports", 200)["data"]
    owner("DELETE", WEEK, 204)
    assert guest("GET", "/reports/changes", 200)["data"][0]["deleted"]
    guest("GET", WEEK, 404)
    guest("DELETE", WEEK, 401)


def test_the_answer_over_a_limit_is_as_described(
    app: Flask, guest: Described, monkeypatch: pytest.MonkeyPatch
) -> None:
    rates = {"failed_login": RateLimit(0.001, 30)}
    monkeypatch.setitem(app.extensions, "rate_limiter", RateLimiter(enabled=True, rates=rates))
    for _ in range(30):
        guest("POST", "/login", 422, {})
    assert guest("POST", "/login", 429, {})["retry_after"] >= 1


def test_the_check_sees_what_is_missing_and_what_is_too_much(openapi: Any) -> None:
    schema = {"$ref": "#/components/schemas/Health"}
    check(openapi, schema, {"status": "ok"})
    with pytest.raises(AssertionError):
        check(openapi, schema, {"status": "ok", "more": 1})
    with pytest.raises(AssertionError):
        check(openapi, schema, {})
