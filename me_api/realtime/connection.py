"""A client in a namespace, as features see it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from typing import Any

from me_api.auth.identity import Identity, digest
from me_api.errors import ApiError
from me_api.eventlog import Batch, Broadcaster, Entry, Subscriber, log
from me_api.realtime.auth_payload import AuthPayload
from me_api.recovery.changes import SaveSession
from me_api.transport import Peer, PreparedMessage, broadcast, prepare_events
from me_api.validation import validate


class Namespace:
    """What a feature says of its namespace; the plain one follows nothing."""

    name = "/"
    log_event = "message"
    recovers = True
    """Whether clients are told a pid, and can come back with it."""

    def read_auth(self, auth: Any) -> AuthPayload:
        """Read what a client says when it connects; raises `Invalid`."""
        return validate(AuthPayload, auth if auth is not None else {})

    def event(self, entry: Entry) -> list[Any] | None:
        """Write a change as an event; its position, a string, comes last: the offset."""
        return [self.log_event, entry.body, str(entry.rev)]

    def broadcast(self, batch: Batch, members: Collection[Any]) -> None:
        """Send changes to all these clients as they happen."""
        broadcast(self.encode_batch(batch), members)

    def encode_event(self, event: str, body: dict[str, Any]) -> PreparedMessage | None:
        """Encode an event that is not of the log; None where these clients are not told."""
        return prepare_events(self.name, [[event, body]], droppable=True)

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Encode changes, once for all; those that the namespace does not show are left out."""
        if self.name not in batch.encoded:
            events = [event for entry in batch.entries if (event := self.event(entry))]
            batch.encoded[self.name] = prepare_events(self.name, events)
        found: PreparedMessage = batch.encoded[self.name]
        return found

    def readable_topics(self, topics: dict[str, int], identity: Identity) -> dict[str, int]:
        """Keep the topics that this client may read now."""
        return topics

    def initial_topics(self, position: int) -> dict[str, int]:
        """Give what a new client follows at once, each with the position it begins after."""
        return {}

    def claim_nick(self, connection: Connection, nick: str | None) -> None:
        """Take the nick for the connection, or raise why not."""
        connection.nick = nick

    def ready_fields(self, connection: Connection) -> dict[str, Any]:
        """Give what `ready` tells beyond what every namespace tells."""
        return {}

    def on_connecting(self, connection: Connection) -> None:
        """Hear that a client is connected and about to be sent what it missed."""

    def on_live(self, connection: Connection) -> None:
        """Hear that a client is connected, caught up and live."""

    def on_removed(self, connection: Connection) -> None:
        """Hear that what a client followed live was closed to it."""

    def on_disconnect(self, connection: Connection) -> None:
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
    saved_topics: dict[str, int] = field(default_factory=dict)
    """What the session's row says it follows; a topic is followed once that is on disk."""

    def fits(self, batch: Batch) -> bool:
        """Tell whether these changes, and a few more, can be queued with what waits already."""
        return self.peer.fits(self.namespace.encode_batch(batch) if batch.entries else None)

    def drain(self) -> bool:
        """Wait until what was sent has left; False when the client is gone."""
        return self.peer.drain()

    def push(self, batch: Batch) -> None:
        """Send changes of the log."""
        self.peer.push(self.namespace.encode_batch(batch))

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

    def save_topic(self, topic: str, rev: int) -> None:
        """Have the session follow a topic from a position on; on disk when this returns."""
        self._store(topic, rev)

    def forget_topic(self, topic: str) -> None:
        """Have the session not follow a topic any more; on disk when this returns."""
        self._store(topic, None)

    def save_nick(self) -> None:
        """Have the session know the nick that one goes on under; on disk when this returns."""
        if self.namespace.recovers:
            log.commit(self.session_change())

    def revoke(self, topic: str) -> None:
        """Stop following a topic at once, whether the client wants it or not."""
        heard = self.subscriber.live and topic in self.subscriber.topics
        log.tail.unsubscribe(self.subscriber, topic)
        if self.saved_topics.pop(topic, None) is not None:
            log.commit_later(self.session_change())
        if heard:
            self.namespace.on_removed(self)

    def grant(self, topic: str) -> None:
        """Follow a topic from now on, if a client that came now would follow it at once."""
        if (
            topic in self.namespace.initial_topics(log.delivered)
            and topic not in self.subscriber.topics
        ):
            log.tail.subscribe(self.subscriber, topic)

    def revoke_unreadable(self) -> None:
        """Stop following what the client may not read any more."""
        topics = dict(self.subscriber.topics)
        readable = self.namespace.readable_topics(topics, self.identity) if topics else {}
        for topic in topics.keys() - readable.keys():
            self.revoke(topic)

    def _store(self, topic: str, rev: int | None) -> None:
        """Store whether the session follows a topic; a failure leaves that as it was."""
        before = self.saved_topics.get(topic)
        self._set(topic, rev)
        if self.subscriber.closed:
            return
        try:
            log.commit(self.session_change())
        except ApiError:
            self._set(topic, before)
            raise

    def _set(self, topic: str, rev: int | None) -> None:
        if rev is None:
            self.saved_topics.pop(topic, None)
        else:
            self.saved_topics[topic] = rev

    def session_change(self) -> SaveSession:
        """Make the change that stores the session as it is to be."""
        return SaveSession(
            digest(self.pid),
            self.namespace.name,
            self.sender,
            self.nick,
            self.start,
            dict(self.saved_topics),
        )


@dataclass(eq=False)
class StatelessConnection(Connection):
    """A client without a session."""

    claimed_nick: str | None = None
    """The nick that its handshake names; nobody has it for that."""


def send_event(connections: Iterable[Connection], event: str, body: dict[str, Any]) -> None:
    """Send an event that is not of the log; an object comes last, so it is no offset."""
    sockets: defaultdict[Namespace, set[Any]] = defaultdict(set)
    for connection in connections:
        sockets[connection.namespace].add(connection.peer.socket)
    for namespace, theirs in sockets.items():
        if told := namespace.encode_event(event, body):
            broadcast(told, theirs)
