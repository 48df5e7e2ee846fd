"""A client in a namespace, as features see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from me_api.auth.identity import Identity, digest
from me_api.errors import ApiError
from me_api.eventlog import Batch, Broadcaster, Entry, Subscriber, log
from me_api.realtime.auth_payload import Handshake
from me_api.recovery.changes import KeepSession
from me_api.transport import Peer, Wire, broadcast, parcel
from me_api.validation import parse


class Namespace:
    """What a feature says of its namespace; the plain one follows nothing."""

    name = "/"
    log_event = "message"
    recovers = True
    """Whether clients are told a pid, and can come back with it."""

    def handshake(self, auth: Any) -> Handshake:
        """Read what a client says when it connects; raises `Invalid`."""
        return parse(Handshake, auth if auth is not None else {})

    def event(self, entry: Entry) -> list[Any] | None:
        """Write a change as an event; its position, a string, comes last: the offset."""
        return [self.log_event, entry.body, str(entry.rev)]

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        """Send changes to all these clients as they happen."""
        broadcast(self.encoded(batch), members)

    def told(self, event: str, body: dict[str, Any]) -> Wire | None:
        """Encode an event that is not of the log; None where these clients are not told."""
        return parcel(self.name, [[event, body]], ephemeral=True)

    def encoded(self, batch: Batch) -> Wire:
        """Encode changes, once for all; those that the namespace does not show are left out."""
        if self.name not in batch.encoded:
            events = [event for entry in batch.entries if (event := self.event(entry))]
            batch.encoded[self.name] = parcel(self.name, events)
        found: Wire = batch.encoded[self.name]
        return found

    def readable(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Keep the topics that this client may read now."""
        return topics

    def topics(self, position: int) -> dict[str, int]:
        """Give what a new client follows at once, each with the position it begins after."""
        return {}

    def claim(self, connection: Connection, nick: str | None) -> None:
        """Take the nick for the connection, or raise why not."""
        connection.nick = nick

    def ready(self, connection: Connection) -> dict[str, Any]:
        """Give what `ready` tells beyond what every namespace tells."""
        return {}

    def arriving(self, connection: Connection) -> None:
        """Hear that a client is connected and about to be sent what it missed."""

    def opened(self, connection: Connection) -> None:
        """Hear that a client is connected, caught up and live."""

    def expelled(self, connection: Connection) -> None:
        """Hear that what a client followed live was closed to it."""

    def closed(self, connection: Connection) -> None:
        """Hear that a client has gone; also one that was never opened."""


@dataclass(eq=False)
class Connection:
    """One client in one namespace."""

    peer: Peer
    namespace: Namespace
    identity: Identity
    pid: str
    start: int
    subscriber: Subscriber = field(init=False)
    nick: str | None = None
    verified: bool = False
    kept: dict[str, int] = field(default_factory=dict)
    """What the session's row says it follows; a topic is followed once that is on disk."""

    def fits(self, batch: Batch) -> bool:
        """Tell whether these changes, and a few more, can be queued with what waits already."""
        return self.peer.fits(self.namespace.encoded(batch) if batch.entries else None)

    def drain(self) -> bool:
        """Wait until what was sent has left; False when the client is gone."""
        return self.peer.drain()

    def push(self, batch: Batch) -> None:
        """Send changes of the log."""
        self.peer.push(self.namespace.encoded(batch))

    @property
    def broadcaster(self) -> Broadcaster:
        """All clients in the namespace."""
        return self.namespace

    @property
    def target(self) -> Any:
        """What the namespace knows it as when it sends to many."""
        return self.peer.socket

    @property
    def sender(self) -> str:
        """Whose connection it is."""
        return self.identity.sender or ""

    @property
    def is_guest(self) -> bool:
        """Whether it is a guest's."""
        return self.identity.user is None

    def keep(self, topic: str, rev: int) -> None:
        """Have the session follow a topic from a position on; on disk when this returns."""
        self._store(topic, rev)

    def let_go(self, topic: str) -> None:
        """Have the session not follow a topic any more; on disk when this returns."""
        self._store(topic, None)

    def keep_nick(self) -> None:
        """Have the session know the nick that one goes on under; on disk when this returns."""
        if self.namespace.recovers:
            log.commit(self.session())

    def expel(self, topic: str) -> None:
        """Stop following a topic at once, whether the client wants it or not."""
        heard = self.subscriber.live and topic in self.subscriber.topics
        log.tail.unsubscribe(self.subscriber, topic)
        if self.kept.pop(topic, None) is not None:
            log.commit_later(self.session())
        if heard:
            self.namespace.expelled(self)

    def admit(self, topic: str) -> None:
        """Follow a topic from now on, if a client that came now would follow it at once."""
        if topic in self.namespace.topics(log.delivered) and topic not in self.subscriber.topics:
            log.tail.subscribe(self.subscriber, topic)

    def leave_closed(self) -> None:
        """Stop following what the client may not read any more."""
        topics = dict(self.subscriber.topics)
        readable = self.namespace.readable(topics, self.identity) if topics else {}
        for topic in topics.keys() - readable.keys():
            self.expel(topic)

    def _store(self, topic: str, rev: int | None) -> None:
        """Store whether the session follows a topic; a failure leaves that as it was."""
        before = self.kept.get(topic)
        self._set(topic, rev)
        if self.subscriber.closed:
            return
        try:
            log.commit(self.session())
        except ApiError:
            self._set(topic, before)
            raise

    def _set(self, topic: str, rev: int | None) -> None:
        if rev is None:
            self.kept.pop(topic, None)
        else:
            self.kept[topic] = rev

    def session(self) -> KeepSession:
        """Make the change that stores the session as it is to be."""
        return KeepSession(
            digest(self.pid),
            self.namespace.name,
            self.sender,
            self.nick,
            self.start,
            dict(self.kept),
        )


@dataclass(eq=False)
class Listener(Connection):
    """A client without a session."""

    said: str | None = None
    """The nick that its handshake names; nobody has it for that."""


def tell(connections: Iterable[Connection], event: str, body: dict[str, Any]) -> None:
    """Send an event that is not of the log; an object comes last, so it is no offset."""
    sockets: defaultdict[Namespace, set[Any]] = defaultdict(set)
    for connection in connections:
        sockets[connection.namespace].add(connection.peer.socket)
    for namespace, theirs in sockets.items():
        if told := namespace.told(event, body):
            broadcast(told, theirs)
