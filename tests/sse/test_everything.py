"""The stream of everything that its reader may read, as rooms are created, closed and opened."""

from typing import Any

from tests.recovery.scenario import World, save
from tests.sse.conftest import Open
from tests.support.sse import EventStream, bodies
from tests.support.wait import wait_until


def seen(stream: EventStream, *mine: Any) -> list[Any]:
    """Return the changes of these objects, in the order of their arrival."""
    return [body for body in bodies(stream) if body in mine]


def test_all_rooms_and_the_reports_in_one_order(world: World, follow: Open) -> None:
    rooms = [world.room(), world.room()]
    stream = follow("/stream")
    first, second = world.post(rooms[0]), world.post(rooms[1])
    save(world, 5)
    report = world.server.get("/reports/week/5").json["data"]
    last = world.post(rooms[0])
    stream.wait(lambda body: body == last)
    assert seen(stream, first, second, report, last) == [first, second, report, last]
    names = {event.name for event in stream.events if event.data == report}
    assert names == {"report"}


def test_rooms_made_later_come_too(world: World, follow: Open) -> None:
    stream = follow("/stream")
    message = world.post(world.room())
    stream.wait(lambda body: body == message)


def test_rooms_closed_to_guests_leave_and_come_back(world: World, follow: Open) -> None:
    room, other = world.room(), world.room()
    guest, member = follow("/stream"), follow("/stream", headers={"x-access-token": world.token})
    before = world.post(room)
    guest.wait(lambda body: body == before)
    world.set_guests(room, "none")
    hidden, elsewhere = world.post(room), world.post(other)
    guest.wait(lambda body: body == elsewhere)
    world.set_guests(room, "read")
    after = world.post(room)
    for stream in (guest, member):
        stream.wait(lambda body: body == after)
    mine = (before, hidden, elsewhere, after)
    assert seen(guest, *mine) == [before, elsewhere, after]
    assert seen(member, *mine) == [before, hidden, elsewhere, after]


def test_what_was_missed_without_what_is_closed(world: World, follow: Open) -> None:
    """Replays from memory and, after a restart, from the database."""
    room, closed = world.room(), world.room("none")
    start = world.post(room)
    mine = [world.post(place) for place in (room, closed) * 60]
    for _ in range(2):
        guest = follow(f"/stream?since={start['rev']}")
        member = follow("/stream", last=str(start["rev"]), headers={"x-access-token": world.token})
        for stream, expected in ((guest, mine[::2]), (member, mine)):
            stream.wait(lambda body, expected=expected: body == expected[-1])
            assert seen(stream, *mine) == expected
        world.server.restart()


def test_a_batch_of_hidden_changes_sends_nothing(world: World, follow: Open) -> None:
    closed, room = world.room("none"), world.room()
    guest = follow("/stream")
    hidden = world.post(closed)
    shown = world.post(room)
    guest.wait(lambda body: body == shown)
    assert hidden not in bodies(guest)


def test_what_others_were_sent_before_a_room_closed_is_not_sent_after_it(
    world: World, follow: Open
) -> None:
    """Guests who missed the same get the same page; another process closes the room meanwhile."""
    room, other = world.room(), world.room()
    start = world.post(other)["rev"]
    secret, last = world.post(room), world.post(other)
    early = follow(f"/stream?since={start}")
    early.wait(lambda body: body == last)
    assert seen(early, secret, last) == [secret, last]
    world.server.query("UPDATE rooms SET guests = 'none' WHERE name = :room", room=room)
    wait_until(lambda: world.server.get(f"/chat/rooms/{room}/messages").status == 403)
    late = follow(f"/stream?since={start}")
    late.wait(lambda body: body == last)
    assert seen(late, secret, last) == [last]
