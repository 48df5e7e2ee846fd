"""Groups of clients: connect them, count what they receive, check that each has every message."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.client import Client
from benchmarks.counter import MessageCounter
from benchmarks.load import EventLoop
from benchmarks.senders import ClosedLoopSender

CONCURRENT_CONNECTS = 32
"""Connections opened at the same time, where connecting is not what is measured."""
ROOM = "lobby"


def connect_all(loop: EventLoop, clients: Iterable[Client], seconds: float = 120) -> None:
    """Connect all clients and join their rooms, a few at a time; wait until all are live."""
    waiting = list(clients)[::-1]
    callbacks = {id(client): client.on_live for client in waiting}

    def open_next() -> None:
        if waiting:
            waiting.pop().open()

    def connected(client: Client) -> None:
        client.on_live = callbacks.pop(id(client))
        client.on_live(client)
        open_next()

    for client in waiting:
        client.on_live = connected
    for _ in range(CONCURRENT_CONNECTS):
        open_next()
    loop.run_until(lambda: not callbacks, seconds, "all clients connected and joined")


class ClientGroup:
    """Senders and listeners, distributed over one room or several; their nicks begin with `names`.

    The packets that senders receive are parsed and checked. Those of listeners are only counted.
    """

    def __init__(
        self,
        loop: EventLoop,
        port: int,
        listeners: int,
        senders: int,
        rooms: tuple[str, ...] = (ROOM,),
        kind: type[Client] = Client,
        sender_kind: type[Client] | None = None,
        sender: type[ClosedLoopSender] = ClosedLoopSender,
        names: str = "",
    ) -> None:
        self.loop = loop
        listening = [
            kind(loop, port, f"{names}reader{n}", rooms[n % len(rooms)]) for n in range(listeners)
        ]
        sending = [
            (sender_kind or kind)(
                loop, port, f"{names}sender{n}", rooms[n % len(rooms)], urgent=True
            )
            for n in range(senders)
        ]
        connect_all(loop, listening + sending)
        self.senders = [sender(client) for client in sending]
        # The last presence events are read before counting starts.
        loop.run_for(0.3)
        self.counters = [MessageCounter(client) for client in listening]

    @property
    def delivered(self) -> int:
        """The number of messages received, summed over all clients."""
        counted = sum(counter.count for counter in self.counters)
        return counted + sum(sender.received for sender in self.senders)

    @property
    def acked(self) -> int:
        """The number of messages that the server has acknowledged."""
        return sum(sender.acked for sender in self.senders)

    def start(self, in_flight: int) -> None:
        """Start to send; each sender keeps this many messages in flight."""
        for sender in self.senders:
            sender.start(in_flight)

    def stop_and_verify(self) -> None:
        """Stop sending, wait for everything in flight, and check that each client has all of it."""
        for sender in self.senders:
            sender.stop()
        self.loop.run_until(lambda: all(s.all_acked for s in self.senders), 30, "all acknowledged")
        self.loop.run_until(self._complete, 30, "every client has every message")
        # A duplicate would arrive after the last message, so the counts are compared once more.
        self.loop.run_for(0.1)
        assert self._complete(), "a client has received a message twice"
        for sender in self.senders:
            sender.verify()

    def _complete(self) -> bool:
        sent: dict[str | None, int] = {}
        for sender in self.senders:
            sent[sender.client.room] = sent.get(sender.client.room, 0) + sender.acked
        assert not any(counter.lost for counter in self.counters), "a listener was disconnected"
        counted = all(c.count == sent.get(c.client.room, 0) for c in self.counters)
        return counted and all(s.received == sent[s.client.room] for s in self.senders)
