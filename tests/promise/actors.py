"""Two guests, on the stock client and on raw frames, that record all they receive."""

import secrets
from concurrent.futures import Future
from typing import Any

from tests.recovery.rest_reader import built, check_order, received
from tests.recovery.scenario import Message, World
from tests.support.node import NodeClient, NodeClients, NodeError
from tests.support.packets import Memory
from tests.support.wire import WireClient


class Actor:
    """A guest with a frontend, who also sends REST requests and waits for few acknowledgements."""

    def __init__(self, world: World, nick: str) -> None:
        self.world = world
        self.auth = {"nick": f"{nick}-{secrets.token_hex(4)}", "guest": secrets.token_hex(16)}
        self.away = False
        self.rooms: set[str] = set()
        self.mine: list[Message] = []
        self.answers: list[Message] = []
        self.joined: dict[str, int] = {}

    def events(self) -> list[Message]:
        """Return all messages received as events."""
        raise NotImplementedError

    def call(self, event: str, body: dict[str, Any]) -> Any:
        """Send an event and return its ack."""
        raise NotImplementedError

    def send(self, event: str, body: dict[str, Any]) -> None:
        """Send an event without waiting for its ack."""
        raise NotImplementedError

    def rest(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Send a REST request; return the data, or None if it was refused."""
        reply = self.world.server.request(method, path, body, guest=self.auth["guest"])
        assert reply.status in (200, 201, 410), reply
        return reply.json.get("data")

    def cut(self) -> None:
        """Lose the connection and stay disconnected."""
        raise NotImplementedError

    def reconnect(self) -> None:
        """Reconnect and check that the session was recovered."""
        raise NotImplementedError

    def join(self, room: str, since: bool) -> None:
        """Join a room, from its last position or from scratch."""
        position = self.position(room) if since else None
        body = {} if position is None else {"since": position}
        answer = self.call("join", {"room": room, **body})["data"]
        assert not answer["more"]
        assert answer["recovered"] == bool(body)
        self.joined[room] = answer["rev"]
        self.answers += answer["messages"]
        self.rooms.add(room)

    def position(self, room: str) -> int | None:
        """Return the position up to which the room is known.

        Events do not count if no join was answered: what was before them is not known.
        """
        if room not in self.rooms:
            return self.joined.get(room)
        revs = [message["rev"] for message in self.events() if message["room"] == room]
        return max([self.joined[room], *revs])

    def leave(self, room: str) -> None:
        assert "data" in self.call("leave", {"room": room})
        if (position := self.position(room)) is not None:
            self.joined[room] = position
        self.rooms.discard(room)

    def check(self) -> None:
        """Compare the joined rooms with REST."""
        check_order(self.events())
        for room in self.rooms:
            assert built(self.answers, self.events(), room) == self.world.history(room)


class StockActor(Actor):
    """A guest on the JavaScript client."""

    def __init__(self, world: World, node: NodeClients, transport: str) -> None:
        super().__init__(world, "js")
        self._sent: list[Future[Any]] = []
        url = world.server.url
        self.client: NodeClient = node.connect(url, auth=self.auth, transports=[transport])

    def events(self) -> list[Message]:
        return received(self.client)

    def call(self, event: str, body: dict[str, Any]) -> Any:
        return self.client.call(event, body)

    def send(self, event: str, body: dict[str, Any]) -> None:
        self._sent.append(self.client.start_call(event, body))

    def wait_acks(self) -> None:
        """Wait for all acks; those that were lost with a connection fail."""
        for future in self._sent:
            error = future.exception()
            assert error is None or isinstance(error, NodeError)
        self._sent.clear()

    def cut(self) -> None:
        since = self.client.mark()
        self.client.hold()
        self.client.cut()
        self.client.wait_for("disconnect", since=since)

    def reconnect(self) -> None:
        since = self.client.mark()
        self.client.release()
        self.recovered(since)

    def recovered(self, since: int) -> None:
        """Wait until the client has recovered its rooms."""
        assert self.client.wait_connected(since)["recovered"]
        self.client.wait_for("ready", lambda body, _: set(body["rooms"]) >= self.rooms, since=since)

    def wait(self, message: Message) -> None:
        self.client.wait_for("message", lambda m, _: m == message)


class WireActor(Actor):
    """A guest on raw frames."""

    def __init__(self, world: World) -> None:
        super().__init__(world, "wire")
        self._memory = Memory()
        self._events: list[Message] = []
        self._connect()

    def events(self) -> list[Message]:
        return self._events + ([] if self.away else received(self.client))

    def call(self, event: str, body: dict[str, Any]) -> Any:
        return self.client.call("/chat", event, body)

    def send(self, event: str, body: dict[str, Any]) -> None:
        self.client.emit("/chat", event, body, ack_id=1)

    def cut(self) -> None:
        """Reset the connection; what was sent may not have been read, on either side."""
        self._events = self.events()
        self.client.abort()

    def reconnect(self) -> None:
        pid = self._memory.pid["/chat"]
        self._connect()
        assert self._memory.pid["/chat"] == pid
        ready = self.client.wait_event("ready")[0]
        assert set(ready["rooms"]) >= self.rooms

    def wait(self, message: Message) -> None:
        if message not in self._events:
            self.client.wait_event("message", lambda m, _: m == message)

    def _connect(self) -> None:
        server = self.world.server
        self.client = WireClient(server.host, server.port, memory=self._memory)
        try:
            self.client.connect(auth=self.auth)
        except BaseException:
            self.client.abort()
            raise
