"""What a frontend does with the events it receives, and its comparison with REST."""

from typing import Any

from tests.recovery.scenario import Message, World
from tests.support.events import Event, EventLog
from tests.support.node import NodeClient
from tests.support.python_client import PythonClient
from tests.support.wire import WireClient

Source = NodeClient | PythonClient | WireClient


def received(source: Source, since: int = 0, event: str = "message") -> list[Message]:
    """Return the bodies of log events in order of arrival; check their revs."""
    if isinstance(source, EventLog):
        args = source.args_of(event, since)
    else:
        args = [rest for name, *rest in source.events()[since:] if name == event]
    assert all(rev == str(body["rev"]) for body, rev in args), args
    return [body for body, _ in args]


def built(answers: list[Message], events: list[Message], room: str) -> list[Message]:
    """Build a room as a frontend does: the newest version of each message, by id."""
    messages: dict[int, Message] = {}
    for message in [*answers, *events]:
        known = messages.get(message["id"])
        if message["room"] == room and (known is None or message["rev"] > known["rev"]):
            messages[message["id"]] = message
    return [messages[number] for number in sorted(messages)]


def check_order(events: list[Message]) -> None:
    """Check that every change came once, in rev order, across rooms."""
    revs = [message["rev"] for message in events]
    assert revs == sorted(set(revs)), f"doubled or out of order: {revs}"


class Reader:
    """A client and the responses to its joins: all that its frontend knows."""

    def __init__(self, world: World, client: Source) -> None:
        self.world = world
        self.client = client
        self.answers: list[Message] = []
        self.rooms: list[str] = []

    def join(self, *rooms: str, **options: Any) -> list[dict[str, Any]]:
        """Join rooms and return the responses."""
        return [self._join(room, options) for room in rooms]

    def _join(self, room: str, options: dict[str, Any]) -> dict[str, Any]:
        answer = call(self.client, "join", {"room": room, **options})
        assert "data" in answer, answer
        self.answers += answer["data"]["messages"]
        self.rooms += [] if room in self.rooms else [room]
        joined: dict[str, Any] = answer["data"]
        return joined

    def room(self, name: str) -> list[Message]:
        """Return the room as this client has it."""
        return built(self.answers, received(self.client), name)

    def check(self) -> None:
        """Post a last message in each room; wait for it, then compare all rooms with REST."""
        for room in self.rooms:
            last = self.world.post(room, "the end")
            wait_event(self.client, "message", lambda m, _, last=last: m == last)
        check_order(received(self.client))
        for room in self.rooms:
            assert self.room(room) == self.world.history(room)


def call(client: Source, event: str, body: Any) -> Any:
    """Send an event to the chat and return its ack, with any kind of client."""
    if isinstance(client, WireClient):
        return client.call("/chat", event, body)
    return client.call(event, body)


def wait_event(client: Source, name: str, predicate: Any = None, **options: Any) -> list[Any]:
    """Wait for an event, with any kind of client."""
    if isinstance(client, WireClient):
        return client.wait_event(name, predicate, **options)
    return client.wait_for(name, predicate, **options)


def opening(client: EventLog, since: int) -> list[Event]:
    """Return the events of a new connection up to and including `ready`."""

    def found(events: list[Event]) -> list[Event] | None:
        names = [event.name for event in events]
        start = names.index("connect", since)
        return (
            events[start + 1 : names.index("ready", start) + 1]
            if "ready" in names[start:]
            else None
        )

    client.wait_for("connect", since=since)
    opened: list[Event] = client.wait_until(found, what="ready")
    return opened
