"""Moderation at one node, and in another process: clients of the other node are removed at once."""

from tests.chat.clients import Room, faults, secret
from tests.cluster.conftest import Visit, at, make_token
from tests.moderation.deleted_rooms import check_gone, count_messages, wait_deleted
from tests.moderation.opened import Opened
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

Two = tuple[LiveServer, LiveServer]


def test_a_guest_at_the_other_node_is_banned(two: Two, room: Room) -> None:
    a, b = two
    token, guest = make_token(a, "moderator", "moderator"), secret()
    number = room.say(nick="spammer", guest=guest)["id"]
    opened = Opened(b, room, nick="spammer", guest=guest)
    message = {"room": room.name, "id": number}
    body = {"message": message, "reason": "ads", "with_address": True}
    made = a.post("/moderation/bans", body, token=token)
    assert made.status == 201, made.body
    opened.wait_banned(None, "ads")
    # The address is known at the other node, which adds it: others there are refused, too.
    wait_until(lambda: at(b, room).post(nick="another").status == 403, what="the address")
    opened.check_nothing_opens(None, "ads")
    ((ban,),) = (a.get("/moderation/bans", token=token).json["data"],)
    assert (ban["kind"], ban["addresses"]) == ("guest", 1)
    assert a.delete(f"/moderation/bans/{ban['id']}", token=token).status == 204
    wait_until(lambda: at(b, room).post(nick="another").status == 201, what="the end of the ban")
    opened.close()


def test_a_user_is_banned_by_another_process(two: Two, room: Room) -> None:
    token = make_token(two[0], "bo")
    opened = Opened(two[1], room, token=token)
    done = two[0].flask("moderation", "ban", "--user", "bo", "--room", room.name)
    assert done.returncode == 0, done.stderr
    opened.wait_banned(room.name, "")
    opened.check_nothing_opens(room.name, "")
    opened.close()


def test_messages_are_purged_and_the_room_is_deleted_at_every_node(
    two: Two, room: Room, visit: Visit
) -> None:
    a, b = two
    owner, guest = make_token(a, "owner", "owner"), secret()
    reader = visit(b, at(b, room), nick="reader", guest=secret())
    for number in range(100):
        since = room.say(f"{room.name}secret {number}", nick="spammer", guest=guest)["rev"]
    message = {"room": room.name, "id": 1}
    done = b.post("/moderation/purge", {"message": message}, token=owner)
    assert done.json["data"]["count"] == 100
    while len([message for message in reader.messages() if message["deleted"]]) < 100:
        reader.pump(WAIT_SECONDS)
    revs = [m["rev"] for m in reader.messages()]
    assert revs == sorted(set(revs))
    for number in range(100):
        room.say(f"{room.name}secret {number}", nick="poster")
    opened = Opened(b, room, nick="guest", guest=secret())
    assert a.delete(room.url, token=owner).status == 204
    wait_deleted(opened)
    check_gone(a, room, since)
    check_gone(b, at(b, room), since)
    wait_until(lambda: count_messages(a, room.name) == 0, what="the messages being deleted")
    opened.close()


def test_an_archived_room_takes_no_post_of_the_other_node(two: Two, room: Room) -> None:
    a, b = two
    owner = make_token(a, "owner", "owner")
    for _ in range(20):
        assert a.patch(room.url, {"archived": True}, token=owner).status == 200
        last = room.get().json["data"]["last_id"]
        # The other node may not know it yet: what it decides is compared when it is stored.
        assert faults(at(b, room).post()) == [(403, "room_archived", None)]
        assert room.get().json["data"]["last_id"] == last
        assert a.patch(room.url, {"archived": False}, token=owner).status == 200
        assert at(b, room).post().status == 201
