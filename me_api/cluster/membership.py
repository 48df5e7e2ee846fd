"""The row of this node in the table `nodes`, its lease, and the leases of the others.

Leases are judged by the clock of the database alone. How long its own lease lasts, a node measures
by its monotonic clock, from before it asked for the renewal.
"""

from __future__ import annotations

import hmac
import logging
import os
import signal
from collections.abc import Callable
from hashlib import sha256
from time import monotonic
from typing import NamedTuple

from me_api.cluster.connection_thread import PgConnection
from me_api.cluster.cut_off import CutOffWatch
from me_api.cluster.native_connection import NativeConnection
from me_api.concurrency import Loop
from me_api.config import ConfigError
from me_api.errors import StorageUnavailable

logger = logging.getLogger(__name__)

LEASE_SECONDS = 6.0
RENEW_SECONDS = 2.0
GRACE_SECONDS = 10.0
"""Seconds for which what a node had is kept after its lease was found to have lapsed."""

_LEASE = f"clock_timestamp() + interval '{LEASE_SECONDS} s'"
_OTHER_KEY = """
SELECT name FROM nodes
WHERE until > clock_timestamp() AND secret_check <> %(check)s AND name <> %(name)s LIMIT 1
"""
_CLEAN = "DELETE FROM nodes WHERE until < clock_timestamp() - interval '1 day'"
# The number is of the clock, so that it also grows if the row was deleted meanwhile.
_REGISTER = f"""
INSERT INTO nodes (name, incarnation, until, secret_check)
VALUES (%(name)s, (extract(epoch FROM clock_timestamp()) * 1000)::bigint, {_LEASE}, %(check)s)
ON CONFLICT (name) DO UPDATE SET
    incarnation = greatest(nodes.incarnation + 1, excluded.incarnation),
    until = excluded.until, secret_check = excluded.secret_check
RETURNING incarnation
"""
_FORGET = "DELETE FROM nicks WHERE node = %(name)s"
_RENEW = f"""
UPDATE nodes SET until = {_LEASE}
WHERE name = %(name)s AND incarnation = %(incarnation)s AND until > clock_timestamp()
RETURNING true
"""
_LIST = "SELECT name, incarnation, until > clock_timestamp() FROM nodes"
_END = """
UPDATE nodes SET until = clock_timestamp() WHERE name = %(name)s AND incarnation = %(incarnation)s
"""


class NodeRow(NamedTuple):
    """A node, as the table has it."""

    name: str
    incarnation: int
    alive: bool


class Membership:
    """Keeps the lease of this node, and knows whose leases have lapsed."""

    def __init__(
        self,
        loop: Loop,
        connection: NativeConnection,
        name: str,
        secret: str,
        cut_off: CutOffWatch,
    ) -> None:
        self._loop, self._connection, self._cut_off = loop, connection, cut_off
        self._name = name
        self._check = hmac.new(secret.encode(), b"me-api cluster", sha256).hexdigest()
        self.incarnation = 0
        self._until = 0.0
        self._superseded = False
        self._in_doubt = False
        """Whether this node may have begun an incarnation whose number it was not sent."""
        self._dead_since: dict[str, float] = {}
        self.lost_handlers: list[Callable[[str], None]] = []
        self.renewed_handlers: list[Callable[[], None]] = []

    @property
    def holds_lease(self) -> bool:
        """Whether the others take this node for alive."""
        return not self._superseded and monotonic() < self._until

    @property
    def seconds_left(self) -> float:
        """For how long the lease lasts, if it is not renewed."""
        return max(0.0, self._until - monotonic())

    def join(self, connection: PgConnection) -> None:
        """Take the lease; raise `ConfigError` if a living node signs with another key."""
        values = {"name": self._name, "check": self._check}
        other = connection.execute(_OTHER_KEY, values).fetchone()
        if other is not None:
            raise ConfigError(
                f"ME_API_JWT_SECRET differs from that of the node {other[0]!r}, which serves the"
                " same database: tokens of one would be refused by the other."
            )
        connection.execute(_CLEAN)
        self._register(connection)

    def start(self) -> None:
        """Renew the lease now and periodically, and look who else is alive."""
        try:
            sent = monotonic()
            self._judge(*self._connection.call(self._renew), sent)
            self._cut_off.reached()
        except StorageUnavailable:
            # Logged by the connection. This node cannot know whether the others are alive.
            self._dead_since.clear()
            self._cut_off.failed()
        finally:
            self._loop.call_later(RENEW_SECONDS, self.start)

    def leave(self) -> None:
        """End the lease: the others need not wait for it to lapse."""
        values = {"name": self._name, "incarnation": self.incarnation}
        try:
            self._connection.call(lambda connection: connection.execute(_END, values) and None)
        except StorageUnavailable:
            logger.warning("the lease of this node was not ended: it lapses by itself")

    def _register(self, connection: PgConnection) -> None:
        """Begin another incarnation, which holds no nick yet."""
        sent = monotonic()
        values = {"name": self._name, "check": self._check}
        self._in_doubt = True
        with connection.transaction():
            connection.execute(_FORGET, values)
            row = connection.execute(_REGISTER, values).fetchone()
        assert row is not None
        self.incarnation, self._until = int(row[0]), sent + LEASE_SECONDS
        self._in_doubt = False

    def _renew(self, connection: PgConnection) -> tuple[bool, list[NodeRow]]:
        """Renew the lease, and list all nodes; in the thread. False if the lease had lapsed."""
        values = {"name": self._name, "incarnation": self.incarnation}
        held = connection.execute(_RENEW, values).fetchone() is not None
        return held, [NodeRow(*row) for row in connection.execute(_LIST)]

    def _judge(self, held: bool, nodes: list[NodeRow], sent: float) -> None:
        newer = any(n.name == self._name and n.incarnation > self.incarnation for n in nodes)
        # A newer one may be this node's own, if the connection was lost when it began.
        if newer and not self._in_doubt:
            self._stop()
        elif held:
            self._until = sent + LEASE_SECONDS
        else:
            self._connection.call(self._register)
            for renewed in self.renewed_handlers:
                renewed()
        for node in nodes:
            self._judge_other(node)

    def _judge_other(self, node: NodeRow) -> None:
        if node.alive or node.name == self._name:
            self._dead_since.pop(node.name, None)
        elif monotonic() - self._dead_since.setdefault(node.name, monotonic()) >= GRACE_SECONDS:
            for lost in self.lost_handlers:
                lost(node.name)

    def _stop(self) -> None:
        """Stop this server, as by SIGTERM: another one has taken its name."""
        if not self._superseded:
            self._superseded = True
            logger.error("another server has started as node %r: this one stops", self._name)
            os.kill(os.getpid(), signal.SIGTERM)
