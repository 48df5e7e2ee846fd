"""Wire clients of the chat, and the order of what they received."""

import copy
from typing import Any

from tests.support.packets import CONNECT, EVENT, Memory
from tests.support.server import LiveServer
from tests.support.wire import WireClient

GUEST = "a guest's secret of many bits"


class Wires:
    """Creates wire clients of a server, and closes them after the test."""

    def __init__(self, server: LiveServer) -> None:
        self.server = server
        self._made: list[WireClient] = []

    def raw(
        self, memory: Memory | None = None, server: LiveServer | None = None, **options: Any
    ) -> WireClient:
        """Create a client without connecting it to a namespace."""
        server = server or self.server
        client = WireClient(server.host, server.port, memory=memory, **options)
        self._made.append(client)
        return client

    def open(
        self, memory: Memory | None = None, server: LiveServer | None = None, **auth: Any
    ) -> WireClient:
        """Connect to the chat and read up to `ready`."""
        client = self.raw(memory, server)
        client.connect(auth=auth)
        client.wait_event("ready")
        return client

    def again(self, old: WireClient, **auth: Any) -> WireClient:
        """Reconnect with the pid and offset of an old connection, which may still be open."""
        return self.open(copy.deepcopy(old.memory), **auth)

    def close(self) -> None:
        for client in self._made:
            client.abort()


def recovered(old: WireClient, new: WireClient) -> bool:
    """Return whether the client has the same pid again, which is how it sees a recovery."""
    return new.memory.pid["/chat"] == old.memory.pid["/chat"]


def ready(client: WireClient) -> dict[str, Any]:
    """Return the body of the last `ready`."""
    bodies = [args[0] for name, *args in client.events("/chat") if name == "ready"]
    body: dict[str, Any] = bodies[-1]
    return body


def names(client: WireClient) -> list[str]:
    """Return the chat's packets in order of arrival: CONNECT, and events by name."""
    return [
        "CONNECT" if packet.type == CONNECT else packet.data[0]
        for packet in client.packets
        if packet.type in (CONNECT, EVENT) and packet.namespace == "/chat"
    ]


def flood(
    client: WireClient,
    rooms: list[str],
    count: int,
    text: str,
    *,
    first: int = 0,
    in_flight: int = 20,
) -> None:
    """Post many messages, a few in flight at a time."""
    for start in range(first, first + count, in_flight):
        numbers = range(start, min(start + in_flight, first + count))
        for number in numbers:
            body = {"room": rooms[number % len(rooms)], "text": f"{number} {text}"}
            client.emit("/chat", "post", body, ack_id=number)
        for number in numbers:
            assert "data" in client.wait_ack(number)
        client.packets.clear()
