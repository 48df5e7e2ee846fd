"""What tests of the promise do to a server, and what its clients make of what they hear."""

import itertools
import secrets
from typing import Any

from tests.support.events import Event, EventLog
from tests.support.http import Reply
from tests.support.node import NodeClient
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer
from tests.support.wire import WireClient

Message = dict[str, Any]
Source = NodeClient | PythonClient | WireClient

PASSWORD = "a long enough one"


class World:
    """A server with an owner, who makes rooms and writes in them over REST."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self._numbers = itertools.count(1)
        account = ["--email", "owner@example.com", "--password", PASSWORD]
        made = server.flask("users", "create", "--owner", *account)
        assert made.returncode == 0, made.stderr
        self.token = self.login("owner@example.com")

    def login(self, email: str) -> str:
        """Return a token."""
        reply = self.server.post("/login", {"email": email, "password": PASSWORD})
        return str(done(reply, 200)["token"])

    def member(self, nick: str) -> str:
        """Register a member and return a token."""
        email = f"{nick}@example.com"
        done(self.server.post("/register", {"email": email, "password": PASSWORD}), 201)
        return self.login(email)

    def room(self, guests: str = "post") -> str:
        """Make a room that no other test uses."""
        name = f"room-{next(self._numbers)}-{secrets.token_hex(3)}"
        asked = {"name": name, "guests": guests}
        done(self.server.post("/chat/rooms", asked, token=self.token), 201)
        return name

    def set_guests(self, room: str, guests: str) -> None:
        """Change what guests may do in a room."""
        path = f"/chat/rooms/{room}"
        done(self.server.patch(path, {"guests": guests}, token=self.token), 200)

    def post(self, room: str, text: str = "hej") -> Message:
        """Post as the owner."""
        path = f"/chat/rooms/{room}/messages"
        return done(self.server.post(path, {"text": text}, token=self.token), 201)

    def edit(self, message: Message, text: str) -> Message:
        """Edit as the owner."""
        return done(self.server.patch(address(message), {"text": text}, token=self.token), 200)

    def delete(self, message: Message) -> Message:
        """Delete as the owner."""
        return done(self.server.delete(address(message), token=self.token), 200)

    def stir(self, *rooms: str) -> Message:
        """Post in every room, edit twice, delete; return the newest message of the last room."""
        for room in rooms:
            first, second, third = (self.post(room, f"{n} of {room}") for n in range(3))
            self.edit(first, "edited")
            self.delete(second)
            self.edit(first, "edited again")
            self.edit(third, "edited once")
        oldest = self.history(rooms[0])[0]
        if not oldest["deleted"]:
            self.edit(oldest, f"not for the first time {secrets.token_hex(3)}")
        return self.post(rooms[-1], "the last one")

    def history(self, room: str) -> list[Message]:
        """Read a whole room over REST, oldest first."""
        found: list[Message] = []
        while True:
            after = found[-1]["id"] if found else 0
            path = f"/chat/rooms/{room}/messages?after={after}&limit=200"
            page = done(self.server.get(path, token=self.token), 200)
            found += page
            if len(page) < 200:
                return found


def address(message: Message) -> str:
    """Return the path of a message."""
    return f"/chat/rooms/{message['room']}/messages/{message['id']}"


def done(reply: Reply, status: int) -> Any:
    """Return the data of a reply that is as it should be."""
    assert reply.status == status, f"{reply.status}: {reply.json}"
    return reply.json["data"]


def save(world: World, week: int) -> None:
    """Save a report."""
    body = {"week": week, "title": "kmom", "text": f"week {week}"}
    assert world.server.post("/reports", body, token=world.token).status in (200, 201)


def heard(source: Source, since: int = 0, event: str = "message") -> list[Message]:
    """Return the log events' bodies in the order in which they came, their revs checked."""
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
    """Every change once, in rev order, across rooms."""
    revs = [message["rev"] for message in events]
    assert revs == sorted(set(revs)), f"doubled or out of order: {revs}"


class Reader:
    """A client with the answers to its joins: all that its frontend knows."""

    def __init__(self, world: World, client: Source) -> None:
        self.world = world
        self.client = client
        self.answers: list[Message] = []
        self.rooms: list[str] = []

    def join(self, *rooms: str, **options: Any) -> list[dict[str, Any]]:
        """Join rooms and return the answers."""
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
        return built(self.answers, heard(self.client), name)

    def check(self) -> None:
        """Write a last message in each room; wait for it, then compare all rooms with REST."""
        for room in self.rooms:
            last = self.world.post(room, "the end")
            wait_event(self.client, "message", lambda m, _, last=last: m == last)
        check_order(heard(self.client))
        for room in self.rooms:
            assert self.room(room) == self.world.history(room)


def call(client: Source, event: str, body: Any) -> Any:
    """Send an event of the chat and return its ack, whatever client it is."""
    if isinstance(client, WireClient):
        return client.call("/chat", event, body)
    return client.call(event, body)


def wait_event(client: Source, name: str, predicate: Any = None, **options: Any) -> list[Any]:
    """Wait for an event, whatever client it is."""
    if isinstance(client, WireClient):
        return client.wait_event(name, predicate, **options)
    return client.wait_for(name, predicate, **options)


def opening(client: EventLog, since: int) -> list[Event]:
    """Return what came on a new connection up to and with `ready`."""

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
