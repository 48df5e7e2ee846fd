"""Making messages old, setting how long they stay, and waiting until they are removed."""

from datetime import UTC, datetime, timedelta

from me_api.eventlog import timestamp
from tests.chat.clients import Room, secret
from tests.support.server import LiveServer
from tests.support.wait import wait_until

GUEST = secret()
OLD = "2026-01-01T00:00:00.000Z"


def an_hour_ago() -> str:
    """Return a time that is old enough to be removed, and of this week."""
    return timestamp(datetime.now(UTC) - timedelta(hours=1))


def age(server: LiveServer, upto: int, time: str = OLD) -> None:
    """Make the messages of the lobby up to an id look as if they had been posted long ago."""
    server.query("UPDATE messages SET created = :time WHERE id <= :upto", time=time, upto=upto)


def keep(server: LiveServer, room: str = "lobby", **limits: int) -> None:
    """Set the retention of a room on the command line."""
    options = [f"--{name}={value}" for name, value in limits.items()]
    done = server.flask("chat", "retention", room, *options)
    assert done.returncode == 0, done.stderr


def ids(server: LiveServer, query: str = "limit=200") -> list[int]:
    return [message["id"] for message in Room(server, "lobby").page(query)["data"]]


def wait_pruned(server: LiveServer, first: int, room: str = "lobby") -> None:
    """Wait until the oldest message of a room is this one."""
    wait_until(
        lambda: Room(server, room).get().json["data"]["first_id"] == first,
        what=f"{first} being the first",
    )
