"""Many clients at once: connecting them, counting them, and checking that each has everything."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.client import Client
from benchmarks.counter import Counter
from benchmarks.load import Load
from benchmarks.senders import Sender

AT_ONCE = 32
"""Connections that are being made at the same time, where it is not the thing measured."""
ROOM = "lobby"


def connect_all(load: Load, clients: Iterable[Client], seconds: float = 120) -> None:
    """Connect and join all, some at a time."""
    waiting = list(clients)[::-1]
    hooks = {id(client): client.on_live for client in waiting}

    def open_next() -> None:
        if waiting:
            waiting.pop().open()

    def connected(client: Client) -> None:
        client.on_live = hooks.pop(id(client))
        client.on_live(client)
        open_next()

    for client in waiting:
        client.on_live = connected
    for _ in range(AT_ONCE):
        open_next()
    load.run_until(lambda: not hooks, seconds, "everybody connected and joined")


class Crowd:
    """Listeners that are counted, and senders that are parsed, in one room or several."""

    def __init__(
        self,
        load: Load,
        port: int,
        listeners: int,
        senders: int,
        rooms: tuple[str, ...] = (ROOM,),
        kind: type[Client] = Client,
        sender: type[Sender] = Sender,
    ) -> None:
        self.load = load
        quiet = [kind(load, port, f"reader{n}", rooms[n % len(rooms)]) for n in range(listeners)]
        busy = [
            kind(load, port, f"sender{n}", rooms[n % len(rooms)], urgent=True)
            for n in range(senders)
        ]
        connect_all(load, quiet + busy)
        self.senders = [sender(client) for client in busy]
        load.run_for(0.3)  # what comes of the joining
        self.counters = [Counter(client) for client in quiet]

    @property
    def delivered(self) -> int:
        """Count the messages that arrived anywhere."""
        counted = sum(counter.count for counter in self.counters)
        return counted + sum(sender.arrived for sender in self.senders)

    @property
    def acked(self) -> int:
        """Count the messages that were acknowledged."""
        return sum(sender.acked for sender in self.senders)

    def send(self, in_flight: int) -> None:
        """Have every sender keep so many messages in flight."""
        for sender in self.senders:
            sender.start(in_flight)

    def settle(self) -> None:
        """Stop sending, wait for all that is on its way, and check that everybody has all of it."""
        for sender in self.senders:
            sender.stop()
        self.load.run_until(lambda: all(s.settled for s in self.senders), 30, "all acknowledged")
        self.load.run_until(self._complete, 30, "everybody has every message")
        self.load.run_for(0.1)
        assert self._complete(), "somebody has a message twice"
        for sender in self.senders:
            sender.check()

    def _complete(self) -> bool:
        sent: dict[str | None, int] = {}
        for sender in self.senders:
            sent[sender.client.room] = sent.get(sender.client.room, 0) + sender.acked
        assert not any(counter.lost for counter in self.counters), "a listener was disconnected"
        heard = all(c.count == sent.get(c.client.room, 0) for c in self.counters)
        return heard and all(s.arrived == sent[s.client.room] for s in self.senders)
