"""Posting, editing, deleting: permissions, and what a retry returns."""

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit


def test_a_key_again_is_the_same_message(room: Room, visit: Visit) -> None:
    guest = secret()
    first = room.post("hej", key="k1", guest=guest)
    again = room.post("hej", key="k1", guest=guest)
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert again.headers["Location"] == f"{room.url}/messages/1"
    header = room.post("hej", guest=guest, headers={"Idempotency-Key": "k1"})
    assert (header.status, header.json) == (200, first.json)
    socket = visit(nick="mos", guest=guest)
    assert socket.do("post", room=room.name, text="hej", key="k1") == first.json
    assert room.ids() == [1]


def test_a_retry_finds_the_message_as_it_now_is(room: Room) -> None:
    guest = secret()
    room.say("hej", key="k1", guest=guest)
    edited = room.edit(1, "edited", guest=guest).json
    retried = room.post("hej", key="k1", guest=guest)
    assert (retried.status, retried.json) == (200, edited)
    deleted = room.delete(1, guest=guest).json
    retried = room.post("hej", key="k1", guest=guest)
    assert (retried.status, retried.json) == (200, deleted)
    assert room.ids() == [1]


def test_a_key_for_something_else_is_refused(room: Room, make_room: MakeRoom) -> None:
    guest, other = secret(), make_room()
    room.say("hej", key="k1", guest=guest)
    reused = [(409, "key_reused", "key")]
    assert faults(room.post("hello", key="k1", guest=guest)) == reused
    assert faults(other.post("hej", key="k1", guest=guest)) == reused
    room.edit(1, "hello", guest=guest)
    assert faults(room.post("hello", key="k1", guest=guest)) == reused
    assert (room.ids(), other.ids()) == ([1], [])


def test_the_same_key_of_another_sender_is_another_key(
    room: Room, make_user: MakeToken, fresh
) -> None:
    tokens = [make_user(fresh("anna")), make_user(fresh("bo"))]
    senders = [{"guest": secret()}, {"guest": secret()}, *({"token": token} for token in tokens)]
    for number, sender in enumerate(senders, start=1):
        nick = {} if "token" in sender else {"nick": f"guest{number}"}
        body = {"text": "hej", "key": "k1", **nick}
        for status in (201, 200):
            reply = room.server.post(f"{room.url}/messages", body, **sender)
            assert (reply.status, reply.json["data"]["id"]) == (status, number)


def test_without_a_secret_a_retry_is_recognised_and_nothing_more(room: Room) -> None:
    first = room.post("hej", key="k1")
    again = room.post("hej", key="k1")
    assert (first.status, again.status) == (201, 200)
    assert again.json == first.json
    assert room.post("hej", nick="another", key="k1").status == 201
    assert room.post("hello", key="k1").status == 201
    assert room.ids() == [1, 2, 3]
    for act in (room.edit(1, "mine"), room.delete(1)):
        assert faults(act) == [(403, "forbidden", None)]
    assert faults(room.edit(1, "mine", guest=secret())) == [(403, "forbidden", None)]


def test_a_key_in_both_places_must_be_one(room: Room) -> None:
    differing = room.post(key="k1", headers={"Idempotency-Key": "k2"})
    assert faults(differing) == [(422, "invalid", "key")]
    assert room.post(key="k1", headers={"Idempotency-Key": "k1"}).status == 201
    for unfit in ("", "k" * 129):
        assert faults(room.post(headers={"Idempotency-Key": unfit})) == [(422, "invalid", "key")]


def test_retries_that_race_are_one_message(room: Room, visit: Visit) -> None:
    guest = secret()
    sockets = [visit(nick="mos", guest=guest) for _ in range(3)]
    for socket in sockets:
        for ack_id in range(5):
            fields = {"room": room.name, "text": "hej", "key": "k1"}
            socket.emit("/chat", "post", fields, ack_id=ack_id)
    answers = [socket.wait_ack(ack_id) for socket in sockets for ack_id in range(5)]
    assert all(answer == answers[0] for answer in answers)
    assert room.ids() == [1]


@pytest.fixture
def people(make_user: MakeToken, owner: str, fresh) -> dict[str, dict[str, str]]:
    """Return credentials of all kinds of people that might want to change a message."""
    return {
        "guest": {"guest": secret()},
        "user": {"token": make_user(fresh("user"))},
        "other guest": {"guest": secret()},
        "other user": {"token": make_user(fresh("other"))},
        "nobody": {},
        "owner": {"token": owner},
    }


@pytest.mark.parametrize("author", ["guest", "user"])
def test_the_sender_and_the_owner_change_a_message_and_nobody_else(
    room: Room, people: dict[str, dict[str, str]], author: str
) -> None:
    nick = {"nick": "mos"} if author == "guest" else {}
    body = {"text": "hej", **nick}
    said = room.server.post(f"{room.url}/messages", body, **people[author]).json["data"]
    assert said["verified"] is (author == "user")
    for name, who in people.items():
        may = name in (author, "owner")
        edited = room.edit(1, f"by {name}", **who)
        assert (name, edited.status) == (name, 200 if may else 403)
    for name in ("other guest", "other user", "nobody"):
        assert faults(room.delete(1, **people[name])) == [(403, "forbidden", None)]
    message = room.get("/messages/1").json["data"]
    assert (message["text"], message["nick"]) == ("by owner", said["nick"])
    assert room.delete(1, **people[author]).status == 200


def test_an_edit_keeps_all_but_the_text(room: Room) -> None:
    guest = secret()
    said = room.say("before", guest=guest)
    edited = room.edit(1, "after", guest=guest).json["data"]
    assert edited["rev"] > said["rev"]
    assert edited["edited"] >= said["time"]
    unchanged = {**said, "text": "after", "rev": edited["rev"], "edited": edited["edited"]}
    assert edited == unchanged == room.page()["data"][0]
    assert room.edit(1, "after", guest=guest).json["data"] == edited, "the same is no change"


def test_a_deleted_message_stays_as_a_tombstone(room: Room) -> None:
    guest = secret()
    said = room.say("a secret", guest=guest)
    room.say("next")
    tomb = room.delete(1, guest=guest).json["data"]
    assert (tomb["deleted"], tomb["text"], tomb["id"]) == (True, None, 1)
    assert tomb["rev"] > said["rev"]
    again = room.delete(1, guest=guest)
    assert (again.status, again.json["data"]) == (200, tomb), "deleting again changes nothing"
    assert faults(room.edit(1, "back", guest=guest)) == [(410, "deleted", None)]
    assert [message["deleted"] for message in room.page()["data"]] == [True, False]
    for rest in ("/messages", "/messages/1", "/changes?since=0"):
        assert b"a secret" not in room.get(rest).body
    assert room.say("third")["id"] == 3, "its id is not used again"


def test_ids_count_from_one_without_holes(room: Room) -> None:
    room.say("1", key="k")
    room.post("1", key="k")
    room.post("", nick="mos")
    room.post("2", nick="the-owner")
    assert room.say("2")["id"] == 2
    assert room.get().json["data"]["last_id"] == 2


@pytest.mark.parametrize("text", [" x ", "\n", "a\nb\tc", "<b>å</b>", "{}", "0", "👩‍👩‍👧"])
def test_a_text_is_stored_as_it_was_sent(room: Room, text: str) -> None:
    if text.strip():
        assert room.say(text)["text"] == text
    else:
        assert faults(room.post(text)) == [(422, "invalid", "text")]


def test_a_form_is_as_good_as_json(room: Room) -> None:
    reply = room.server.post(f"{room.url}/messages", form={"nick": "åsa", "text": "hej å"})
    assert reply.status == 201
    assert (reply.json["data"]["nick"], reply.json["data"]["text"]) == ("åsa", "hej å")
