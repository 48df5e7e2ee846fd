"""What is left of a room that was deleted: nothing, and what clients receive of it."""

from typing import Any

from tests.chat.clients import Room, faults
from tests.moderation.opened import POLICY_VIOLATION, Opened
from tests.support.server import LiveServer

DELETED = [(410, "room_deleted", "room")]


def wait_deleted(opened: Opened) -> None:
    """Wait until every connection has received that its room was deleted, and nothing else."""
    name = opened.room.name
    body = opened.chat.wait_event("room", lambda body: body["deleted"])[0]
    assert body["name"] == name
    opened.chat.wait_event("left", lambda body: body["room"] == name)
    native = opened.native.wait_body(lambda body: body.get("event") == "room")
    assert native["deleted"]
    assert opened.native.ended() == POLICY_VIOLATION
    opened.wait_end(opened.stream)
    assert opened.stream.events[-1].data["deleted"]
    # It follows other rooms, too, and goes on.
    opened.everything.wait(lambda data: data.get("deleted") and data.get("name") == name)
    assert not opened.everything.closed
    assert faults(opened.poll.result()) == DELETED
    for event in ("post", "join", "history", "changes"):
        fields = {"text": "x"} if event == "post" else {}
        assert faults(opened.chat.do(event, room=name, **fields)) == DELETED


def check_gone(server: LiveServer, room: Room, since: int) -> None:
    """Assert that nothing of a room can be read."""
    for path in ("", "/messages", "/messages/1", f"/changes?since={since}", "/stream", "/export"):
        assert faults(room.get(path)) == DELETED, path
    assert faults(room.post()) == DELETED
    assert room.name not in [each["name"] for each in server.get("/chat/rooms").json["data"]]
    assert server.get(f"/chat/search?q={room.name}secret").json["data"] == []


def count_messages(server: LiveServer, name: str) -> Any:
    """Return how many messages of a room are stored."""
    ((count,),) = server.query(
        "SELECT count(*) FROM messages JOIN rooms ON rooms.id = room_id WHERE name = :name",
        name=name,
    )
    return count
