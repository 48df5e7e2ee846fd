"""How the values of bodies and queries are read."""

from codecs import BOM_UTF8
from collections.abc import Iterator
from itertools import product
from math import inf, nan
from typing import Any

import pytest
from flask import Flask

from me_api.chat import rooms
from me_api.errors import Invalid
from me_api.validation import Input, validate
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson, anybody, make_person

__all__ = ["anybody", "make_person"]

MESSAGES = "/chat/rooms/lobby/messages"
REPORT = {"title": "a", "text": "b"}
SENSOR = {"name": "a", "scopes": ["read"]}
WRONG = [
    *(None, "", " ", "x", "x" * 60_000, "\ud800", "a\rb", "2026-02-30", "2026-11-29T08:15"),
    *("2026-11-29T99:15Z", "2026-11-29Tx", "0001-01-01T00:00:00+23:00", b"x", object()),
    *(-5, 1.5, 10**30, nan, inf, True, [], [None], [[]], ["a"] * 99, {}, {"a": 1}),
]
"""Values of which each field accepts few."""


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Make the room that exists after every startup."""
    with app.app_context():
        rooms.ensure(("lobby",))


@pytest.mark.parametrize("kind", ["application/json", "application/x-www-form-urlencoded"])
def test_f58_a_byte_order_mark_before_a_body_is_ignored(anybody: Person, kind: str) -> None:
    """F58: PowerShell sends one, and was answered with 400."""
    body = b'{"nick": "mos", "text": "hej"}' if kind.endswith("json") else b"nick=mos&text=hej"
    posted = anybody.post(MESSAGES, data=BOM_UTF8 + body, content_type=kind)
    assert posted.status_code == 201
    twice = anybody.post(MESSAGES, data=BOM_UTF8 * 2 + body, content_type=kind)
    assert twice.status_code in (400, 422)


@pytest.mark.parametrize("week", [True, False, "1", " 1", "01", "1.0", 1.5, [1], None])
def test_f79_a_number_in_json_is_a_number(make_person: MakePerson, week: Any) -> None:
    """F79: `true` and `" 1"` were taken for week 1."""
    answer = make_person("mos").post("/reports", {**REPORT, "week": week})
    assert errors_of(answer) == [(422, "invalid", "week")]


@pytest.mark.parametrize("week", ["1", "01", " 1"])
def test_f79_a_number_in_a_form_is_text(make_person: MakePerson, week: str) -> None:
    answer = make_person("mos").post("/reports", data={**REPORT, "week": week})
    assert answer.status_code == 201 and answer.get_json()["data"]["week"] == 1


def test_f80_a_date_is_its_beginning_in_utc(anybody: Person) -> None:
    """F80: it was refused, as it has no zone."""
    assert anybody.post(MESSAGES, {"nick": "mos", "text": "hej"}).status_code == 201
    for at, found in (("2000-01-01", 1), ("2000-01-01T00:00:00Z", 1), ("2100-02-28", 0)):
        assert len(anybody.get(f"{MESSAGES}?at={at}").get_json()["data"]) == found
    for at in ("2026-02-30", "2026-11-29x", "2026-11", "20261129", "2026-11-29T08:15"):
        assert errors_of(anybody.get(f"{MESSAGES}?at={at}")) == [(422, "invalid", "at")], at


@pytest.mark.parametrize(
    ("method", "path", "body", "source", "detail"),
    [
        ("PUT", "/", {"picture": "http://a.example/b.png"}, "picture", "must be an address that"),
        ("PUT", "/", {"links": [{"title": "a", "url": "b"}]}, "links.0.url", "must be an address"),
        ("PUT", "/", {"namn": "x"}, "namn", "is no field of this"),
        ("POST", "/chat/rooms", {"name": "Min kanal"}, "name", "must be a name of at most 64"),
        ("POST", "/chat/rooms", {"name": "a", "guests": "all"}, "guests", "must be 'post', 'read'"),
        ("POST", "/reports", {"week": 0, "text": "a"}, "week", "must be at least 1"),
        ("POST", "/reports", {"week": "a", "text": "a"}, "week", "must be a whole number"),
        ("POST", "/reports", {"week": 1}, "text", "is missing"),
        ("POST", "/reports", {"week": 1, "text": 5}, "text", "must be a text"),
        ("POST", "/reports", {"week": 1, "title": "x" * 201, "text": "a"}, "title", "at most 200"),
        ("POST", "/chat/rooms/lobby/messages", {"text": ""}, "text", "must not be empty"),
        ("POST", "/tokens", {"name": "a", "scopes": []}, "scopes", "must have at least 1 entry"),
        ("POST", "/tokens", SENSOR | {"rooms": []}, "rooms", "must have at least 1 entry"),
        ("POST", "/tokens", SENSOR | {"scopes": ["x"]}, "scopes.0", "must be 'read', 'post', "),
        ("POST", "/tokens", SENSOR | {"expires": "2026-02-30"}, "expires", "is no time of the"),
        ("POST", "/tokens", SENSOR | {"expires": "2999-11-29T08:15"}, "expires", "with its zone"),
    ],
)
def test_what_is_wrong_is_said_in_words(
    make_person: MakePerson, method: str, path: str, body: Any, source: str, detail: str
) -> None:
    """A pattern such as '^[^\\W_A-Z][\\w-]{0,63}$' was what people were shown."""
    answer = make_person("mos", "owner").request(method, path, body)
    (error,) = answer.get_json()["errors"]
    assert (answer.status_code, error["source"]) == (422, source)
    assert detail in error["detail"]


def inputs(base: type[Input] = Input) -> Iterator[type[Input]]:
    """Yield all models of what clients send."""
    for model in base.__subclasses__():
        yield model
        yield from inputs(model)


def test_no_fault_is_said_in_the_words_of_the_library(app: Flask) -> None:
    """Of any field, whatever is sent: pydantic says "Input should be" or "List should have"."""
    said = set()
    for model in inputs():
        for name, field in model.model_fields.items():
            for value, typed in product(WRONG, (True, False)):
                try:
                    validate(model, {field.alias or name: value}, typed=typed)
                except Invalid as error:
                    said |= {detail for _, detail in error.faults}
    assert len(said) > 50
    assert [detail for detail in said if " should " in detail or detail == "is not valid"] == []


@pytest.mark.parametrize(
    ("path", "kind"), [("/favicon.ico", "image/x-icon"), ("/robots.txt", "text/plain")]
)
def test_f60_what_is_asked_for_at_every_host(anybody: Person, path: str, kind: str) -> None:
    """F60: both were answered with 404."""
    found = anybody.get(path)
    assert (found.status_code, found.mimetype) == (200, kind)
    assert found.headers["Cache-Control"] == "public, max-age=86400"
    again = anybody.get(path, headers={"If-None-Match": found.headers["ETag"]})
    assert again.status_code == 304
