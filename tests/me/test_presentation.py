"""Who the site is about: written by the owner, sent to everybody."""

from typing import Any

import pytest
from flask import Flask

from me_api.extensions import db
from me_api.me.feed import TOPIC, PresentationFeed
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson

LINKS = [
    {"title": "Git", "url": "https://github.com/mos"},
    {"title": "Brev", "url": "mailto:mos@example.com"},
]
WHOLE = {
    "name": "Mikael",
    "headline": "Bygger saker",
    "text": "*hej*",
    "links": LINKS,
    "picture": "https://example.com/mos.png",
}
AS_LINES = "Git https://github.com/mos\r\n\r\n  Brev   mailto:mos@example.com \n"


@pytest.fixture
def owner(make_person: MakePerson) -> Person:
    return make_person("mos", "owner")


def me(person: Person) -> Any:
    return person.get("/").get_json()["data"]["me"]


def test_there_is_none_at_first(anybody: Person) -> None:
    assert me(anybody) is None
    page = anybody.get("/me/changes").get_json()
    assert (page["data"], page["rev"], page["more"]) == ([], 0, False)


def test_the_owner_writes_it_and_everybody_reads_it(owner: Person, anybody: Person) -> None:
    """F61: it stood in the source, so that nobody could say who they are."""
    response = owner.put("/", WHOLE)
    assert response.status_code == 200
    written = response.get_json()["data"]
    assert written["updated"].endswith("Z")
    updated = written["updated"]
    assert written == {**WHOLE, "html": "<p><em>hej</em></p>\n", "rev": 1, "updated": updated}
    body = anybody.get("/").get_json()
    assert body["data"]["me"] == written
    assert (body["data"]["name"], body["data"]["author"]) == ("me-api", "mos")
    changes = anybody.get("/me/changes").get_json()
    assert (changes["data"], changes["epoch"]) == ([written], body["epoch"])


def test_a_form_is_the_same_as_json(owner: Person, anybody: Person) -> None:
    response = owner.request("PUT", "/", data={**WHOLE, "links": AS_LINES})
    assert response.status_code == 200
    assert {name: me(anybody)[name] for name in WHOLE} == WHOLE


def test_what_is_not_sent_stays_and_what_is_empty_is_removed(owner: Person) -> None:
    owner.put("/", WHOLE)
    changed = owner.put("/", {"headline": "Annat"}).get_json()["data"]
    assert {name: changed[name] for name in WHOLE} == {**WHOLE, "headline": "Annat"}
    empty = {"headline": None, "text": "", "html": "", "links": [], "picture": None}
    form = dict.fromkeys(("headline", "text", "links", "picture"), "")
    nulls = {**dict.fromkeys(form), "name": None}
    for removed in (form, nulls):
        owner.put("/", WHOLE)
        changed = owner.put("/", removed).get_json()["data"]
        assert {name: changed[name] for name in ("name", *empty)} == {"name": "Mikael", **empty}


def test_its_name_is_at_first_the_owners(owner: Person) -> None:
    assert owner.put("/", {"text": "x"}).get_json()["data"]["name"] == "mos"
    assert owner.put("/", {"name": " Kim "}).get_json()["data"]["name"] == "Kim"
    assert owner.put("/", {"text": "y"}).get_json()["data"]["name"] == "Kim"


def test_an_equal_one_changes_nothing(owner: Person, anybody: Person) -> None:
    first = owner.put("/", WHOLE).get_json()
    assert owner.put("/", WHOLE).get_json() == first
    assert owner.put("/", {"name": None}).get_json() == first
    assert anybody.get("/me/changes?since=1").get_json()["data"] == []


def test_only_the_owner_may_write(make_person: MakePerson, anybody: Person) -> None:
    assert errors_of(anybody.put("/", WHOLE)) == [(401, "unauthorized", None)]
    assert errors_of(make_person("kim").put("/", WHOLE)) == [(403, "forbidden", None)]
    assert me(anybody) is None


@pytest.mark.parametrize(
    ("fields", "source"),
    [
        ({"name": ""}, "name"),
        ({"name": "a\nb"}, "name"),
        ({"name": "x" * 201}, "name"),
        ({"headline": "a\nb"}, "headline"),
        ({"headline": 7}, "headline"),
        ({"text": "a\u001bb"}, "text"),
        ({"text": "x" * 50_001}, "text"),
        ({"links": "GitHub"}, "links"),
        ({"links": [{"title": "x", "url": "javascript:alert(1)"}]}, "links.0.url"),
        ({"links": [{"title": "x", "url": 'https://a.se/"x'}]}, "links.0.url"),
        ({"links": [{"title": "", "url": "https://a.se"}]}, "links.0.title"),
        ({"links": [{"title": "x", "url": "https://a.se", "rel": "me"}]}, "links.0.rel"),
        ({"links": [{"title": "x", "url": "https://a.se"}] * 21}, "links"),
        ({"links": 7}, "links"),
        ({"picture": "http://example.com/x.png"}, "picture"),
        ({"picture": "data:image/png;base64,AAAA"}, "picture"),
        ({"picture": "https://a.se/" + "x" * 2000}, "picture"),
        ({"nick": "mos"}, "nick"),
        ({}, None),
    ],
)
def test_wrong_fields_are_named(owner: Person, fields: Any, source: str | None) -> None:
    assert errors_of(owner.put("/", fields)) == [(422, "invalid", source)]
    assert me(owner) is None


def test_a_link_without_a_title_has_its_address(owner: Person) -> None:
    owner.put("/", {"links": "https://a.se/x\nmailto:a@b.se"})
    titles = [link["title"] for link in me(owner)["links"]]
    assert titles == ["a.se/x", "a@b.se"]


def test_its_html_is_safe(owner: Person) -> None:
    owner.put("/", {"text": "<script>alert(1)</script>\n\n[x](javascript:alert(1)) *y*"})
    assert (
        me(owner)["html"].strip() == '<p><a rel="nofollow noopener noreferrer">x</a> <em>y</em></p>'
    )


def test_the_etag_changes_with_it_and_with_nothing_else(owner: Person, anybody: Person) -> None:
    etag = anybody.get("/").headers["ETag"]
    assert anybody.get("/", headers={"If-None-Match": etag}).status_code == 304
    owner.post("/reports", {"week": 1, "text": "x"})
    again = anybody.get("/", headers={"If-None-Match": etag})
    assert (again.status_code, again.data) == (304, b"")
    assert "Accept" in again.vary
    owner.put("/", WHOLE)
    changed = anybody.get("/", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert changed.headers["ETag"] != etag


def test_the_feed_has_one_row(app: Flask, owner: Person) -> None:
    feed = PresentationFeed()
    owner.put("/", {"text": "a"})
    owner.put("/", {"text": "b"})
    with app.app_context(), db.engine.connect() as connection:
        for after, upto, limit, count in ((0, 2, 9, 1), (0, 1, 9, 0), (2, 9, 9, 0), (0, 2, 0, 0)):
            assert len(feed.changes(connection, TOPIC, after, upto, limit)) == count
            assert feed.count(connection, TOPIC, after, upto, limit) == count


def test_a_foreign_cursor_is_refused(owner: Person) -> None:
    owner.put("/", WHOLE)
    assert errors_of(owner.get("/me/changes?since=2")) == [(410, "beyond_head", None)]
    assert errors_of(owner.get("/me/changes?epoch=x")) == [(410, "foreign_epoch", None)]
