"""Soft messages between nodes, by NOTIFY: gathered, cut into payloads, and put together again.

They need not arrive: what is sent while there is no connection, or beyond the bound, is lost. With
Redis they are sent through that, and also by NOTIFY while a node does not receive from Redis.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Mapping
from contextlib import suppress
from itertools import count
from time import monotonic
from typing import Any

from orjson import dumps

from me_api.cluster import Soft, SoftHandler
from me_api.cluster.bus import Bus
from me_api.cluster.connection_thread import PgConnection
from me_api.cluster.native_connection import NativeConnection
from me_api.cluster.soft_payloads import VERSION, decode, encode, parse_messages
from me_api.concurrency import Loop
from me_api.errors import StorageUnavailable

CHANNEL = "me_api_soft"
GATHER_SECONDS = 0.02
"""Seconds for which messages are collected, so that many make one notification."""
MAX_PENDING = 1000
"""The most messages that are collected."""
REDIS_CHANNEL = "soft"
REDIS = "redis"
"""The first message of a node that receives from Redis; it also numbers what is sent twice."""
BOTH_SECONDS = 15.0
"""Seconds for which a node sends in both ways after another has sent without that message.

Each node sends something every ten seconds.
"""
MAX_SEEN = 1024
"""The most numbers that are remembered, so that nothing is processed twice."""

# One transaction: its notifications arrive together and in order, or not at all.
_NOTIFY = f"SELECT pg_notify('{CHANNEL}', payload) FROM unnest(%s::text[]) payload"


class SoftChannel:
    """Sends messages to all other nodes, and calls the handlers of those that arrive."""

    def __init__(
        self,
        loop: Loop,
        connect: Callable[[], PgConnection],
        process: str,
        bus: Bus | None = None,
    ) -> None:
        self._loop, self._process, self._bus = loop, process, bus
        self.connection = NativeConnection(
            loop, connect, (CHANNEL,), self._opened, lambda _, payload: self.receive(payload)
        )
        self._node = node_of(process)
        self._pending: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._droppable: deque[tuple[str, Mapping[str, Any]]] = deque()
        self._is_gathering = False
        self._handlers: dict[str, list[SoftHandler]] = defaultdict(list)
        self._pieces: dict[str, list[str]] = defaultdict(list)
        self._numbers = count(1)
        self._seen: dict[str, None] = {}
        self._both_until = 0.0
        self.connected_handlers: list[Callable[[], None]] = []

    def start(self) -> None:
        """Receive messages from now on, and send what is queued."""
        if self._bus is not None:
            self._bus.subscribe(REDIS_CHANNEL, self._carried)
            # The others still send through Redis: what is sent now makes them stop.
            self._bus.lost_handlers.append(self._connected)
            self._both_until = monotonic() + BOTH_SECONDS
        self.connection.start()

    def subscribe(self, kind: str, handler: SoftHandler) -> None:
        """Call a handler with each message of this kind from another node."""
        self._handlers[kind].append(handler)

    def send(self, kind: str, body: Mapping[str, Any], *, droppable: bool = False) -> None:
        """Queue a message; beyond the bound, droppable ones are lost first, then the oldest."""
        (self._droppable if droppable else self._pending).append((kind, body))
        if len(self._pending) + len(self._droppable) > MAX_PENDING:
            (self._droppable or self._pending).popleft()
        if not self._is_gathering:
            self._is_gathering = True
            self._loop.call_later(GATHER_SECONDS, self.flush)

    def flush(self) -> None:
        """Send what is queued. Never waits."""
        self._is_gathering = False
        messages = [*self._pending, *self._droppable]
        self._pending.clear()
        self._droppable.clear()
        if not messages:
            return
        is_up = self._bus is not None and self._bus.is_up
        if is_up:
            number = f"{self._process} {next(self._numbers)}"
            messages.insert(0, (REDIS, {"number": number}))
        body = dumps(messages)
        if not (is_up and self._publish(body)) or monotonic() < self._both_until:
            self._notify(body)

    def _publish(self, body: bytes) -> bool:
        assert self._bus is not None
        return self._bus.publish(REDIS_CHANNEL, body, lost=lambda: self._notify(body))

    def _notify(self, body: bytes) -> None:
        payloads = encode((VERSION, self._node), body.decode())
        # What cannot be sent is lost: the receivers notice a gap, and ask.
        with suppress(StorageUnavailable):
            self.connection.post(lambda connection: _notify(connection, payloads))

    def receive(self, payload: str) -> None:
        """Process the payload of a notification."""
        packet = decode(payload)
        if packet is None or packet.node == self._node:
            return
        pieces = self._pieces[packet.node]
        pieces.append(packet.text)
        if packet.more:
            return
        del self._pieces[packet.node]
        messages = parse_messages("".join(pieces))
        if not (messages and messages[0][0] == REDIS):
            # Its sender may not receive what is sent through Redis.
            self._both_until = monotonic() + BOTH_SECONDS
        self._handle(packet.node, messages)

    def _carried(self, epoch: str, process: str, body: bytes) -> None:
        self._handle(node_of(process), parse_messages(body.decode()))

    def _handle(self, node: str, messages: list[tuple[str, Mapping[str, Any]]]) -> None:
        for kind, body in messages:
            if kind == REDIS:
                if body["number"] in self._seen:
                    return
                self._remember(body["number"])
            for handler in self._handlers.get(kind, ()):
                handler(Soft(kind, node, body))

    def _remember(self, number: str) -> None:
        self._seen[number] = None
        if len(self._seen) > MAX_SEEN:
            del self._seen[next(iter(self._seen))]

    def _opened(self) -> None:
        # The rest of what has arrived in part was sent while there was no connection.
        self._pieces.clear()
        self._connected()

    def _connected(self) -> None:
        for connected in self.connected_handlers:
            connected()


def node_of(process: str) -> str:
    """Return the name of the node that a process is."""
    return process.partition("/")[0]


def _notify(connection: PgConnection, payloads: list[str]) -> None:
    connection.execute(_NOTIFY, (payloads,))
