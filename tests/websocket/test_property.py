"""Property: after any posts, disconnects and crashes, native clients have what REST has."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, note
from hypothesis import strategies as st

from tests.recovery.conftest import shared_world, world
from tests.recovery.scenario import Message, World, address
from tests.support.native import ADDED, NativeClient
from tests.support.packets import Memory
from tests.support.properties import examples
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.support.wire import WireClient

__all__ = ["shared_world", "world"]

NAMES = ["post", "edit", "send"] * 5 + ["delete", "disconnect", "reconnect"] * 3 + ["kill"]
ACTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 1), st.integers(0, 99))


@pytest.fixture
def server(world: World) -> LiveServer:
    """Use the server of the scenario instead of the default one."""
    return world.server


class Collector:
    """A native client that stores the newest version of each message, and its position."""

    def __init__(self, world: World, room: str) -> None:
        self.proxy = Proxy(world.server.port)
        self.nick = f"n-{secrets.token_hex(4)}"
        self.guest = secrets.token_hex(16)
        self.room = room
        self.revs: list[int] = []
        self.messages: dict[int, Message] = {}
        self.client: NativeClient | None = None
        self.since: int | None = None
        self.epoch = ""
        self.reconnect()

    def reconnect(self) -> None:
        """Connect from the stored position, unless connected."""
        if self.client is not None:
            return
        since = "" if self.since is None else f"&since={self.since}&epoch={self.epoch}"
        path = f"/ws/chat?room={self.room}&nick={self.nick}&guest={self.guest}{since}"
        near: Any = type("Near", (), {"host": "127.0.0.1", "port": self.proxy.port})
        self.client = NativeClient(near, path, "json")
        assert self.client.status == 101
        if self.since is None:
            self.since = int(self.client.socket.headers["x-rev"])
            self.epoch = self.client.socket.headers["x-epoch"]

    def disconnect(self) -> None:
        """Cut the connection, and store what was received."""
        if self.client is not None:
            self.proxy.cut()
            self.drain()

    def drain(self) -> None:
        """Read to the end of a lost connection."""
        if self.client is not None:
            try:
                while True:
                    self.client.pump(5)
            except ConnectionError:
                self.store()
            self.client.abort()
            self.client = None

    def store(self) -> None:
        """Store received messages, their positions and the last position."""
        assert self.client is not None
        for body in self.client.bodies:
            if "rev" in body:
                self.revs.append(body["rev"])
                self.since = body["rev"]
                message = {name: value for name, value in body.items() if name not in ADDED}
                assert (body["timestamp"], body["data"]) == (body["time"], body["text"])
                self.messages[body["id"]] = message
        self.client.messages.clear()

    def wait(self, message: Message) -> None:
        """Wait for a version of a message, and store what was received up to it."""
        assert self.client is not None
        self.client.wait_body(lambda body: body.get("rev") == message["rev"])
        self.store()

    def close(self) -> None:
        if self.client is not None:
            self.client.abort()
        self.proxy.close()


class Scenario:
    """One example: a room, two collectors, and a writer over REST and Socket.IO."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.room = world.room()
        self.collectors = [Collector(world, self.room) for _ in range(2)]
        self.posted: list[Message] = []
        self.memory = Memory()
        self.wire: WireClient | None = None
        self.sent = 0

    def post(self, collector: Collector, which: int) -> None:
        """Post a message over REST or Socket.IO."""
        if which % 2:
            self.posted.append(self.world.post(self.room, f"posted {len(self.posted)}"))
            return
        if self.wire is None:
            self.wire = WireClient(self.world.server.host, self.world.server.port)
            self.wire.connect(auth={"token": self.world.token})
        body = {"room": self.room, "text": f"sent {len(self.posted)}"}
        self.posted.append(self.wire.call("/chat", "post", body)["data"])

    def edit(self, collector: Collector, which: int) -> None:
        """Edit a message over REST."""
        if self.posted:
            target = self.posted[which % len(self.posted)]
            path, token = address(target), self.world.token
            reply = self.world.server.patch(path, {"text": secrets.token_hex(4)}, token=token)
            assert reply.status in (200, 410), reply.json

    def delete(self, collector: Collector, which: int) -> None:
        """Delete a message over REST."""
        if self.posted:
            self.world.delete(self.posted[which % len(self.posted)])

    def send(self, collector: Collector, which: int) -> None:
        """Send a message on the native connection, without waiting for it."""
        if collector.client is not None:
            self.sent += 1
            collector.client.say(f"sent natively {self.sent}", key=secrets.token_hex(8))

    def disconnect(self, collector: Collector, which: int) -> None:
        """Cut the connection of a collector."""
        collector.disconnect()

    def reconnect(self, collector: Collector, which: int) -> None:
        """Reconnect a collector from its newest position."""
        collector.reconnect()

    def kill(self, collector: Collector, which: int) -> None:
        """Kill the server, restart it and reconnect the collectors."""
        self.world.server.restart(kill=True)
        self.abort_writer()
        for client in self.collectors:
            client.drain()
            client.reconnect()

    def abort_writer(self) -> None:
        """Abort the writer's Socket.IO connection."""
        if self.wire is not None:
            self.wire.abort()
            self.wire = None

    def close(self) -> None:
        self.abort_writer()
        for collector in self.collectors:
            collector.close()

    def check(self) -> None:
        """Reconnect all collectors, and compare what they have stored with the history."""
        for collector in self.collectors:
            collector.reconnect()
        last = self.world.post(self.room, "the end")
        for collector in self.collectors:
            collector.wait(last)
        last = self.world.post(self.room, "the very end")
        history = self.world.history(self.room)
        for collector in self.collectors:
            collector.wait(last)
            assert collector.revs == sorted(set(collector.revs)), "duplicated or out of order"
            held = [collector.messages[number] for number in sorted(collector.messages)]
            assert held == history


@pytest.fixture
def scenarios() -> Iterator[list[Scenario]]:
    """Close what a failed example has left open."""
    scenarios: list[Scenario] = []
    yield scenarios
    for scenario in scenarios:
        scenario.close()


@examples(25)
@given(acts=st.lists(ACTS, min_size=10, max_size=40))
def test_native_clients_have_stored_what_rest_has(
    world: World, scenarios: list[Scenario], acts: list[tuple[str, int, int]]
) -> None:
    scenario = Scenario(world)
    scenarios.append(scenario)
    for name, number, which in acts:
        note(f"{name} {number} {which}")
        getattr(scenario, name)(scenario.collectors[number], which)
    scenario.check()
    scenarios.pop().close()
