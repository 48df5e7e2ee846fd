"""F89: what polyfills of `EventSource` send, which cannot set the header."""

import pytest

from tests.recovery.scenario import World
from tests.sse.conftest import Open, room_stream
from tests.support.sse import bodies


@pytest.mark.parametrize("query", ["lastEventId={}", "since=0&lastEventId={}"])
def test_f89_a_stream_begins_after_the_position_in_the_query(
    world: World, follow: Open, query: str
) -> None:
    """F89: 422, which an EventSource takes for final."""
    room = world.room()
    first, second = world.post(room), world.post(room)
    stream = follow(f"{room_stream(room)}?{query.format(first['rev'])}")
    stream.wait(lambda message: message == second)
    assert bodies(stream) == [second]


def test_f89_the_header_is_newer_and_an_empty_one_is_none(world: World, follow: Open) -> None:
    room = world.room()
    first, second = world.post(room), world.post(room)
    path = f"{room_stream(room)}?since=0&lastEventId="
    newer = follow(f"{path}0", headers={"Last-Event-ID": str(first["rev"])})
    newer.wait(lambda message: message == second)
    assert bodies(newer) == [second]
    empty = follow(path)
    empty.wait(lambda message: message == second)
    assert bodies(empty) == [first, second]


def test_f89_what_is_no_position_is_refused(world: World) -> None:
    for wrong in ("x", "-1", "1.5"):
        answer = world.server.get(f"{room_stream('lobby')}?lastEventId={wrong}")
        assert (answer.status, answer.json["errors"][0]["source"]) == (422, "lastEventId")
