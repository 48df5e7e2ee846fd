"""Writing reports: what is refused, and with which errors."""

from typing import Any

import pytest
from flask import Flask

from me_api.auth import web_tokens
from me_api.markdown.schemas import MAX_TEXT
from me_api.reports.schemas import MAX_WEEK
from me_api.validation.texts import MAX_TITLE
from tests.reports.written import FIRST, OTHER, head, read
from tests.support.app import Person, errors_of, make_user
from tests.support.fixtures import MakePerson

JSON = "application/json"


@pytest.fixture
def mos(make_person: MakePerson) -> Person:
    return make_person("mos")


def test_a_preview_of_an_invalid_text_is_refused(mos: Person) -> None:
    response = mos.post("/reports/preview", {"text": "x" * (MAX_TEXT + 1), "title": "a"})
    assert errors_of(response) == [(422, "invalid", "text"), (422, "invalid", "title")]


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("POST", "/reports/preview"),
        ("POST", "/reports"),
        ("PUT", "/reports"),
        ("PUT", "/reports/week/1"),
        ("DELETE", "/reports/week/1"),
    ],
)
def test_writing_needs_a_token(mos: Person, anybody: Person, method: str, path: str) -> None:
    before = mos.post("/reports", FIRST).get_json()["data"]
    bodies = {"/reports": {**FIRST, **OTHER}, "/reports/preview": {"text": "hej"}}
    body = bodies.get(path, OTHER)
    for headers in ({}, {"X-Guest": "g" * 22}):
        response = anybody.request(method, path, body, headers=headers)
        assert errors_of(response) == [(401, "unauthorized", None)]
    response = anybody.request(method, path, body, headers={"x-access-token": "bad"})
    assert errors_of(response) == [(401, "bad_token", None)]
    assert read(mos) == before


@pytest.mark.parametrize(
    ("change", "sources"),
    [
        ({"week": None}, ["week"]),
        ({"week": "ett"}, ["week"]),
        ({"week": 0}, ["week"]),
        ({"week": -1}, ["week"]),
        ({"week": 1.5}, ["week"]),
        ({"week": MAX_WEEK + 1}, ["week"]),
        ({"week": [1]}, ["week"]),
        ({"title": ""}, ["title"]),
        ({"title": "  "}, ["title"]),
        ({"title": 5}, ["title"]),
        ({"title": "x" * (MAX_TITLE + 1)}, ["title"]),
        ({"title": "a\u0000"}, ["title"]),
        ({"title": "a\nb"}, ["title"]),
        ({"title": "\u200b"}, ["title"]),
        ({"text": None}, ["text"]),
        ({"text": ""}, ["text"]),
        ({"text": "  "}, ["text"]),
        ({"text": "\n\t\u200b\ufe0f\n"}, ["text"]),
        ({"text": {"a": 1}}, ["text"]),
        ({"text": "x" * (MAX_TEXT + 1)}, ["text"]),
        ({"text": "a\u0000"}, ["text"]),
        ({"author": "ada"}, ["author"]),
        ({"week": "x", "title": "", "text": 1, "rev": 1}, ["title", "text", "week", "rev"]),
    ],
)
@pytest.mark.parametrize("method", ["POST", "PUT"])
def test_invalid_input_is_refused_with_every_fault(
    mos: Person, method: str, change: dict[str, Any], sources: list[str]
) -> None:
    response = mos.request(method, "/reports", {**FIRST, **change})
    assert errors_of(response) == [(422, "invalid", source) for source in sources]
    assert head(mos) == 0


def test_missing_fields_are_refused(mos: Person) -> None:
    missing = [(422, "invalid", name) for name in ("text", "week")]
    assert errors_of(mos.post("/reports")) == missing
    assert errors_of(mos.put("/reports/week/1", {})) == missing[:1]
    assert errors_of(mos.put("/reports/week/1", FIRST)) == [(422, "invalid", "week")]


@pytest.mark.parametrize(
    ("body", "kind", "expected"),
    [
        (b"{", JSON, (400, "bad_body")),
        (b'{"title": "\xff"}', JSON, (400, "bad_body")),
        (b"[1]", JSON, (422, "invalid")),
        (b'{"title": "t", "text": "x", "week": 99999999999999999999}', JSON, (422, "invalid")),
        (b"hej", "text/markdown", (415, "unsupported_media_type")),
    ],
)
@pytest.mark.parametrize(("method", "path"), [("POST", "/reports"), ("PUT", "/reports/week/1")])
def test_an_invalid_body_is_refused(
    mos: Person, method: str, path: str, body: bytes, kind: str, expected: tuple[int, str]
) -> None:
    response = mos.request(method, path, data=body, content_type=kind)
    source = "week" if b"week" in body else None
    assert errors_of(response) == [(*expected, source)]


def test_writing_is_limited(limited: Flask) -> None:
    user = make_user(limited, "mos")
    token = web_tokens.issue(user.id, limited.config["SETTINGS"].jwt_secret, 1)
    person = Person(limited, token)
    codes = [person.post("/reports", {}).status_code for _ in range(31)]
    assert codes[:30] == [422] * 30
    for response in (person.delete("/reports/week/1"), person.post("/reports/preview", {})):
        assert errors_of(response) == [(429, "rate_limited", None)]
    assert person.get("/reports").status_code == 200
