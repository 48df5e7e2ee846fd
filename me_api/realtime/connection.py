"""A client in a namespace, as features see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from me_api.auth.bans import Ban
from me_api.auth.rate_keys import caller_keys, connection_keys
from me_api.auth.users import User
from me_api.eventlog import Batch, Broadcaster, log
from me_api.rate_limits import RateKeys
from me_api.realtime.namespace import Namespace
from me_api.realtime.stored_session import StoredSession
from me_api.transport import Peer


# With slots: thousands of clients are connected at a time.
@dataclass(eq=False, slots=True)
class Connection(StoredSession):
    """A client in a namespace with its session, and the sink of its subscription to the log."""

    peer: Peer
    verified: bool = False
    anonymous: bool = False
    """Whether the client has neither an account nor a guest's secret."""
    _rate_keys: RateKeys | None = field(default=None, init=False)

    @property
    def broadcaster(self) -> Broadcaster:
        """What sends changes to all live clients of the namespace at once."""
        return self.namespace

    @property
    def target(self) -> Any:
        """The connection as the broadcaster addresses it."""
        return self.peer.socket

    @property
    def is_guest(self) -> bool:
        """Whether the client has no account, or a token that has expired."""
        return not self.identity.is_member

    @property
    def rate_keys(self) -> RateKeys:
        """The buckets in which events are counted."""
        if self._rate_keys is None:
            socket = self.peer.socket
            if self.anonymous:
                self._rate_keys = connection_keys(socket.address, socket.slot)
            else:
                self._rate_keys = caller_keys(self.identity, socket.address)
        return self._rate_keys

    def fits(self, batch: Batch) -> bool:
        """Return whether these changes, and a few more, fit beside what is buffered."""
        return self.peer.fits(self.namespace.encode_batch(batch) if batch.entries else None)

    def drain(self) -> bool:
        """Wait until everything has been sent; return False if the client is disconnected."""
        return self.peer.drain()

    def push(self, batch: Batch) -> None:
        """Send changes of the log to this client."""
        self.peer.push(self.namespace.encode_batch(batch))

    def revoke(self, topic: str) -> None:
        """Unsubscribe from a topic that the client may no longer read. Never blocks."""
        was_live = self.subscriber.live and topic in self.subscriber.topics
        log.tail.unsubscribe(self.subscriber, topic)
        # A session that has ended must not be stored again.
        if self.saved_topics.pop(topic, None) is not None and not self.closed:
            self._store_later()
        if was_live:
            self.namespace.on_removed(self)

    def grant(self, topic: str) -> None:
        """Subscribe to a topic that the client may read again, if it needs not ask for it."""
        start = self.namespace.initial_topics(log.delivered).get(topic)
        if start is None or topic in self.subscriber.topics:
            return
        # What is open to guests may still be excluded by a token's scope, or by a ban.
        if self._readable({topic: start}):
            log.tail.subscribe(self.subscriber, topic)

    def revoke_unreadable(self) -> None:
        """Unsubscribe from all topics that the client may no longer read."""
        topics = dict(self.subscriber.topics)
        readable = self._readable(topics) if topics else {}
        for topic in topics.keys() - readable.keys():
            self.revoke(topic)

    def token_expired(self) -> None:
        """Stop sending what only members may read; send the client why."""
        self.namespace.on_token_expired(self)
        # Not before `ready`, which a client that is not live has still to be sent.
        if self.subscriber.live:
            self.report_ended_token()

    def report_ended_token(self) -> None:
        """Send the client why its token is not valid any more, unless it still is."""
        if self.identity.user is not None and self.is_guest:
            self.namespace.on_token_ended(self, self.identity.refusal())

    def user_changed(self, before: User) -> None:
        """Follow a change of the user, such as another nick. Does not wait."""
        self.namespace.on_user_changed(self, before)

    def follows(self, topic: str) -> bool:
        """Return whether the client is subscribed to a topic, or is about to be."""
        return topic in self.subscriber.topics or topic in self.saved_topics

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """Send an event that is not of the log, if the namespace has it."""
        self.namespace.send_event(event, body, {self.peer.socket})

    def banned(self, ban: Ban, topic: str | None) -> None:
        """Send the client that it is banned, and remove it."""
        self.namespace.on_banned(self, ban)

    def _readable(self, topics: dict[str, int]) -> dict[str, int]:
        return self.namespace.readable_topics(topics, self.identity)


@dataclass(eq=False, slots=True)
class StatelessConnection(Connection):
    """A client whose session is not stored: what it misses while disconnected, it does not get."""


def send_event(connections: Iterable[Connection], event: str, body: dict[str, Any]) -> None:
    """Send an event that is not of the log, encoded once for each namespace."""
    # The last argument is an object, so that the stock client does not take it for an offset.
    targets: defaultdict[Namespace, set[Any]] = defaultdict(set)
    for connection in connections:
        targets[connection.namespace].add(connection.peer.socket)
    for namespace, sockets in targets.items():
        namespace.send_event(event, body, sockets)
