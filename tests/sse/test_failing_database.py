"""A database that fails while a stream is read: the stream ends, and resumes without a gap."""

import pytest

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires, flood
from tests.recovery.scenario import World, save, without_table
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import EventStream, bodies
from tests.support.wait import wait_until

MISSED = 1600
"""More than the kernels and the bound hold: a reader cannot be sent it all before it reads."""


def test_a_failure_in_the_middle_of_a_replay(small_buffer: World, connect: Open) -> None:
    """What was sent stays valid, nothing is sent twice, and no client is closed as slow."""
    server, room = small_buffer.server, small_buffer.room()
    wires, start = Wires(server), str(small_buffer.post(room)["rev"])
    flood(wires.open(nick="posts"), [room], MISSED, "x" * 3900, in_flight=3)
    wires.close()
    server.restart(kill=True)  # Or memory would know it all.
    paths = [room_stream(room), "/stream"]
    cut = {path: connect(server, path, last=start, buffer=4096) for path in paths}
    for stream in cut.values():
        stream.wait_until(lambda stream=stream: stream.events)
    with without_table(small_buffer, "messages"):
        for path, stream in cut.items():
            stream.drain()
            assert 0 < len(stream.events) < MISSED
            vain = connect(server, path, last=stream.last_id)
            vain.drain()
            assert (vain.status, vain.events, vain.first_id) == (200, [], stream.last_id)
    ended = small_buffer.post(room, "the end")
    for path, stream in cut.items():
        back = connect(server, path, last=stream.last_id)
        back.wait(lambda message: message == ended, timeout=30)
        assert bodies(stream) + bodies(back) == small_buffer.history(room)[1:]
    wait_until(lambda: counted(server, "me_api_streams") == len(paths), what="those that ended")
    assert counted(server, 'me_api_slow_clients_total{interface="sse"}') == 0
    assert "unexpected" not in server.log


@pytest.mark.parametrize("path", [room_stream("lobby"), "/reports/stream", "/stream"])
def test_a_reconnect_meanwhile_is_retried(
    make_server: MakeServer, connect: Open, path: str
) -> None:
    """A browser's `EventSource` takes 503 for final."""
    world = World(make_server())
    save(world, 1)
    report, message = world.server.get("/reports/week/1").json["data"], world.post("lobby")
    last, missed = str(report["rev"] - 1), report if "reports" in path else message

    def come(**options: str) -> EventStream:
        return connect(world.server, path, headers={"x-access-token": world.token}, **options)

    with without_table(world, "users"):
        assert come().json["errors"][0]["code"] == "storage_unavailable"
        vain = come(last=last)
        vain.wait_until(lambda: vain.retry)
        assert (vain.status, vain.headers["content-type"]) == (200, "text/event-stream")
        assert vain.headers["content-length"] == str(len(b"retry: 1000\n\n")), "and it ends"
        assert (vain.events, vain.last_id) == ([], last)
    come(last=vain.last_id).wait(lambda found: found == missed)
    assert "unexpected" not in world.server.log
