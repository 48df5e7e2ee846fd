"""Who reads streams: what they get, written once for all, and how they are sent away."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from contextvars import copy_context
from dataclasses import dataclass

from flask import Flask
from orjson import dumps
from sqlalchemy.exc import DBAPIError

from me_api.auth.identity import Identity
from me_api.eventlog import Batch, Entry, feed_of
from me_api.transport import Registry, Stream, broadcast_bytes
from me_api.transport.sse import encoding

Readable = Callable[[dict[str, int], Identity], dict[str, int]]
GUEST = Identity()


@dataclass(frozen=True, slots=True)
class SseSource:
    """A feed as streams show it: what its changes are called, and which topics one may read."""

    event: str
    readable: Readable | None = None


class SseChannel:
    """All who read streams; each change is written once for all of them."""

    def __init__(self, registry: Registry, kinds: Mapping[str, SseSource]) -> None:
        self._registry = registry
        self._kinds = kinds

    def broadcast(self, batch: Batch, members: Collection[Stream]) -> None:
        """Send changes to all these as they happen."""
        if members:
            broadcast_bytes(self.encode_batch(batch), members, self._registry)

    def encode_batch(self, batch: Batch) -> bytes:
        """Write changes, once for all."""
        return self._encoded(batch, frozenset())

    def _encoded(self, batch: Batch, hidden: frozenset[str]) -> bytes:
        """Write changes but those of hidden topics; once for all to whom the same is hidden."""
        key = " ".join(["event-stream", *sorted(hidden)])
        if key not in batch.encoded:
            shown = [self._event(entry) for entry in batch.entries if entry.topic not in hidden]
            batch.encoded[key] = b"".join(shown)
        found: bytes = batch.encoded[key]
        return found

    def _event(self, entry: Entry) -> bytes:
        return encoding.encode_event(
            self._kinds[feed_of(entry.topic)].event, entry.rev, dumps(entry.body)
        )


class GuestSseChannel(SseChannel):
    """Guests who read everything: what is closed to them is left out when it is sent.

    So a room that is made or opened later comes in by itself, whichever process did that.
    """

    def __init__(self, app: Flask, registry: Registry, kinds: Mapping[str, SseSource]) -> None:
        super().__init__(registry, kinds)
        self._context = copy_context()
        self._context.run(lambda: app.app_context().push())

    def broadcast(self, batch: Batch, members: Collection[Stream]) -> None:
        """Send changes; where it cannot be told what is closed, all have to come back."""
        try:
            super().broadcast(batch, members)
        except DBAPIError:
            for member in tuple(members):
                member.close()

    def encode_batch(self, batch: Batch) -> bytes:
        """Write changes but those that are closed now: a page that is kept may be older."""
        topics = {entry.topic for entry in batch.entries}
        return self._encoded(batch, self._context.copy().run(self._closed, topics))

    def _closed(self, topics: set[str]) -> frozenset[str]:
        closed: set[str] = set()
        for name, kind in self._kinds.items():
            theirs = {topic: 0 for topic in topics if feed_of(topic) == name}
            if theirs and kind.readable is not None:
                closed |= theirs.keys() - kind.readable(theirs, GUEST).keys()
        return frozenset(closed)


class SseSubscriber:
    """Somebody who reads a stream: a receiver of the log, and one who can be sent away."""

    nick = None
    verified = False

    def __init__(
        self, channel: SseChannel, identity: Identity, topics: Collection[str], stream: Stream
    ) -> None:
        self.broadcaster = channel
        self.target = stream
        self.is_guest = identity.user is None
        self.sender = identity.sender or ""
        self._topics = topics

    def fits(self, batch: Batch) -> bool:
        """Tell whether these changes, and a few more, can be queued with what waits already."""
        return self.target.fits(self.broadcaster.encode_batch(batch) if batch.entries else b"")

    def push(self, batch: Batch) -> None:
        """Send changes of the log."""
        self.target.push(self.broadcaster.encode_batch(batch))

    def drain(self) -> bool:
        """Wait until what was sent has left; False when the client is gone."""
        return self.target.drain()

    def revoke(self, topic: str) -> None:
        """End the stream of what was closed to its reader."""
        if topic in self._topics:
            self.target.close()

    def grant(self, topic: str) -> None:
        """Change nothing: who reads everything gets it already, who was sent away comes back."""
