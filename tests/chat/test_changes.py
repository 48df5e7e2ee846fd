"""Changes after a position: in pages, by long-poll, and refused for a position of another log."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.conftest import MakeRoom, Visit

GUEST = secret()


@pytest.fixture
def changed(room: Room) -> Room:
    """Post ten messages; edit the first, delete the second."""
    for number in range(10):
        room.say(f"{number}", guest=GUEST)
    room.edit(1, "edited", guest=GUEST)
    room.delete(2, guest=GUEST)
    return room


@pytest.fixture
def pool() -> Iterator[ThreadPoolExecutor]:
    """Return a pool for requests that wait."""
    with ThreadPoolExecutor(4) as made:
        yield made


def ids(page: dict) -> list[int]:
    return [message["id"] for message in page["data"]]


def test_each_row_comes_once_in_the_order_of_its_last_change(changed: Room) -> None:
    page = changed.changes(0)
    assert ids(page) == [3, 4, 5, 6, 7, 8, 9, 10, 1, 2]
    revs = [message["rev"] for message in page["data"]]
    assert revs == sorted(revs)
    assert page["more"] is False
    assert page["rev"] >= revs[-1]
    assert page["data"][-2]["text"] == "edited"
    assert page["data"][-1]["deleted"] is True


def test_pages_join_without_gap_or_double(changed: Room) -> None:
    since, more, seen = 0, True, []
    while more:
        page = changed.changes(since, "limit=3")
        seen += ids(page)
        since, more = page["rev"], page["more"]
    assert seen == ids(changed.changes(0))
    assert changed.changes(since)["data"] == []


def test_the_socket_reads_the_same(changed: Room, visit: Visit) -> None:
    reader = visit()
    for fields in ({"since": 0}, {"since": 0, "limit": 3}, {}):
        query = "&".join(f"{name}={value}" for name, value in fields.items())
        answer = reader.do("changes", room=changed.name, **fields)
        assert answer == changed.get(f"/changes?{query}").json


def test_other_rooms_move_the_position_only(room: Room, make_room: MakeRoom) -> None:
    before = room.page("limit=0")["rev"]
    said = make_room().say("elsewhere")
    page = room.changes(before)
    assert page["data"] == []
    assert page["rev"] >= said["rev"]


def test_a_foreign_epoch_is_a_410_with_the_true_one(room: Room, visit: Visit) -> None:
    truth = room.page("limit=0")
    reply = room.get("/changes?since=0&epoch=another")
    assert faults(reply) == [(410, "foreign_epoch", None)]
    assert (reply.json["rev"], reply.json["epoch"]) == (truth["rev"], truth["epoch"])
    answer = visit().do("changes", room=room.name, since=0, epoch="another")
    assert answer == reply.json
    assert room.get(f"/changes?since=0&epoch={truth['epoch']}").status == 200


def test_a_position_beyond_the_head_is_a_410(room: Room, visit: Visit) -> None:
    truth = room.page("limit=0")
    reply = room.get(f"/changes?since={truth['rev'] + 1000}&wait=30")
    assert faults(reply) == [(410, "beyond_head", None)]
    assert (reply.json["rev"], reply.json["epoch"]) == (truth["rev"], truth["epoch"])
    answer = visit().do("changes", room=room.name, since=truth["rev"] + 1000)
    assert answer == reply.json


def test_waiting_ends_when_something_comes(
    room: Room, make_room: MakeRoom, pool: ThreadPoolExecutor
) -> None:
    since = room.page("limit=0")["rev"]
    waiting = [pool.submit(room.changes, since, "wait=30") for _ in range(3)]
    make_room().say("elsewhere")
    said = room.say("here", guest=GUEST)
    assert [future.result()["data"] for future in waiting] == [[said]] * 3
    waiting = [pool.submit(room.changes, said["rev"], "wait=30")]
    edited = room.edit(said["id"], "again", guest=GUEST).json["data"]
    assert waiting[0].result()["data"] == [edited]


def test_waiting_where_something_is_there_does_not_wait(room: Room) -> None:
    said = room.say()
    assert room.changes(0, "wait=60")["data"] == [said]


def test_waiting_in_vain_ends_with_an_empty_page(room: Room) -> None:
    rev = room.say()["rev"]
    page = room.changes(rev, "wait=0.05")
    assert (page["data"], page["rev"] >= rev, page["more"]) == ([], True, False)
