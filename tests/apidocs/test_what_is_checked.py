"""What is checked of a request is stated in the OpenAPI document, and checked as stated."""

import re
from typing import Any

import pytest
from flask import Flask
from jsonschema import Draft202012Validator
from pydantic import ValidationError

from me_api.apidocs.json_schema import FORM_BOOLEANS
from me_api.chat import rooms
from me_api.moderation.schemas import NewBan, Purge
from me_api.reports.schemas import Content
from tests.apidocs.schemas import resolve
from tests.apidocs.test_openapi import operations, parameters
from tests.support.app import PASSWORD, Person, errors_of
from tests.support.fixtures import MakePerson

BODIES = ("NewMessage", "NewText", "NewRoom", "RoomPatch", "Credentials", "NewReport")


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Make the room that exists after every startup."""
    with app.app_context():
        rooms.ensure(("lobby",))


@pytest.mark.parametrize("name", BODIES)
def test_every_text_states_that_nul_is_refused(openapi: Any, name: str) -> None:
    """F52: it was refused without being stated."""
    for field in openapi["components"]["schemas"][name]["properties"].values():
        for kind in field.get("anyOf", [field]):
            if kind["type"] == "string" and not kind.keys() & {"enum", "format"}:
                assert not re.search(kind["pattern"], "a\0b")


def test_a_search_states_that_it_needs_a_word(openapi: Any) -> None:
    """F52: `q=` was refused without being stated."""
    pattern = parameters(openapi["paths"]["/chat/search"]["get"], "query")["q"]["schema"]["pattern"]
    for words in ("", " ", '""', "a\0b", '" \n'):
        assert not re.search(pattern, words)
    for words in ("a", "東京", '"hej hej"', "kurs*", "(7)", "!", ":)", "🎉"):
        assert re.search(pattern, words)


@pytest.mark.parametrize(
    "title", ["", " ", "\u00a0", "a\nb", "a\x85b", "a\u2028b", " a ", "é?", "東京", "a\0b"]
)
def test_the_pattern_of_a_title_is_its_validation(openapi: Any, title: str) -> None:
    """F52: control characters were refused without being stated."""
    field = openapi["components"]["schemas"]["NewReport"]["properties"]["title"]
    pattern = field["anyOf"][0]["pattern"]
    try:
        Content(title=title, text="hej")
    except ValidationError:
        assert not re.search(pattern, title)
    else:
        assert re.search(pattern, title)


@pytest.mark.parametrize(
    "text",
    ["", " ", "\u200b", "\r\n", "a\r\nb", "\r\na\r\n", "a\rb", "\ra", "\x85", " *a* ", "東京"],
)
def test_the_pattern_of_a_report_is_its_validation(openapi: Any, text: str) -> None:
    pattern = openapi["components"]["schemas"]["NewReport"]["properties"]["text"]["pattern"]
    try:
        Content(text=text)
    except ValidationError:
        assert not re.search(pattern, text)
    else:
        assert re.search(pattern, text)


def test_what_no_pattern_can_state_has_a_format_or_a_description(openapi: Any) -> None:
    """F52: emails and nicks are checked, and places in the history exclude each other."""
    person = openapi["components"]["schemas"]["Registration"]["properties"]
    assert person["email"]["format"] == "idn-email"
    assert person["nick"]["anyOf"][0]["format"] == "nick"
    query = parameters(openapi["paths"]["/chat/rooms/{room}/messages"]["get"], "query")
    for place in ("before", "after", "around", "at"):
        assert query[place]["schema"]["description"] == "Only one of before, after, around and at"


def test_null_is_for_json_alone(openapi: Any) -> None:
    """F52: `nick=null` in a form is the text "null"."""
    for operation in operations(openapi).values():
        for media, kind in operation.get("requestBody", {}).get("content", {}).items():
            if media != "application/json":
                schema = kind["schema"]
                schema = resolve(openapi, schema["$ref"]) if "$ref" in schema else schema
                assert "null" not in str(schema)


def test_a_change_of_a_room_changes_something(openapi: Any, make_person: MakePerson) -> None:
    """F52: a PATCH without a body was answered with 200."""
    owner = make_person("owner", "owner")
    for body in (None, {}, {"title": None}, {"title": None, "guests": None}):
        answer = owner.request("PATCH", "/chat/rooms/lobby", body)
        assert errors_of(answer) == [(422, "invalid", None)]
    assert owner.request("PATCH", "/chat/rooms/lobby", {"title": "L"}).status_code == 200
    needed = openapi["components"]["schemas"]["RoomPatch"]["anyOf"]
    fields = openapi["components"]["schemas"]["RoomPatch"]["properties"]
    assert [kind["required"] for kind in needed] == [[name] for name in fields]


@pytest.mark.parametrize(
    ("body", "is_valid"),
    [
        ({}, False),
        ({"nick": None}, False),
        ({"current_password": PASSWORD}, False),
        ({"email": "b@example.com"}, False),
        ({"nick": "b", "password": PASSWORD}, False),
        ({"nick": "b", "password": None}, True),
        ({"email": "b@example.com", "current_password": PASSWORD}, True),
    ],
)
def test_a_change_of_an_account_changes_something_with_its_password(
    openapi: Any, make_person: MakePerson, body: Any, is_valid: bool
) -> None:
    """What it needs was not stated. 403 is for a wrong password: this user has none."""
    schema = openapi["components"]["schemas"]["AccountChange"]
    assert Draft202012Validator(schema).is_valid(body) == is_valid
    status = make_person("a").request("PATCH", "/account", body).status_code
    assert status in ((200, 403) if is_valid else (422,))


@pytest.mark.parametrize("word", [*FORM_BOOLEANS, "true", "false", "On", "maybe", "2"])
def test_true_and_false_have_several_words_in_a_form(
    openapi: Any, make_person: MakePerson, word: Any
) -> None:
    """The document had but two of them."""
    owner, is_word = make_person("owner", "owner"), word not in ("maybe", "2")
    form = {"archived": word}
    answer = owner.request("PATCH", "/chat/rooms/lobby", data=form)
    assert answer.status_code == (200 if is_word else 422)
    if is_word:
        is_true = str(word).lower() in ("1", "on", "yes", "y", "t", "true")
        assert (answer.get_json()["data"]["archived"] is not None) == is_true
    assert owner.request("PATCH", "/chat/rooms/lobby", form).status_code == 422
    content = openapi["paths"]["/chat/rooms/{room}"]["patch"]["requestBody"]["content"]
    schema = content["multipart/form-data"]["schema"]
    assert Draft202012Validator(schema).is_valid(form) == (word in FORM_BOOLEANS)
    in_json = openapi["components"]["schemas"]["RoomPatch"]
    assert not Draft202012Validator(in_json).is_valid(form)


def test_a_ban_states_what_an_address_is(openapi: Any) -> None:
    """Any text of two characters was valid, and refused."""
    address = openapi["components"]["schemas"]["NewBan"]["properties"]["address"]
    assert [kind.get("format") for kind in address["anyOf"]] == ["ipv4", "ipv6", None]


@pytest.mark.parametrize("model", [NewBan, Purge])
def test_a_ban_states_all_of_which_one_is_needed(openapi: Any, model: type[NewBan | Purge]) -> None:
    """The document left `ban` out of both."""
    needed = openapi["components"]["schemas"][model.__name__]["oneOf"]
    assert [kind["required"] for kind in needed] == [[name] for name in model.names()]


@pytest.mark.parametrize("moment", ["0.5", "0", "1700000000", "1e9", "inf", "now", ""])
def test_a_number_is_no_time(anybody: Person, moment: str) -> None:
    """F52: it was taken for seconds since 1970."""
    answer = anybody.get(f"/chat/rooms/lobby/messages?at={moment}")
    assert errors_of(answer) == [(422, "invalid", "at")]


@pytest.mark.parametrize("path", ["/chat/rooms/lobby/messages/{}", "/reports/week/{}"])
@pytest.mark.parametrize("number", ["9" * 16, "9" * 19, "9" * 5000, "0" * 30 + "7"])
def test_a_number_in_a_path_may_be_any(make_person: MakePerson, path: str, number: str) -> None:
    """F52: DELETE was answered with 405, as if another method were known there."""
    owner, body = make_person("owner", "owner"), {"text": "a"}
    change = ("PUT", body | {"title": "b"}) if "week" in path else ("PATCH", body)
    for method, sent in (("GET", None), ("DELETE", None), change):
        assert owner.request(method, path.format(number), sent).status_code == 404, method
