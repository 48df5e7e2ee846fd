"""Server-Sent Events for features: changes from any position of the log on, then live.

A view returns `event_streams.respond({topic}, query)`. The response hijacks the connection of its
request; the tail sends what the client has missed, page by page as it is read, and then goes live.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from contextvars import copy_context
from dataclasses import dataclass
from typing import Annotated, Any

from flask import Flask, Response, request
from pydantic import Field
from sqlalchemy.exc import DBAPIError

from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.concurrency import Loop
from me_api.errors import Banned, Gone, NotSupported, TooManyRequests
from me_api.eventlog import EventLog, Subscriber, log
from me_api.extensions import app_extension
from me_api.metrics import Metrics
from me_api.realtime.admission import admission
from me_api.realtime.holders import Holders
from me_api.realtime.sse_subscriber import LimitedSseChannel, SseChannel, SseSource, SseSubscriber
from me_api.realtime.token_watch import TokenWatch
from me_api.rest.origins import origins
from me_api.rest.request import caller
from me_api.storage.failures import is_storage_failure
from me_api.transport import (
    PreparedMessage,
    Registry,
    already_handled,
    open_stream,
    sse_encoding,
)
from me_api.validation import Input, Rev, StreamQuery, validate

EVENT_STREAM = Annotated[str, sse_encoding.MEDIA_TYPE]
"""The response of a route, for its description."""
STREAM_FAILURES = (Gone, NotSupported, TooManyRequests)
"""What a route raises that returns a stream."""
RETRY_MS = 1000
"""The reconnection time of clients, unless a shutdown sets another."""
HEADERS = {
    "Content-Type": sse_encoding.MEDIA_TYPE,
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What a client subscribes to, and from which position on."""

    identity: Identity
    topics: Collection[str] | None
    """None for everything that the caller may read."""
    start: int
    registered_in: set[Any]
    """The subscriber is in this set as long as the stream is open."""


class EventStreamResponse(Response):
    """A response that hijacks the connection of its request."""

    def __init__(self, streams: EventStreams, stream_request: StreamRequest) -> None:
        super().__init__(iter(()), headers={**HEADERS, "X-Epoch": log.epoch})
        self._streams = streams
        self._stream_request = stream_request

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Open the stream, with the headers that the response has by now (WSGI, PEP 3333)."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        self._streams.open(self._stream_request, environ, self.get_wsgi_headers(environ))
        return already_handled()


class EventStreams:
    """The streams of one app."""

    def __init__(self, app: Flask, registry: Registry, sources: Mapping[str, SseSource]) -> None:
        self._registry = registry
        self._loop: Loop = app.extensions["loop"]
        self._log: EventLog = app.extensions["log"]
        self._metrics: Metrics = app.extensions["metrics"]
        self._token_watch: TokenWatch = app.extensions["token_watch"]
        self._holders: Holders = app.extensions["holders"]
        self._app, self._sources = app, sources
        self._channel, self._guest_channel = SseChannel(sources), LimitedSseChannel(app, sources)
        self._all_feeds = tuple(sources)

    def respond(
        self, topics: Collection[str], query: StreamQuery, registered_in: set[Any] | None = None
    ) -> Response:
        """Respond with the changes of topics, whichever the caller has been checked to read."""
        members = set() if registered_in is None else registered_in
        start = self._start(query, topics)
        return EventStreamResponse(self, StreamRequest(caller(), topics, start, members))

    def respond_all(self, query: StreamQuery) -> Response:
        """Respond with the changes of everything that the caller may read.

        Raises `Forbidden` for a token that may not read.
        """
        caller().require("read")
        start = self._start(query, self._all_feeds)
        return EventStreamResponse(self, StreamRequest(caller(), None, start, set()))

    def _channel_for(self, identity: Identity) -> SseChannel:
        """Return the channel on which a caller follows everything."""
        limited = identity.scope is not None and identity.scope.rooms is not None
        if limited or bans.has_any(identity):
            return LimitedSseChannel(self._app, self._sources, identity)
        return self._guest_channel if identity.user is None else self._channel

    def open(
        self,
        stream_request: StreamRequest,
        environ: dict[str, Any],
        headers: Iterable[tuple[str, str]],
    ) -> None:
        """Open a stream on the connection of a request."""

        def on_closed(slow: bool) -> None:
            stream_request.registered_in.discard(sink)
            self._token_watch.remove(sink)
            self._holders.remove(sink)
            self._log.tail.close(subscriber)
            if slow:
                self._metrics.slow["sse"].inc()

        identity, start = stream_request.identity, stream_request.start
        topics, channel = stream_request.topics, self._channel
        stream = open_stream(environ, self._registry, headers, on_closed)
        if topics is None:
            # Not sooner: a ban from a room is applied to what is registered.
            topics, channel = self._all_feeds, self._channel_for(identity)
        sink = SseSubscriber(channel, identity, topics, stream)
        subscriber = Subscriber(sink, dict.fromkeys(topics, start), start)
        try:
            self._holders.add(sink)
        except Banned:
            # Since it was checked. The client reconnects, and is refused with the reason.
            sink.close()
            return
        stream_request.registered_in.add(sink)
        self._token_watch.add(sink)
        # Not the delivered position: the client does not have what is before it until it is sent.
        stream.push(PreparedMessage(sse_encoding.encode_start(start, RETRY_MS)))
        self._loop.spawn(copy_context().run, self._subscribe, subscriber, sink)

    def _start(self, query: StreamQuery, topics: Collection[str]) -> int:
        """Return the position after which the stream begins.

        Raises `Forbidden` for a foreign origin, `Gone`, `NotSupported`, or `TooManyRequests` if the
        address opens too many.
        """
        # The page could not read the stream, and would hold its connection nevertheless.
        origins.check(request.environ)
        if "me_api.detach" not in request.environ:
            raise NotSupported("Streams need the server that app.py starts.")
        admission.check(request.remote_addr)
        self._holders.check(caller())
        # The header takes precedence: an EventSource updates it, while its URL stays the same.
        header = request.headers.get("Last-Event-ID")
        since = query.since if query.last_event_id is None else query.last_event_id
        if header:
            since = validate(_LastEventId, {"Last-Event-ID": header}).rev
        self._log.check_cursor(since or 0, query.epoch)
        if since is None:
            return self._log.delivered
        self._log.tail.check_complete(dict.fromkeys(topics, since), since)
        return since

    def _subscribe(self, subscriber: Subscriber, sink: SseSubscriber) -> None:
        """Send what was missed and go live; close the stream if that fails."""
        try:
            # Before the stream was registered, it may have changed what the caller may read.
            if sink.may_read():
                self._log.tail.start(subscriber)
        except Gone:
            pass  # The client reconnects, and is refused with the reason.
        except DBAPIError as error:
            if not is_storage_failure(error):
                raise
        finally:
            if not subscriber.live:
                # Reading may have failed before the response was sent, or what was read before.
                sink.close()


class _LastEventId(Input):
    rev: Rev = Field(alias="Last-Event-ID")


event_streams: EventStreams = app_extension("event_streams")
