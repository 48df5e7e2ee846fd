"""Whatever is done, however cut and killed: what a native client collected is what REST has."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, note, settings
from hypothesis import strategies as st

from tests.recovery.conftest import shared_world, world
from tests.recovery.scenario import Message, World, address
from tests.support.native import NativeClient
from tests.support.packets import Memory
from tests.support.proxy import Proxy
from tests.support.server import LiveServer
from tests.support.wire import WireClient

__all__ = ["shared_world", "world"]

NAMES = ["post", "edit", "say"] * 5 + ["delete", "cut", "back"] * 3 + ["kill"]
ACTS = st.tuples(st.sampled_from(NAMES), st.integers(0, 1), st.integers(0, 99))
ADDED = ("timestamp", "data")


@pytest.fixture
def server(world: World) -> LiveServer:
    """Lend the world's server in place of the usual one."""
    return world.server


class Collector:
    """A native client that keeps the newest of each message, and one integer."""

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
        self.back()

    def back(self) -> None:
        """Come back to where it was."""
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

    def cut(self) -> None:
        """Lose the connection; what has come by then is read."""
        if self.client is not None:
            self.proxy.cut()
            self.lost()

    def lost(self) -> None:
        """Read what the dead connection has brought."""
        if self.client is not None:
            try:
                while True:
                    self.client.pump(5)
            except ConnectionError:
                self.take()
            self.client.abort()
            self.client = None

    def take(self) -> None:
        """Keep what has come."""
        assert self.client is not None
        for body in self.client.bodies:
            if "rev" in body:
                self.revs.append(body["rev"])
                self.since = body["rev"]
                plain = {name: value for name, value in body.items() if name not in ADDED}
                assert (body["timestamp"], body["data"]) == (body["time"], body["text"])
                self.messages[body["id"]] = plain
        self.client.messages.clear()

    def wait(self, message: Message) -> None:
        """Wait for a message."""
        assert self.client is not None
        self.client.wait_body(lambda body: body.get("rev") == message["rev"], 20)
        self.take()

    def end(self) -> None:
        """Leave."""
        if self.client is not None:
            self.client.abort()
        self.proxy.close()


class Play:
    """One example: a room, two collectors, and a writer over REST and Socket.IO."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.room = world.room()
        self.collectors = [Collector(world, self.room) for _ in range(2)]
        self.posted: list[Message] = []
        self.memory = Memory()
        self.wire: WireClient | None = None
        self.said = 0

    def post(self, who: Collector, which: int) -> None:
        """Post over REST or Socket.IO."""
        if which % 2:
            self.posted.append(self.world.post(self.room, f"posted {len(self.posted)}"))
            return
        if self.wire is None:
            self.wire = WireClient(self.world.server.host, self.world.server.port)
            self.wire.connect(auth={"token": self.world.token})
        body = {"room": self.room, "text": f"sent {len(self.posted)}"}
        self.posted.append(self.wire.call("/chat", "post", body)["data"])

    def edit(self, who: Collector, which: int) -> None:
        """Edit over REST."""
        if self.posted:
            target = self.posted[which % len(self.posted)]
            path, token = address(target), self.world.token
            reply = self.world.server.patch(path, {"text": secrets.token_hex(4)}, token=token)
            assert reply.status in (200, 410), reply.json

    def delete(self, who: Collector, which: int) -> None:
        """Delete over REST."""
        if self.posted:
            self.world.delete(self.posted[which % len(self.posted)])

    def say(self, who: Collector, which: int) -> None:
        """Say something on the native connection, without waiting for it."""
        if who.client is not None:
            self.said += 1
            who.client.say(f"said {self.said}", key=secrets.token_hex(8))

    def cut(self, who: Collector, which: int) -> None:
        """Cut one off."""
        who.cut()

    def back(self, who: Collector, which: int) -> None:
        """Let one come back."""
        who.back()

    def kill(self, who: Collector, which: int) -> None:
        """Kill the server and start it."""
        self.world.server.restart(kill=True)
        self.hang_up()
        for collector in self.collectors:
            collector.lost()
            collector.back()

    def hang_up(self) -> None:
        """Lose the writer's connection."""
        if self.wire is not None:
            self.wire.abort()
            self.wire = None

    def leave(self) -> None:
        """Close everything."""
        self.hang_up()
        for collector in self.collectors:
            collector.end()

    def end(self) -> None:
        """Let all come back, and compare."""
        for collector in self.collectors:
            collector.back()
        last = self.world.post(self.room, "the end")
        for collector in self.collectors:
            collector.wait(last)
        last = self.world.post(self.room, "the very end")
        history = self.world.history(self.room)
        for collector in self.collectors:
            collector.wait(last)
            assert collector.revs == sorted(set(collector.revs)), "doubled or out of order"
            held = [collector.messages[number] for number in sorted(collector.messages)]
            assert held == history


@pytest.fixture
def nothing_left() -> Iterator[list[Play]]:
    """Close what an example has left open."""
    plays: list[Play] = []
    yield plays
    for play in plays:
        play.leave()


@settings(
    max_examples=25,
    deadline=None,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(acts=st.lists(ACTS, min_size=10, max_size=40))
def test_what_native_clients_collected_is_what_rest_has(
    world: World, nothing_left: list[Play], acts: list[tuple[str, int, int]]
) -> None:
    play = Play(world)
    nothing_left.append(play)
    for name, who, which in acts:
        note(f"{name} {who} {which}")
        getattr(play, name)(play.collectors[who], which)
    play.end()
    nothing_left.pop().leave()
