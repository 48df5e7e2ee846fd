"""The other servers of the same database, called nodes: who they are, and what is sent to them.

With SQLite there are none (`alone`). With PostgreSQL (`postgres`) a node has a row with a lease,
commits are announced by NOTIFY, and what need not be on disk, such as presence, is sent by NOTIFY,
too. The database is the only thing that nodes share; with Redis (`redis_bus`), both are also sent
through that, which is faster, and commits with their content.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from me_api.cluster.rings import Ring
from me_api.extensions import app_extension
from me_api.rate_limits import RateLimit


class LogReader(Protocol):
    """The log, as the doorbell uses it."""

    @property
    def delivered(self) -> int:
        """The last position published to subscribers."""

    @property
    def is_current(self) -> bool:
        """Whether this node has looked, a moment ago, what has been committed."""

    @property
    def epoch(self) -> str:
        """The epoch of the log."""

    def on_commit(self, handler: Callable[[Ring], None]) -> None:
        """Call a handler with what this process has committed and published, with its entries."""

    def publish(self, ring: Ring) -> bool:
        """Publish the entries of a ring, if none before them is missing; may wait.

        Return False if they are of another epoch, or not the next ones.
        """

    def catch_up(self) -> None:
        """Read what has been committed, and publish it; may wait."""

    def note(self, ring: Ring) -> None:
        """Note the generation and the access that a ring announces. Never waits."""


@dataclass(frozen=True, slots=True)
class Soft:
    """A message to other nodes that may be lost: it is not on disk, and nobody waits for it."""

    kind: str
    node: str
    body: Mapping[str, Any]


SoftHandler = Callable[[Soft], None]


class Cluster(Protocol):
    """The nodes of one database, as one of them sees them."""

    @property
    def name(self) -> str:
        """The name of this node; empty if it is alone and was given none."""

    @property
    def process(self) -> str:
        """The name of this process; that of a command differs from that of its server."""

    @property
    def incarnation(self) -> int:
        """Greater with each start of the node, and each time its lease has lapsed."""

    @property
    def has_others(self) -> bool:
        """Whether other nodes may use the same database."""

    @property
    def lease_seconds(self) -> float:
        """For how many seconds the lease lasts, if it is not renewed; 0 if there is none."""

    @property
    def doorbell(self) -> str:
        """How this node learns of commits of others: `redis`, `notify` or `polling`."""

    def join(self) -> None:
        """Begin to be a node; raise `ConfigError` if the others sign with another key."""

    def start(self, log: LogReader) -> None:
        """Announce commits to the log, receive soft messages, and keep the lease."""

    def leave(self) -> None:
        """End the lease, and close what is open."""

    def check(self) -> None:
        """Raise `StorageUnavailable` if the lease has lapsed."""

    def status(self) -> dict[str, str]:
        """Return what `/readyz` says of the node, beside whether it is ready."""

    def subscribe(self, kind: str, handler: SoftHandler) -> None:
        """Call a handler on the loop with each soft message of this kind from another node."""

    def on_connected(self, handler: Callable[[], None]) -> None:
        """Call a handler whenever soft messages can be sent again: some may have been lost."""

    def on_lost(self, handler: Callable[[str], None]) -> None:
        """Call a handler with the name of each node that has ended, or been silent for long."""

    def on_renewed(self, handler: Callable[[], None]) -> None:
        """Call a handler after the lease had lapsed: others may have taken what this node held."""

    def on_cut_off(self, handler: Callable[[bool], None]) -> None:
        """Call a handler with True when this node can serve nobody, unlike others maybe.

        It is called with False when it can again.
        """

    def send(self, kind: str, body: Mapping[str, Any], *, droppable: bool = False) -> None:
        """Send a soft message to all other nodes; droppable ones are lost first. Never waits."""

    def claim(self, name: str, owner: str) -> bool:
        """Hold a name for an owner; return False if another node holds it for another owner.

        Waits for the database; raises `StorageUnavailable`.
        """

    def release(self, name: str) -> None:
        """Hold a name no longer. Never waits."""

    def is_held(self, name: str, owner: str) -> bool:
        """Return whether another node holds a name for another owner; waits for the database.

        Raises `StorageUnavailable`.
        """

    def limit(self, rule: str, rate: RateLimit, key: str, *, count: bool, force: bool) -> float:
        """Return the seconds to wait until a bucket that all nodes share has room; 0 if it has.

        With `count` a request is counted if there is room, or in any case with `force`. Waits for
        the database; raises `StorageUnavailable`.
        """


cluster: Cluster = app_extension("cluster")
