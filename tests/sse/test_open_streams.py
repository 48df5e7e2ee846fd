"""How long a stream stays open, and how it ends."""

from tests.conftest import MakeServer
from tests.recovery.scenario import World
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import bodies
from tests.support.wait import wait_until


def test_heartbeats_keep_a_quiet_stream(make_server: MakeServer, connect: Open) -> None:
    server = make_server(ping_interval=0.1, ping_timeout=0.1)
    stream = connect(server, room_stream("lobby"))
    stream.wait_until(lambda: stream.comments >= 10)
    assert stream.events == []
    server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
    stream.wait(lambda message: message["text"] == "hej")


def test_a_disconnected_reader_is_removed(world: World, follow: Open) -> None:
    before = counted(world.server, "me_api_streams")
    streams = [follow(room_stream("lobby")) for _ in range(10)]
    assert counted(world.server, "me_api_streams") == before + 10
    for number, stream in enumerate(streams):
        stream.close() if number % 2 else stream.abort()
    wait_until(
        lambda: counted(world.server, "me_api_streams") == before, what="all being forgotten"
    )


def test_what_a_reader_sends_is_ignored(world: World, follow: Open) -> None:
    room = world.room()
    stream = follow(room_stream(room))
    stream.sock.sendall(b"GET / HTTP/1.1\r\nHost: x\r\n\r\n" + b"\0" * 500_000)
    message = world.post(room)
    stream.wait(lambda found: found == message)
    assert bodies(stream) == [message]


def test_a_room_that_closes_ends_the_streams_of_guests(world: World, follow: Open) -> None:
    room, other = world.room(), world.room()
    member = follow(room_stream(room), headers={"x-access-token": world.token})
    guests, elsewhere = [follow(room_stream(room)) for _ in range(3)], follow(room_stream(other))
    world.set_guests(room, "none")
    for guest in guests:
        guest.drain()
        (event,) = guest.events
        assert (event.name, event.data["guests"]) == ("room", "none")
    hidden, shown = world.post(room), world.post(other)
    member.wait(lambda message: message == hidden)
    elsewhere.wait(lambda message: message == shown)


def test_at_a_shutdown_streams_end_with_a_retry_delay(
    make_server: MakeServer, connect: Open
) -> None:
    server = make_server()
    streams = [connect(server, room_stream("lobby")) for _ in range(5)]
    for stream in streams:
        stream.wait_until(lambda stream=stream: stream.retry)
    assert server.process is not None
    server.process.terminate()
    for stream in streams:
        stream.drain()
    assert server.wait() == 0
    assert len({stream.retry for stream in streams}) > 1, "they do not all come back at once"
    assert "Traceback" not in server.log
