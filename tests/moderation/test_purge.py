"""Deleting all messages of somebody, and the log of what moderators have done."""

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.support.server import LiveServer

PURGE = "/moderation/purge"


def test_all_messages_of_a_guest_become_tombstones(
    server: LiveServer, make_room: MakeRoom, moderator: str, visit: Visit, fresh
) -> None:
    rooms, nick, guest = [make_room(), make_room()], fresh("spammer"), secret()
    reader = visit(*rooms, nick=fresh("reader"), guest=secret())
    for room in rooms:
        for number in range(100):
            room.say(f"buy {number}", nick=nick, guest=guest)
        kept = room.say("kept", nick=fresh("other"), guest=secret())
        reader.wait_event("message", lambda m, _, kept=kept: m["rev"] == kept["rev"])
    since = kept["rev"]
    message = {"room": rooms[0].name, "id": 1}
    body = {"message": message, "room": rooms[0].name, "reason": "ads"}
    done = server.post(PURGE, body, token=moderator)
    assert (done.status, done.json["data"]) == (200, {"count": 100, "target": nick})
    assert [m["text"] for m in rooms[1].page("limit=200")["data"]].count(None) == 0
    rest = server.post(PURGE, {"message": message}, token=moderator)
    assert rest.json["data"]["count"] == 100
    for room in rooms:
        page = room.page("limit=200")["data"]
        assert [m["text"] for m in page if not m["deleted"]] == ["kept"]
        changes = room.changes(since, "limit=200")["data"]
        assert len(changes) == 100
        revs = [m["rev"] for m in changes]
        assert revs == sorted(set(revs))
        last = revs[-1]
        reader.wait_event("message", lambda m, _, last=last: m["rev"] == last)
    tombstones = [m for m in reader.messages() if m["deleted"]]
    assert len(tombstones) == 200
    assert [m["rev"] for m in tombstones] == sorted({m["rev"] for m in tombstones})
    log = server.get("/moderation/log?limit=2", token=moderator).json["data"]
    assert [(e["action"], e["target"], e["count"]) for e in log] == [("purge", nick, 100)] * 2
    assert [(e["room"], e["reason"]) for e in log] == [(None, ""), (rooms[0].name, "ads")]
    assert server.post(PURGE, {"message": message}, token=moderator).json["data"]["count"] == 0


def test_a_purge_from_the_command_line_is_sent_by_the_server(
    server: LiveServer, room: Room, visit: Visit, make_user: MakeToken, fresh
) -> None:
    nick = fresh("user")
    token = make_user(nick)
    room.server.post(f"{room.url}/messages", {"text": "hej"}, token=token)
    reader = visit(room, nick=fresh("reader"), guest=secret())
    done = server.flask("moderation", "purge", "--user", nick)
    assert (done.returncode, done.stdout) == (0, f"Deleted 1 messages of {nick}.\n"), done.stderr
    assert reader.wait_event("message", lambda m, _: m["deleted"])[0]["id"] == 1
    shown = server.flask("moderation", "log", "--limit", "1").stdout.splitlines()[-1]
    assert shown.split("\t")[1:-1] == ["flask", "purge", "", nick, "1", "", ""]
    assert server.query("SELECT id FROM users WHERE nick = :nick", nick=nick) == [
        (int(shown.split("\t")[-1]),)
    ]


def test_a_moderator_deletes_a_message_of_a_member_which_is_recorded(
    server: LiveServer, room: Room, moderator: str, owner: str, make_user: MakeToken, fresh
) -> None:
    nick = fresh("user")
    token = make_user(nick)
    url = f"{room.url}/messages"
    for author in (token, owner, moderator):
        assert server.post(url, {"text": "x"}, token=author).status == 201
    assert room.edit(1, "y", token=moderator).status == 403
    assert room.delete(1, token=moderator).json["data"]["deleted"]
    assert faults(room.delete(2, token=moderator)) == [(403, "forbidden", None)]
    entry = server.get("/moderation/log?limit=1", token=moderator).json["data"][0]
    assert (entry["actor"], entry["action"], entry["room"]) == (
        "the-moderator",
        "delete",
        room.name,
    )
    assert entry["target"] == f"{nick}: message 1"
    # One's own are not.
    assert room.delete(3, token=moderator).json["data"]["deleted"]
    same = server.get("/moderation/log?limit=1", token=moderator).json["data"][0]
    assert same["id"] == entry["id"]


def test_the_log_is_read_page_by_page(server: LiveServer, moderator: str, room: Room) -> None:
    for title in ("One", "Two", "Three"):
        server.patch(room.url, {"title": title}, token=moderator)
    first = server.get("/moderation/log?limit=2", token=moderator).json
    assert [entry["target"] for entry in first["data"]] == ["Three", "Two"]
    assert {entry["action"] for entry in first["data"]} == {"rename"}
    then = server.get(first["page"]["older"], token=moderator).json
    assert then["data"][0]["target"] == "One"
    url = "/moderation/log?limit=200"
    while url:
        page = server.get(url, token=moderator).json
        url = page["page"]["older"]
    assert page["data"][-1]["id"] == 1


@pytest.mark.parametrize("body", [{}, {"user": "x", "message": {"room": "lobby", "id": 1}}])
def test_a_purge_needs_one_target(server: LiveServer, moderator: str, body: object) -> None:
    assert faults(server.post(PURGE, body, token=moderator))[0][1] == "invalid"
