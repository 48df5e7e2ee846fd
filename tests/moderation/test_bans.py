"""Bans: of users, guests and addresses, from a room and from the site, at every interface."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chat.clients import Room, faults, secret
from tests.moderation.banning import BANS, ban
from tests.moderation.conftest import MakeToken, Open, Visit
from tests.moderation.opened import POLICY_VIOLATION, waiting_requests
from tests.support.native import NativeClient
from tests.support.server import LiveServer
from tests.support.wait import BEFORE_A_POLL_ENDS, wait_until


@pytest.mark.parametrize("whole_site", [True, False])
def test_a_guest_is_removed_at_once_everywhere(
    server: LiveServer, room: Room, moderator: str, open_all: Open, fresh, whole_site: bool
) -> None:
    nick, guest = fresh("spammer"), secret()
    said = room.say("buy", nick=nick, guest=guest)
    opened = open_all(room, nick=nick, guest=guest)
    place = None if whole_site else room.name
    given = {} if whole_site else {"room": room.name}
    message = {"room": room.name, "id": said["id"]}
    made = ban(server, moderator, message=message, reason="no ads", **given)
    assert (made["kind"], made["target"], made["room"]) == ("guest", nick, place)
    opened.wait_banned(place, "no ads")
    opened.check_nothing_opens(place, "no ads")
    assert nick not in [each["nick"] for each in room.get("/members").json["data"]]
    # What anybody may read who does not say who they are stays readable.
    assert room.get("/messages").status == 200
    assert server.delete(f"{BANS}/{made['id']}", token=moderator).status == 204
    assert room.post("sorry", nick=nick, guest=guest).status == 201


def test_long_polls_of_what_anybody_may_read_end_at_a_ban(
    server: LiveServer, room: Room, moderator: str, fresh
) -> None:
    guest = secret()
    said = room.say("buy", nick=fresh("spammer"), guest=guest)
    since, waiting = room.page()["rev"], waiting_requests(server)
    paths = [f"/{feed}/changes?since={since}&wait=60" for feed in ("reports", "me")]
    with ThreadPoolExecutor() as threads:
        polls = [
            threads.submit(server.get, path, guest=guest, timeout=BEFORE_A_POLL_ENDS)
            for path in paths
        ]
        wait_until(lambda: waiting_requests(server) >= waiting + 2, what="the long-polls")
        ban(server, moderator, message={"room": room.name, "id": said["id"]})
        replies = [poll.result() for poll in polls]
        replies += [server.get(path, guest=guest, timeout=BEFORE_A_POLL_ENDS) for path in paths]
    assert [faults(reply) for reply in replies] == 4 * [[(403, "banned", None)]]


@pytest.mark.parametrize("whole_site", [True, False])
def test_a_user_is_banned_by_the_command_line(
    server: LiveServer, room: Room, make_user: MakeToken, open_all: Open, fresh, whole_site: bool
) -> None:
    nick = fresh("user")
    token = make_user(nick)
    opened = open_all(room, token=token)
    place = None if whole_site else room.name
    scope = [] if whole_site else ["--room", room.name]
    done = server.flask("moderation", "ban", "--user", nick, "--reason", "rude", *scope)
    assert done.returncode == 0, done.stderr
    opened.wait_banned(place, "rude")
    opened.check_nothing_opens(place, "rude")
    if whole_site:
        report = {"week": 40, "title": "t", "text": "x"}
        assert faults(server.post("/reports", report, token=token)) == [(403, "banned", None)]
        made = server.post("/chat/rooms", {"name": fresh("r")}, token=token)
        assert faults(made) == [(403, "banned", None)]
        made = server.post("/tokens", {"name": "x", "scopes": ["post"]}, token=token)
        assert faults(made) == [(403, "banned", None)]
        renamed = server.patch("/account", {"nick": fresh("rude")}, token=token)
        assert faults(renamed) == [(403, "banned", None)]
        assert server.get("/account/data", token=token).status == 200


def test_the_guests_of_an_address_are_banned(
    server: LiveServer, room: Room, moderator: str, make_user: MakeToken, address: str, fresh
) -> None:
    there = {"X-Forwarded-For": address}
    broadcast = NativeClient(server, "/ws/broadcast", headers=there)
    made = ban(server, moderator, address=address)
    assert broadcast.ended() == POLICY_VIOLATION
    again = NativeClient(server, "/ws/broadcast", headers=there)
    assert again.ended() == POLICY_VIOLATION
    assert again.messages == ["Error: You are banned from this site."]
    assert (made["kind"], made["target"], made["addresses"]) == ("address", "an address", 1)
    refused = room.post(nick=fresh("x"), headers=there)
    assert faults(refused) == [(403, "banned", None)]
    stream = server.get(f"{room.url}/stream", headers=there)
    assert faults(stream) == [(403, "banned", None)]
    account = {"email": f"{fresh('new')}@example.com", "password": "a good password"}
    assert faults(server.post("/register", account, headers=there)) == [(403, "banned", None)]
    # Users are known by themselves: others may have the same address.
    token = make_user(fresh("user"))
    assert (
        room.server.post(f"{room.url}/messages", {"text": "x"}, token=token, headers=there).status
        == 201
    )
    assert room.post(nick=fresh("x"), headers={"X-Forwarded-For": "198.51.100.7"}).status == 201
    stored = str(server.query("SELECT subjects, target FROM bans"))
    assert address not in stored
    assert server.delete(f"{BANS}/{made['id']}", token=moderator).status == 204
    assert room.post(nick=fresh("x"), headers=there).status == 201


def test_the_64_of_an_ipv6_address_is_banned(
    server: LiveServer, room: Room, moderator: str, fresh
) -> None:
    made = ban(server, moderator, address="2001:db8:0:17::1")
    near, far = {"X-Forwarded-For": "2001:db8:0:17::99"}, {"X-Forwarded-For": "2001:db8:0:18::1"}
    assert faults(room.post(nick=fresh("x"), headers=near)) == [(403, "banned", None)]
    assert room.post(nick=fresh("x"), headers=far).status == 201
    server.delete(f"{BANS}/{made['id']}", token=moderator)


def test_a_guest_is_banned_with_the_address_that_is_known(
    server: LiveServer, room: Room, moderator: str, address: str, fresh
) -> None:
    there = {"X-Forwarded-For": address}
    # Without a secret, nobody can be recognised as the author: only the address can be banned.
    said = room.say(nick=fresh("nobody"), headers=there)
    message = {"room": room.name, "id": said["id"]}
    alone = server.post(BANS, {"message": message}, token=moderator)
    assert faults(alone) == [(422, "unknown_author", "message")]
    assert ban(server, moderator, message=message, with_address=True)["addresses"] == 1
    assert faults(room.post(nick=fresh("y"), headers=there)) == [(403, "banned", None)]
    assert room.post(nick=fresh("z")).status == 201


def test_a_member_is_named_by_the_room(
    server: LiveServer, room: Room, moderator: str, visit: Visit, fresh
) -> None:
    nick = fresh("member")
    client = visit(room, nick=nick, guest=secret())
    member = {"room": room.name, "nick": nick}
    made = ban(server, moderator, member=member, room=room.name, minutes=5)
    body = client.wait_event("banned")[0]
    assert body["until"] == made["until"] is not None
    day, time = made["until"][:10], made["until"][11:16]
    assert body["text"] == f"You are banned from the room '{room.name}' until {day} {time} UTC."
    gone = server.post(BANS, {"member": member}, token=moderator)
    assert faults(gone) == [(404, "not_found", "member")]


def test_whoever_is_banned_is_named_by_the_ban(
    server: LiveServer, room: Room, moderator: str, fresh
) -> None:
    nick, guest = fresh("spammer"), secret()
    room.say("buy", nick=nick, guest=guest)
    message = {"room": room.name, "id": 1}
    made = ban(server, moderator, message=message, room=room.name)
    everywhere = ban(server, moderator, ban=made["id"])
    assert (everywhere["target"], everywhere["room"]) == (nick, None)
    done = server.post("/moderation/purge", {"ban": made["id"]}, token=moderator)
    assert (done.status, done.json["data"]) == (200, {"count": 1, "target": nick})
    assert server.delete(f"{BANS}/{made['id']}", token=moderator).status == 204
    for path in (BANS, "/moderation/purge"):
        lifted = server.post(path, {"ban": made["id"]}, token=moderator)
        assert faults(lifted) == [(404, "not_found", "ban")]


def test_a_ban_ends_by_itself(server: LiveServer, room: Room, moderator: str, fresh) -> None:
    nick, guest = fresh("short"), secret()
    said = room.say(nick=nick, guest=guest)
    made = ban(server, moderator, message={"room": room.name, "id": said["id"]}, minutes=1)
    url = f"{room.url}/messages"
    assert faults(server.get(url, guest=guest)) == [(403, "banned", None)]
    server.query("UPDATE bans SET until = '2020-01-01T00:00:00.000Z' WHERE id = :id", id=made["id"])
    wait_until(lambda: server.get(url, guest=guest).status == 200, what="the end")
    assert made["id"] not in [each["id"] for each in server.get(BANS, token=moderator).json["data"]]


def test_a_ban_holds_after_a_restart(make_server: Any, fresh) -> None:
    server = make_server()
    guest = secret()
    lobby = Room(server, "lobby")
    number = lobby.say(guest=guest)["id"]
    done = server.flask("moderation", "ban", "--message", f"lobby/{number}")
    assert done.returncode == 0, done.stderr
    server.restart()
    assert faults(lobby.post(guest=guest)) == [(403, "banned", None)]
