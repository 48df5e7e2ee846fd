"""Full-text search: words, phrases, pages and access."""

from time import monotonic

import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.chat.search import fts5
from me_api.chat.search.excerpt import SIZE
from me_api.rate_limits import limiter
from tests.chat.search_client import Chat, app, chat
from tests.support.app import errors_of
from tests.support.fixtures import MakePerson, anybody, make_person, template

__all__ = ["anybody", "app", "chat", "make_person", "template"]


def test_each_query_finds_these_messages(chat: Chat) -> None:
    texts = ["Hej på dig", "Hej hej, KURSEN är bra", "på kursen hej då", "e-post: mos@example.com"]
    for text in texts:
        chat.say(text)
    for q, numbers in {
        "hej": [2, 1, 0],
        "HEJ": [2, 1, 0],
        "dig": [0],
        "dig 😀": [],
        "dig !": [],
        "hej, kursen!": [2, 1],
        "(då)": [2],
        "kursen hej": [2, 1],
        '"hej kursen"': [1],
        '"kursen hej hej"': [],
        '"hej hej"': [1],
        '"hej på"': [0],
        '"på kursen" hej': [2],
        "kurs": [],
        "kurs*": [2, 1],
        "kur*": [2, 1],
        '"kurs*"': [],
        "pa": [2, 0],
        "då bra": [],
        "e-post": [3],
        "post-e": [],
        "example": [3],
    }.items():
        assert chat.found(q) == [texts[number] for number in numbers], q


def test_a_message_is_found_as_it_is_with_the_part_that_shows_why(chat: Chat) -> None:
    message = chat.say("Hej <b>du</b>, hej & välkommen \u2063 till 😀 kursen")
    (found,) = chat.search('hej "till 😀 kursen"').get_json()["data"]
    excerpt = found.pop("excerpt")
    assert found == message
    assert excerpt == [
        {"text": "Hej", "match": True},
        {"text": " <b>du</b>, ", "match": False},
        {"text": "hej", "match": True},
        {"text": " & välkommen \u2063 ", "match": False},
        {"text": "till 😀 kursen", "match": True},
    ]


def test_of_a_long_text_the_part_is_shown(chat: Chat) -> None:
    chat.say("a " * 500 + "nål" + " b" * 500)
    excerpt = chat.search("nål").get_json()["data"][0]["excerpt"]
    assert [part["text"] for part in excerpt if part["match"]] == ["nål"]
    assert sum(len(part["text"]) for part in excerpt) <= SIZE + 2


QUERIES = [
    "",
    " ",
    '"',
    '""',
    '"a',
    "'",
    "*",
    "**",
    "a*",
    "abc**",
    "!!!",
    "😀",
    "(",
    ")",
    "a)",
    "^a",
]
QUERIES += ["a OR b", "a AND", "NOT a", "NEAR(a b)", "text:a", "room_id : 1", "{text} : a", "-a"]
QUERIES += [
    "a + b",
    "a\0b",
    "\0",
    "x" * 201,
    "a " * 17,
    "ˆ",
    "a;DROP TABLE messages",
    "%",
    "\\",
    "\ud7ff",
]


@pytest.mark.parametrize("q", ["he*", "h*", "hej he*", "-h*", "h-e*", "東京 p*"])
def test_f57_a_prefix_that_is_too_short_is_refused(chat: Chat, q: str) -> None:
    """F57: it was taken literally, and found nothing."""
    chat.say("hej")
    refused = chat.search(q)
    assert errors_of(refused) == [(422, "invalid", "q")]
    assert "At least 3 letters" in refused.get_json()["errors"][0]["detail"]


def test_any_text_can_be_searched_for(chat: Chat) -> None:
    chat.say("a b c")
    for q in QUERIES:
        reply = chat.search(q)
        assert reply.status_code in (200, 422), (q, reply.text)
        if reply.status_code == 422:
            assert errors_of(reply) == [(422, "invalid", "q")], q


@settings(max_examples=300, suppress_health_check=list(HealthCheck))
@given(q=st.text(st.characters(exclude_categories=["Cs"]), max_size=30))
def test_whatever_the_text_it_is_answered(chat: Chat, q: str) -> None:
    assert chat.search(q).status_code in (200, 422)


def test_invalid_queries_are_reported(chat: Chat) -> None:
    for query in ["", "?q=a&limit=0", "?q=a&limit=201", "?q=a&before=0"]:
        assert chat.person.get(f"/chat/search{query}").status_code == 422, query


def test_pages_follow_each_other(chat: Chat) -> None:
    said = [chat.say(f"ord {n}") for n in range(23)]
    url, seen = "/chat/search?q=ord&room=lobby&limit=10", []
    pages = 0
    while url:
        page = chat.person.get(url).get_json()
        seen += [message["text"] for message in page["data"]]
        chat.edit(said[22], f"ord edited {pages}")
        chat.say(f"ord later {pages}")
        url, pages = page["page"]["older"], pages + 1
    assert pages == 3
    assert seen == [f"ord {n}" for n in reversed(range(23))]
    page = chat.search("ord").get_json()
    changes = chat.person.get(f"/chat/rooms/lobby/changes?since={page['rev']}").get_json()
    assert (changes["data"], changes["epoch"]) == ([], page["epoch"])
    assert chat.search("ord", "&limit=26").get_json()["page"] == {"older": None}


@pytest.mark.parametrize("few", [0, 1, 2, fts5.FEW])
def test_only_rooms_that_one_may_read(
    chat: Chat, make_person: MakePerson, monkeypatch: pytest.MonkeyPatch, few: int
) -> None:
    monkeypatch.setattr(fts5, "FEW", few)
    owner = Chat(make_person("owner", "owner"))
    for room in ("lobby", "attic"):
        chat.say(f"hemligt i {room}", room)
    assert chat.found("hemligt", "&room=attic") == ["hemligt i attic"]
    owner.person.request("PATCH", "/chat/rooms/attic", {"guests": "none"})
    assert chat.found("hemligt") == ["hemligt i lobby"]
    assert owner.found("hemligt") == ["hemligt i attic", "hemligt i lobby"]
    assert owner.found("hemligt", "&room=attic") == ["hemligt i attic"]
    assert errors_of(chat.search("hemligt", "&room=attic")) == [(403, "members_only", None)]
    assert errors_of(chat.search("hemligt", "&room=cellar")) == [(404, "not_found", "room")]
    owner.person.request("PATCH", "/chat/rooms/attic", {"guests": "read"})
    assert len(chat.found("hemligt")) == 2


def test_searches_are_limited(chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limiter, "monotonic", lambda: monotonic() / 1000)
    monkeypatch.setitem(app.extensions, "rate_limiter", limiter.RateLimiter(enabled=True))
    statuses = [chat.search("hej").status_code for _ in range(40)]
    assert statuses[0] == 200 and statuses[-1] == 429
