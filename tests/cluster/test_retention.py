"""Old messages are removed by one node at a time, and every node refuses cursors from before."""

from tests.chat.clients import Room
from tests.cluster.conftest import at
from tests.support.server import LiveServer
from tests.support.wait import wait_until


def test_one_node_removes_and_all_follow(two: tuple[LiveServer, LiveServer], room: Room) -> None:
    for number in range(6):
        room.say(f"nummer {number}")
    # Another node has the lease: nothing is removed until it lapses.
    two[0].query("UPDATE pruning SET node = 'x', until = clock_timestamp() + interval '1 hour'")
    two[0].query("UPDATE messages SET created = '2026-01-01T00:00:00.000Z' WHERE id <= 4")
    two[0].query("UPDATE rooms SET retention_messages = 2 WHERE name = :name", name=room.name)
    assert room.get().json["data"]["first_id"] == 1
    two[0].query("UPDATE pruning SET until = clock_timestamp()")
    for server in two:
        there = at(server, room)
        wait_until(lambda there=there: there.get().json["data"]["first_id"] == 5, what="removal")
        assert [message["id"] for message in there.page()["data"]] == [5, 6]
        first = there.page()["data"][0]["rev"]
        wait_until(
            lambda there=there, first=first: there.get(f"/changes?since={first - 3}").status == 410,
            what="the memory following",
        )
    ((node,),) = two[0].query("SELECT node FROM pruning")
    assert node != "x"
