"""History in all directions, and the position from which changes can be read on."""

from datetime import datetime, timedelta
from urllib.parse import quote

import pytest

from tests.chat.clients import FIELDS, Room, faults
from tests.chat.conftest import MakeRoom, Visit
from tests.support.server import LiveServer


@pytest.fixture
def filled(room: Room) -> Room:
    """Return a room with 25 messages."""
    for number in range(1, 26):
        room.say(f"text {number}")
    return room


def span(low: int, high: int) -> list[int]:
    return list(range(low, high + 1))


PAGES = [
    ("", span(1, 25)),
    ("limit=10", span(16, 25)),
    ("limit=0", []),
    ("limit=200", span(1, 25)),
    ("before=16&limit=10", span(6, 15)),
    ("before=6&limit=10", span(1, 5)),
    ("before=1", []),
    ("before=1000&limit=3", span(23, 25)),
    ("after=0&limit=3", span(1, 3)),
    ("after=20&limit=3", span(21, 23)),
    ("after=20", span(21, 25)),
    ("after=25", []),
    ("after=1000", []),
    ("around=13&limit=5", span(11, 15)),
    ("around=1&limit=5", span(1, 5)),
    ("around=25&limit=4", span(23, 25)),
    ("around=13&limit=1", span(13, 13)),
    ("around=1000&limit=4", []),
    ("before=16&limit=0", []),
    ("at=2000-01-01T00:00:00Z&limit=3", span(1, 3)),
    ("at=2100-01-01T00:00:00Z", []),
]


@pytest.mark.parametrize(("query", "ids"), PAGES)
def test_a_page_from_anywhere(filled: Room, query: str, ids: list[int]) -> None:
    assert filled.ids(query) == ids


def test_both_interfaces_read_the_same(filled: Room, visit: Visit) -> None:
    reader = visit()
    for query, _ in PAGES:
        fields = dict(part.split("=") for part in query.split("&") if part)
        place = {k: v if k == "at" else int(v) for k, v in fields.items()}
        assert reader.do("history", room=filled.name, **place) == filled.page(query)


def test_a_message_is_shown_whole(room: Room) -> None:
    said = room.say("hej åäö 👋", nick="Åsa")
    assert list(said) == FIELDS
    assert room.page()["data"] == [said]
    assert room.get("/messages/1").json == {"data": said}
    assert (said["room"], said["id"], said["nick"]) == (room.name, 1, "Åsa")
    assert (said["verified"], said["edited"], said["deleted"]) == (False, None, False)
    moment = datetime.fromisoformat(said["time"])
    assert said["time"].endswith("Z")
    assert len(said["time"]) == len("2026-11-20T05:21:21.123Z")
    assert abs(datetime.now(moment.tzinfo) - moment) < timedelta(minutes=5)


def test_a_place_in_time(filled: Room) -> None:
    tenth = filled.page("after=9&limit=1")["data"][0]
    found = filled.ids(f"at={tenth['time']}&limit=200")
    same = [m["id"] for m in filled.page("limit=200")["data"] if m["time"] >= tenth["time"]]
    assert found == same
    abroad = datetime.fromisoformat(tenth["time"]) + timedelta(hours=1)
    stamp = abroad.isoformat(timespec="milliseconds").replace("+00:00", "+01:00")
    assert filled.ids(f"at={stamp}&limit=200") == same, "a plus sign that became a space"
    assert filled.ids(f"at={stamp.replace('+', '%2B')}&limit=200") == same
    beyond = filled.get("/messages?at=9999-12-31T23:59:59-10:00")
    assert faults(beyond) == [(422, "invalid", "at")]


def walk(room: Room, query: str, relation: str) -> list[list[int]]:
    pages, url = [], f"{room.url}/messages?{query}"
    while url:
        page = room.server.get(url).json
        pages.append([message["id"] for message in page["data"]])
        url = page["page"][relation]
    return pages


def test_links_walk_the_whole_room_back_and_forth(filled: Room) -> None:
    assert walk(filled, "limit=10", "older") == [span(16, 25), span(6, 15), span(1, 5)]
    assert walk(filled, "limit=10&after=0", "newer") == [span(1, 10), span(11, 20), span(21, 25)]
    assert walk(filled, "limit=7&around=13", "older")[-1][0] == 1
    assert walk(filled, "limit=7&around=13", "newer")[-1][-1] == 25
    assert walk(filled, "limit=1", "older") == [[number] for number in span(1, 25)[::-1]]


def test_links_stand_in_the_header_too(filled: Room) -> None:
    reply = filled.get("/messages?limit=5&before=15")
    page = reply.json["page"]
    assert reply.headers.get_all("Link") == [
        f'<{page["older"]}>; rel="prev"',
        f'<{page["newer"]}>; rel="next"',
    ]
    assert not filled.get("/messages").headers.get_all("Link")


@pytest.mark.parametrize("query", ["", "limit=0", "before=1", "after=0", "around=1"])
def test_an_empty_room_has_an_empty_page(room: Room, query: str) -> None:
    page = room.page(query)
    assert page["data"] == []
    assert page["page"] == {"older": None, "newer": None}


def test_past_the_end_links_lead_back(filled: Room) -> None:
    assert walk(filled, "after=25&limit=10", "older") == [[], *walk(filled, "limit=10", "older")]
    assert walk(filled, "at=2100-01-01T00:00:00Z&limit=10", "older")[1] == span(16, 25)


def test_a_page_that_is_known_is_not_sent_again(filled: Room) -> None:
    first = filled.get("/messages?before=10")
    known = {"If-None-Match": first.headers["ETag"]}
    again = filled.get("/messages?before=10", headers=known)
    assert (again.status, again.body) == (304, b"")
    filled.say("one more")
    newest = filled.get("/messages", headers=known)
    assert newest.status == 200


def test_a_page_tells_where_to_go_on(filled: Room) -> None:
    page = filled.page("limit=0")
    said = filled.say("after the page")
    assert filled.changes(page["rev"])["data"] == [said]
    assert filled.page("limit=0")["rev"] >= said["rev"]
    assert page["epoch"] == filled.changes(0)["epoch"]


def test_a_room_with_a_name_of_its_own(server: LiveServer, owner: str) -> None:
    name = "åäö-rummet"
    made = server.post("/chat/rooms", {"name": name}, token=owner)
    assert made.headers["Location"] == f"/chat/rooms/{quote(name)}"
    room = Room(server, name)
    for number in range(3):
        reply = room.post(f"{number}")
    assert server.get(reply.headers["Location"]).json == reply.json
    assert walk(room, "limit=1", "older") == [[3], [2], [1]]


def test_what_is_closed_to_guests_is_not_read_by_them(make_room: MakeRoom, owner: str) -> None:
    closed = make_room("none")
    closed.say("for members", nick="the-owner", token=owner)
    for rest in ("", "/messages", "/messages/1", "/changes", "/members"):
        assert faults(closed.get(rest)) == [(403, "members_only", None)]
        assert closed.get(rest, token=owner).status == 200
