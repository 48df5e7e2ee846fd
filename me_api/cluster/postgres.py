"""The nodes of a PostgreSQL database, maybe with a Redis beside it."""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from sqlalchemy.engine import URL

from me_api.cluster import LogReader, SoftHandler
from me_api.cluster.bus import Bus
from me_api.cluster.catch_up_first import CatchUpFirst
from me_api.cluster.claims import NameClaims
from me_api.cluster.cut_off import CutOffWatch
from me_api.cluster.doorbell import Doorbell
from me_api.cluster.membership import Membership
from me_api.cluster.shared_limits import SharedLimits
from me_api.cluster.soft_channel import SoftChannel
from me_api.concurrency import Loop
from me_api.errors import StorageUnavailable
from me_api.rate_limits import RateLimit
from me_api.storage.postgresql import connector

# What is written here need not survive a crash: after one, every node begins anew.
SETTINGS = {"synchronous_commit": "off", "lock_timeout": "5s", "statement_timeout": "5s"}
ANSWER_SECONDS = 8.0
"""Seconds after which a server that does not answer at all is given up."""


class PostgresCluster:
    """Implements `Cluster`, with two connections: one that listens for rings, one for the rest.

    A process that has not been started, such as a command, is no node: it holds nothing.
    """

    has_others = True

    def __init__(self, loop: Loop, url: URL, name: str, secret: str, redis_url: str = "") -> None:
        self.name = name
        self._is_node = False
        self.process = f"{self.name}/{secrets.token_hex(4)}"
        what = f"node {self.name}"
        self._connect = connector(url, what, SETTINGS, ANSWER_SECONDS, autocommit=True)
        self._bus = _make_bus(loop, redis_url, self.process, secret) if redis_url else None
        self._doorbell = Doorbell(loop, self._connect, self.process, self._bus)
        self._cut_off = CutOffWatch(loop, url)
        self._membership = Membership(
            loop, self._doorbell.connection, self.name, secret, self._cut_off
        )
        self._soft = SoftChannel(loop, self._connect, self.process, self._bus)
        self._claims = NameClaims(loop, self._soft.connection, self.name)
        self._limits = SharedLimits(self._soft.connection)
        self._catch_up_first = CatchUpFirst(loop)

    @property
    def incarnation(self) -> int:
        """Greater with each start of the node, and each time its lease has lapsed."""
        return self._membership.incarnation

    @property
    def lease_seconds(self) -> float:
        """For how many seconds the lease lasts, if it is not renewed."""
        return self._membership.seconds_left

    @property
    def doorbell(self) -> str:
        """How this node learns of commits of others."""
        return self._doorbell.in_use

    def join(self) -> None:
        """Take the lease; raise `ConfigError` if a living node signs with another key."""
        connection = self._connect()
        try:
            self._membership.join(connection)
        finally:
            connection.close()

    def start(self, log: LogReader) -> None:
        """Listen, and keep the lease."""
        self._is_node = True
        self._catch_up_first.start(log)
        self._soft.start()
        self._doorbell.start(log)
        if self._bus is not None:
            self._bus.start(lambda: log.epoch)
        self._membership.start()

    def leave(self) -> None:
        """Send what is queued, end the lease, and close both connections."""
        self._soft.flush()
        self._membership.leave()
        self._doorbell.close()
        self._soft.connection.close()
        if self._bus is not None:
            self._bus.close()

    def check(self) -> None:
        """Raise `StorageUnavailable` if the lease has lapsed."""
        if not self._membership.holds_lease:
            raise StorageUnavailable("The lease of this node has lapsed.", code="lease_lost")

    def status(self) -> dict[str, str]:
        """Return the name of the node, and how it learns of commits of the others."""
        status = {"node": self.name, "doorbell": self.doorbell}
        if self._bus is not None:
            status["redis"] = "up" if self._bus.is_up else "away"
        return status

    def subscribe(self, kind: str, handler: SoftHandler) -> None:
        """Call a handler with each soft message of this kind from another node."""
        self._soft.subscribe(kind, lambda soft: self._catch_up_first.run(partial(handler, soft)))

    def on_connected(self, handler: Callable[[], None]) -> None:
        """Call a handler whenever soft messages can be sent again."""
        self._soft.connected_handlers.append(handler)

    def on_lost(self, handler: Callable[[str], None]) -> None:
        """Call a handler with each node whose lease has lapsed for a while, maybe repeatedly."""
        self._membership.lost_handlers.append(handler)

    def on_renewed(self, handler: Callable[[], None]) -> None:
        """Call a handler when a lapsed lease has been taken again."""
        self._membership.renewed_handlers.append(handler)

    def on_cut_off(self, handler: Callable[[bool], None]) -> None:
        """Call a handler with True when nothing answers at the database's address for a while."""
        self._cut_off.handlers.append(handler)

    def send(self, kind: str, body: Mapping[str, Any], *, droppable: bool = False) -> None:
        """Send a soft message to all other nodes. Never waits."""
        self._soft.send(kind, body, droppable=droppable)

    def claim(self, name: str, owner: str) -> bool:
        """Hold a name; return False if a living node holds it for another owner."""
        return not self._is_node or self._claims.claim(name, owner)

    def release(self, name: str) -> None:
        """Hold a name no longer. Never waits."""
        if self._is_node:
            self._claims.release(name)

    def is_held(self, name: str, owner: str) -> bool:
        """Return whether another living node holds a name for another owner."""
        return self._is_node and self._claims.is_held(name, owner)

    def limit(self, rule: str, rate: RateLimit, key: str, *, count: bool, force: bool) -> float:
        """Return the seconds to wait until a shared bucket has room."""
        if not self._is_node:
            return 0
        return self._limits.seconds_to_wait(rule, rate, key, count=count, force=force)


def _make_bus(loop: Loop, url: str, process: str, secret: str) -> Bus:
    # Redis' client takes 50 ms and 6 MB to import: only those pay that who use it.
    from me_api.cluster.redis_bus import RedisBus  # noqa: PLC0415

    return RedisBus(loop, url, process, secret)
