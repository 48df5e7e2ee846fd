"""The format of a stream, and where it begins."""

from http import HTTPStatus

import pytest

from tests.conftest import MakeServer
from tests.recovery.scenario import World, save
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import EventStream, bodies


def newest(world: World) -> int:
    """Return the position of the newest change that readers have."""
    rev: int = world.server.get("/readyz").json["data"]["rev"]
    return rev


def test_each_change_comes_as_it_happens(world: World, follow: Open) -> None:
    room = world.room()
    stream = follow(room_stream(room))
    first, second = world.post(room, "hej åäö\nnext line"), world.post(room)
    changed = [first, second, world.edit(first, "edited"), world.delete(second)]
    stream.wait(lambda message: message == changed[-1])
    assert bodies(stream) == changed
    assert {event.name for event in stream.events} == {"message"}


def test_the_head_of_the_answer(world: World, follow: Open) -> None:
    stream = follow(room_stream("lobby"), headers={"Origin": "http://elsewhere.example"})
    wanted = {
        "content-type": "text/event-stream",
        "cache-control": "no-cache",
        "x-accel-buffering": "no",
        "connection": "close",
        "access-control-allow-origin": "http://elsewhere.example",
        "x-epoch": world.server.get("/reports").json["epoch"],
    }
    assert wanted.items() <= stream.headers.items()
    assert "x-epoch" in stream.headers["access-control-expose-headers"].lower()
    assert "date" in stream.headers
    assert not {"content-length", "transfer-encoding"} & stream.headers.keys()


def test_it_begins_with_its_position(world: World, follow: Open) -> None:
    """A client that never received an event resumes where it connected."""
    room = world.room()
    last = world.post(room)
    stream = follow(room_stream(room))
    stream.wait_until(lambda: stream.retry)
    assert int(stream.last_id) == newest(world) >= last["rev"]
    assert stream.events == []
    assert 0 < (stream.retry or 0) <= 5000


def test_a_replay_begins_with_the_position_that_was_asked_for(world: World, follow: Open) -> None:
    """With the newest position instead, a stream cut during its replay would lose the rest."""
    room = world.room()
    missed = [world.post(room) for _ in range(3)]
    since = missed[0]["rev"] - 1
    stream = follow(f"{room_stream(room)}?since={since}")
    stream.wait(lambda message: message == missed[-1])
    assert stream.first_id == str(since)
    assert bodies(stream) == missed


def test_what_was_missed_then_live(world: World, follow: Open) -> None:
    room = world.room()
    seen, *missed = (world.post(room) for _ in range(150))
    stream = follow(f"{room_stream(room)}?since={seen['rev']}")
    live = world.post(room)
    stream.wait(lambda message: message == live)
    assert bodies(stream) == [*missed, live]


def test_the_header_counts_for_more_than_the_address(world: World, follow: Open) -> None:
    """An EventSource keeps its URL when it reconnects; only the Last-Event-ID header advances."""
    room = world.room()
    messages = [world.post(room) for _ in range(3)]
    stream = follow(f"{room_stream(room)}?since=0", last=str(messages[1]["rev"]))
    stream.wait(lambda message: message == messages[2])
    assert bodies(stream) == messages[2:]


def test_an_empty_header_is_none(world: World, follow: Open) -> None:
    room = world.room()
    message = world.post(room)
    stream = follow(f"{room_stream(room)}?since=0", headers={"Last-Event-ID": ""})
    stream.wait(lambda found: found == message)


def test_a_head_asked_for_alone(world: World, connect: Open) -> None:
    before = counted(world.server, "me_api_streams")
    stream = connect(world.server, room_stream("lobby"), method="HEAD")
    assert (stream.status, stream.body) == (200, b"")
    assert stream.headers["content-type"] == "text/event-stream"
    assert counted(world.server, "me_api_streams") == before
    assert connect(world.server, room_stream("attic"), method="HEAD").status == 404


def test_http_1_0_gets_the_same(world: World, follow: Open) -> None:
    room = world.room()
    stream = follow(room_stream(room), version="1.0")
    message = world.post(room)
    stream.wait(lambda found: found == message)


@pytest.mark.parametrize(
    ("path", "last", "status", "code", "source"),
    [
        ("/chat/rooms/attic/stream", "", 404, "not_found", "room"),
        ("/chat/rooms/lobby/stream?since=-1", "", 422, "invalid", "since"),
        ("/chat/rooms/lobby/stream?since=x", "", 422, "invalid", "since"),
        ("/chat/rooms/lobby/stream?sinse=1", "", 422, "invalid", "sinse"),
        ("/chat/rooms/lobby/stream?token=secret", "", 422, "invalid", "token"),
        ("/chat/rooms/lobby/stream", "x", 422, "invalid", "Last-Event-ID"),
        ("/chat/rooms/lobby/stream", "-1", 422, "invalid", "Last-Event-ID"),
        ("/chat/rooms/lobby/stream?since=9000000", "", 410, "beyond_head", None),
        ("/chat/rooms/lobby/stream", "9000000", 410, "beyond_head", None),
        ("/chat/rooms/lobby/stream?epoch=another", "", 410, "foreign_epoch", None),
        ("/reports/stream?since=9000000", "", 410, "beyond_head", None),
        ("/reports/stream?since=x", "", 422, "invalid", "since"),
        ("/stream?since=0&epoch=another", "", 410, "foreign_epoch", None),
        ("/stream", "x", 422, "invalid", "Last-Event-ID"),
    ],
)
def test_errors_have_the_usual_envelope(
    world: World, connect: Open, path: str, last: str, status: int, code: str, source: str | None
) -> None:
    stream = connect(world.server, path, last=last)
    error = stream.json["errors"][0]
    assert (stream.status, error["status"], error["code"]) == (status, status, code)
    assert (error.get("source"), error["title"]) == (source, error_title(status))
    if status == 410:
        assert stream.json["rev"] == newest(world)
        assert stream.json["epoch"] == world.server.get("/reports").json["epoch"]


def error_title(status: int) -> str:
    """Return the reason phrase of a status."""
    return "Unprocessable Content" if status == 422 else HTTPStatus(status).phrase


def test_a_token_is_checked(world: World, connect: Open) -> None:
    room = world.room("none")
    assert connect(world.server, room_stream(room)).json["errors"][0]["code"] == "members_only"
    for headers in ({"x-access-token": "no"}, {"Authorization": "Bearer no"}):
        stream = connect(world.server, "/stream", headers=headers)
        assert stream.json["errors"][0]["code"] == "bad_token"
    for name, value in (("x-access-token", ""), ("Authorization", "Bearer ")):
        stream = connect(world.server, room_stream(room), headers={name: f"{value}{world.token}"})
        message = world.post(room)
        stream.wait(lambda found, message=message: found == message)


def test_reports_are_streamed_with_their_deletion(world: World, follow: Open) -> None:
    stream = follow("/reports/stream")
    save(world, 3)
    report = world.server.get("/reports/week/3").json["data"]
    stream.wait(lambda found: found == report)
    assert world.server.delete("/reports/week/3", token=world.token).status == 204
    stream.wait(lambda found: found["deleted"])
    assert [event.name for event in stream.events] == ["report", "report"]
    assert [found["week"] for found in bodies(stream)] == [3, 3]


def test_two_servers_on_one_database(world: World, make_server: MakeServer, connect: Open) -> None:
    """A position from one server is not rejected by the other as one of the future."""
    settings = {name: world.server.settings[name] for name in ("database_url", "jwt_secret")}
    other = make_server(entry="second_server", **settings)
    room = world.room()
    for _ in range(5):
        last = world.post(room)
        stream: EventStream = connect(other, room_stream(room), last=str(last["rev"]))
        assert stream.status == 200, stream.body
    message = world.post(room)
    stream.wait(lambda found: found == message)
