"""Clients of Server-Sent Events as subscribers of the log: encoding changes, and access."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from typing import Any

from flask import Flask
from orjson import dumps
from sqlalchemy.exc import DBAPIError

from me_api.auth.bans import Ban
from me_api.auth.identity import ANONYMOUS, Identity
from me_api.auth.users import User
from me_api.eventlog import Batch, Entry, feed_of
from me_api.transport import PreparedMessage, Stream, broadcast, sse_encoding

ReadableTopics = Callable[[dict[str, int], Identity], dict[str, int]]


@dataclass(frozen=True, slots=True)
class SseSource:
    """A feed as streams show it: the event's name, and which topics a caller may read."""

    event: str
    readable_topics: ReadableTopics | None = None


class SseChannel:
    """The broadcaster of all streams: each change is encoded once for all of them."""

    def __init__(self, sources: Mapping[str, SseSource]) -> None:
        self._sources = sources

    def prepare(self, topics: Collection[str]) -> None:
        """Do nothing: encoding reads nothing."""

    def broadcast(self, batch: Batch, targets: Collection[Stream]) -> None:
        """Send changes to all these live streams."""
        if targets:
            broadcast(self.encode_batch(batch), targets)

    def may_read(self, topic: str, identity: Identity) -> bool:
        """Return whether a caller may read a topic; a whole feed anybody may. May wait."""
        source = self._sources[feed_of(topic)]
        if topic == feed_of(topic) or source.readable_topics is None:
            return True
        return topic in source.readable_topics({topic: 0}, identity)

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Encode changes, once for all streams."""
        return self._encode(batch, frozenset())

    def _encode(self, batch: Batch, hidden: frozenset[str]) -> PreparedMessage:
        """Encode changes without those of hidden topics, once for all who see the same."""
        key = " ".join(["event-stream", *sorted(hidden)])
        if key not in batch.encoded:
            events = [self._event(entry) for entry in batch.entries if entry.topic not in hidden]
            batch.encoded[key] = PreparedMessage(b"".join(events))
        message: PreparedMessage = batch.encoded[key]
        return message

    def _event(self, entry: Entry) -> bytes:
        name = self._sources[feed_of(entry.topic)].event
        return sse_encoding.encode_event(name, entry.rev, dumps(entry.body))


NOT_PREPARED = frozenset({"not prepared"})
"""In place of closed topics: no topic has this name."""


class LimitedSseChannel(SseChannel):
    """The broadcaster of streams on which callers follow everything that they may read.

    All guests share one. Changes of closed rooms are left out when they are sent. So a room that is
    opened or made later appears by itself, whichever process did that.
    """

    def __init__(
        self, app: Flask, sources: Mapping[str, SseSource], identity: Identity = ANONYMOUS
    ) -> None:
        super().__init__(sources)
        self._identity = identity
        self._prepared: frozenset[str] | None = NOT_PREPARED
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def prepare(self, topics: Collection[str]) -> None:
        """Read which of these topics are closed, since a broadcast must not wait."""
        self._prepared = self._read_closed(topics)

    def broadcast(self, batch: Batch, targets: Collection[Stream]) -> None:
        """Send changes; if the database cannot say what is closed, close all the streams."""
        closed, self._prepared = self._prepared, NOT_PREPARED
        if closed is NOT_PREPARED:
            closed = self._read_closed({entry.topic for entry in batch.entries})
        if closed is not None:
            broadcast(self._encode(batch, closed), targets)
            return
        # The clients reconnect by themselves and resume from their last event id.
        for target in tuple(targets):
            target.close()

    def encode_batch(self, batch: Batch) -> PreparedMessage:
        """Encode changes without those of rooms that are closed now. Raises `DBAPIError`."""
        # Not of rooms that were closed when the page was read: a cached page may be older.
        topics = {entry.topic for entry in batch.entries}
        return self._encode(batch, self._context.copy().run(self._closed, topics))

    def _read_closed(self, topics: Collection[str]) -> frozenset[str] | None:
        """Return which of these topics are closed; None if the database cannot say."""
        try:
            return self._context.copy().run(self._closed, topics)
        except DBAPIError:
            return None

    def _closed(self, topics: Collection[str]) -> frozenset[str]:
        closed: set[str] = set()
        for name, source in self._sources.items():
            own = {topic: 0 for topic in topics if feed_of(topic) == name}
            if own and source.readable_topics is not None:
                closed |= own.keys() - source.readable_topics(own, self._identity).keys()
        return frozenset(closed)


class SseSubscriber:
    """The client of a stream: a sink of the log, which can be disconnected from a closed room."""

    nick = None
    verified = False

    def __init__(
        self, channel: SseChannel, identity: Identity, topics: Collection[str], stream: Stream
    ) -> None:
        self.broadcaster = channel
        self.target = stream
        self.identity = identity
        self.is_guest = identity.user is None
        self.sender = identity.sender or ""
        self._topics = topics
        self._encoded: PreparedMessage | None = None

    def fits(self, batch: Batch) -> bool:
        """Return whether these changes, and a few more, fit beside what is buffered.

        May wait, to read what is closed.
        """
        self._encoded = self.broadcaster.encode_batch(batch) if batch.entries else None
        return self.target.fits(self._encoded)

    def push(self, batch: Batch) -> None:
        """Send the changes that `fits` has just encoded to this client. Never waits."""
        message, self._encoded = self._encoded, None
        assert message is not None, "what does not fit is not sent"
        self.target.push(message)

    def drain(self) -> bool:
        """Wait until everything has been sent; return False if the stream is closed."""
        return self.target.drain()

    def may_read(self) -> bool:
        """Return whether the client may read the topics now. May wait."""
        return all(self.broadcaster.may_read(topic, self.identity) for topic in self._topics)

    def close(self) -> None:
        """Close the stream when what was sent has left."""
        self.target.flush()
        self.target.close()

    def revoke(self, topic: str) -> None:
        """Close the stream if it is of a topic that the client may no longer read."""
        if topic in self._topics:
            self.close()

    def follows(self, topic: str) -> bool:
        """Return whether the client is sent the changes of a topic."""
        return topic in self._topics or feed_of(topic) in self._topics

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """Send an event that is not of the log, and has no id."""
        self.target.push(PreparedMessage(sse_encoding.encode_notice(event, dumps(body))))

    def banned(self, ban: Ban, topic: str | None) -> None:
        """Send the client that it is banned, and close the stream if it has the topic."""
        if topic is None or self.follows(topic):
            self.notify("banned", ban.body)
            self.close()

    def token_expired(self) -> None:
        """Close the stream; a client that reconnects is refused with the reason."""
        self.target.close()

    def user_changed(self, before: User) -> None:
        """Do nothing: a user who is still one reads as before."""

    def grant(self, topic: str) -> None:
        """Do nothing: a stream of everything includes the topic already, others reconnect."""
