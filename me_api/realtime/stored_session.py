"""The session of a client, stored whenever it changes, so that another connection can resume it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from me_api.auth.identity import Identity, digest
from me_api.cluster import cluster
from me_api.errors import ApiError
from me_api.eventlog import Subscriber, log
from me_api.realtime.namespace import Namespace
from me_api.recovery.changes import SaveSession


# With slots: thousands of clients are connected at a time.
@dataclass(eq=False, slots=True, kw_only=True)
class StoredSession:
    """What a client is subscribed to and under which nick, as it is stored."""

    namespace: Namespace
    identity: Identity
    pid: str
    start: int
    """The position of the log at which the session began."""
    subscriber: Subscriber = field(init=False)
    nick: str | None = None
    saved_topics: dict[str, int] = field(default_factory=dict)
    """The topics of the session's row. A client is subscribed to a topic once that is on disk."""
    stored: bool = field(default=False, init=False)
    """Whether the session is on disk as that of this connection."""
    _unsaved_nick: str | None = field(default=None, init=False)
    """The nick that is being stored, and becomes the client's once it is on disk."""
    _saves: int = field(default=0, init=False)
    """How often the session has been submitted."""

    @property
    def sender(self) -> str:
        """The user or guest to whom this connection belongs."""
        return self.identity.sender or ""

    @property
    def closed(self) -> bool:
        """Whether the client has disconnected."""
        return self.subscriber.closed

    def save_topic(self, topic: str, rev: int) -> None:
        """Add a topic to the session, from a position on. On disk when this returns."""
        self._save(topic, rev)

    def forget_topic(self, topic: str) -> None:
        """Remove a topic from the session. On disk when this returns."""
        self._save(topic, None)

    def save_nick(self, nick: str) -> None:
        """Store a nick in the session, which the caller then sets. On disk when this returns."""
        if self.namespace.recovers:
            self._unsaved_nick = nick
            self._store(lambda: self._forget_nick(nick))
            self._forget_nick(nick)

    def session_change(self) -> SaveSession:
        """Return the change that stores the session as it is now."""
        pid, name, topics = digest(self.pid), self.namespace.name, dict(self.saved_topics)
        nick = self._unsaved_nick or self.nick
        node = cluster.name if cluster.has_others else None
        return SaveSession(pid, name, self.sender, nick, self.start, topics, node)

    def _save(self, topic: str, rev: int | None) -> None:
        """Store the session with or without a topic; undo that if it could not be stored."""
        before = self.saved_topics.get(topic)
        self._set(topic, rev)
        if self.subscriber.closed:
            return
        self._store(lambda: self._set(topic, before))

    def _store(self, undo: Callable[[], None]) -> None:
        """Store the session as it is now; undo what has changed if that fails."""
        self._saves += 1
        number = self._saves
        try:
            log.commit(self.session_change())
        except ApiError:
            undo()
            # What was submitted meanwhile has stored, with its own change, what is undone here. A
            # session that has ended, or goes on at another connection, must not be stored again.
            if self._saves != number and not self.closed:
                self._store_later()
            raise

    def _store_later(self) -> None:
        self._saves += 1
        log.commit_later(self.session_change())

    def _forget_nick(self, nick: str) -> None:
        # Another may be being stored by now.
        if self._unsaved_nick == nick:
            self._unsaved_nick = None

    def _set(self, topic: str, rev: int | None) -> None:
        if rev is None:
            self.saved_topics.pop(topic, None)
        else:
            self.saved_topics[topic] = rev
