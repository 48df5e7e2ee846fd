"""What each step costs, in seconds of one core unless said otherwise, and where it was measured."""

from __future__ import annotations

import json
from dataclasses import dataclass, field

from benchmarks.table import DATA

US = 1e-6
MS = 1e-3


def measured(row: str) -> float:
    """Return the newest saved figure of a row of `make bench`, for example `fanout-1/socket.io`."""
    figure: float = json.loads(DATA.read_text())["lines"][row]["ours"]
    return figure


def fit_delivery(one: float, sixty_four: float) -> tuple[float, float]:
    """Return the cost of a send and of a message in it.

    From deliveries a second to a room with 1 and with 64 messages in flight, which are sent
    together: 1 / rate = send / messages + message.
    """
    send = (1 / one - 1 / sixty_four) / (1 - 1 / 64)
    return send, 1 / one - send


SEND, DELIVER = fit_delivery(measured("fanout-1/socket.io"), measured("fanout-64/socket.io"))


@dataclass(frozen=True)
class Costs:
    """Costs of the parts. Those without a comment are of the measurements in docs/scale.md."""

    post: float = 110 * US
    """A post at the node that takes it: 9,000 to 12,000 a second on PostgreSQL, one core."""
    send: float = SEND
    """One send to one connection, whatever it holds (fitted, see `fit_delivery`)."""
    deliver: float = DELIVER
    """One message more in such a send."""
    read: float = 240 * US
    """One read of what other nodes have committed, without its messages."""
    receive: float = 2.4 * US
    """One message in such a read."""
    read_interval: float = 5 * MS
    """Between two reads at least, in which rings are collected."""
    redis_share: float = 0.8
    """What a node needs to receive with Redis, of what it needs without."""
    ping: float = 10 * US
    """A ping and its pong. Assumed, not measured: two small system calls and a timer."""
    ping_interval: float = 25.0
    resume: float = 1 * MS
    """A client that comes back and has missed 100 messages: 1,000 of them took 1.04 s."""

    fsync: float = 1 * MS
    """Of the database's disk. Here it took 0.1 to 2 ms; disks in data centres take 1 to 5."""
    standby: float = 0.0
    """Round trip to a synchronous standby and its fsync; 0 if there is none."""
    batch: float = 0.2 * MS
    """A batch of the log, beside its messages and the disk."""
    stored: float = 14 * US
    """One message in a batch of 64 to 256, in the database."""
    network: float = 0.3 * MS
    """Round trip between a node and the database. Assumed: one data centre."""
    largest_batch: int = 512


@dataclass(frozen=True)
class Limits:
    """What a part may use."""

    core: float = 0.7
    """Of the core of a node, or of the time of the log: above it, waiting grows quickly."""
    connections: int = 60_000
    """Of a node: it accepts 65,536, and needs files of its own."""
    ports: int = 28_232
    """Connections from one address of nginx to one node: Linux' ip_local_port_range."""
    addresses: int = 1
    """Of nginx (`proxy_bind`), each with so many ports."""


@dataclass(frozen=True)
class Site:
    """How it is used: rooms of one size, and connections that each post now and then."""

    room: int
    """Connections in one room: the deliveries of a post."""
    seconds_between_posts: float = 60.0
    costs: Costs = field(default_factory=Costs)
    limits: Limits = field(default_factory=Limits)
    redis: bool = False
