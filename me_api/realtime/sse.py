"""The stream door: Server-Sent Events from any position of the log on, then live.

A view gives back `streams.answer({topic}, query)`. That answer takes the connection over; the tail
sends what was missed, page by page as the client reads, and then what happens.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from functools import wraps
from typing import Annotated, Any, TypeVar, cast

from flask import Flask, Response, request
from pydantic import Field
from sqlalchemy.exc import DBAPIError

from me_api.auth.identity import Identity
from me_api.concurrency import Loop
from me_api.errors import NotSupported
from me_api.eventlog import EventLog, Subscriber, log
from me_api.extensions import app_extension
from me_api.metrics import Metrics
from me_api.realtime.sse_subscriber import GuestSseChannel, SseChannel, SseSource, SseSubscriber
from me_api.rest.request import caller
from me_api.storage.failures import is_storage_failure
from me_api.transport import Registry, Stream, already_handled, open_stream
from me_api.transport.sse import encoding
from me_api.validation import Input, Rev, StreamQuery, validate

View = TypeVar("View", bound=Callable[..., Any])

EVENT_STREAM = Annotated[str, encoding.MEDIA_TYPE]
"""What the routes answer, for their description."""
RETRY = 1000
"""Milliseconds until a client comes back that has lost its connection."""
HEADERS = {
    "Content-Type": encoding.MEDIA_TYPE,
    "Cache-Control": "no-cache",
    "X-Accel-Buffering": "no",
}


@dataclass(frozen=True, slots=True)
class StreamRequest:
    """What somebody wants to follow, and from where; they are `among` these meanwhile."""

    channel: SseChannel
    identity: Identity
    topics: Collection[str]
    start: int
    among: set[Any]


class EventStreamResponse(Response):
    """An answer that takes over the connection of its request."""

    def __init__(self, streams: EventStreams, wish: StreamRequest) -> None:
        super().__init__(iter(()), headers={**HEADERS, "X-Epoch": log.epoch})
        self._streams = streams
        self._wish = wish

    def __call__(self, environ: Any, start_response: Any) -> Any:
        """Begin the stream behind the head, with the headers that it has got by now."""
        if environ["REQUEST_METHOD"] == "HEAD":
            return super().__call__(environ, start_response)
        self._streams.open(self._wish, environ, self.get_wsgi_headers(environ))
        return already_handled()


class EventStreams:
    """The streams of one app."""

    def __init__(self, app: Flask, registry: Registry, kinds: Mapping[str, SseSource]) -> None:
        self._registry = registry
        self._loop: Loop = app.extensions["loop"]
        self._log: EventLog = app.extensions["log"]
        self._metrics: Metrics = app.extensions["metrics"]
        self._all, self._guests = SseChannel(registry, kinds), GuestSseChannel(app, registry, kinds)
        self._everything = tuple(kinds)

    def respond(
        self, topics: Collection[str], query: StreamQuery, among: set[Any] | None = None
    ) -> Response:
        """Answer with the changes of topics; the reader is `among` these as long as it reads."""
        among = set() if among is None else among
        return EventStreamResponse(
            self, StreamRequest(self._all, caller(), topics, self._start(query), among)
        )

    def respond_all(self, query: StreamQuery) -> Response:
        """Answer with the changes of all that the caller may read."""
        channel = self._guests if caller().user is None else self._all
        return EventStreamResponse(
            self, StreamRequest(channel, caller(), self._everything, self._start(query), set())
        )

    def open(
        self, wish: StreamRequest, environ: dict[str, Any], headers: Iterable[tuple[str, str]]
    ) -> None:
        """Begin a stream on the connection of a request."""

        def ended(slow: bool) -> None:
            wish.among.discard(reader)
            self._log.tail.close(follower)
            if slow:
                self._metrics.slow.inc()

        stream = open_stream(environ, self._registry, headers, ended)
        reader = SseSubscriber(wish.channel, wish.identity, wish.topics, stream)
        follower = Subscriber(reader, dict.fromkeys(wish.topics, wish.start), wish.start)
        wish.among.add(reader)
        # Not the position delivered by now: it would be a lie until all before it has been sent.
        stream.push(encoding.encode_start(wish.start, RETRY))
        self._loop.spawn(self._follow, follower, stream)

    def _start(self, query: StreamQuery) -> int:
        """Find where the stream begins; the header moves on, while the address stays."""
        if "me_api.detach" not in request.environ:
            raise NotSupported("Streams need the server that app.py starts.")
        said = request.headers.get("Last-Event-ID")
        since = validate(_LastEvent, {"Last-Event-ID": said}).rev if said else query.since
        self._log.check_cursor(since or 0, query.epoch)
        return self._log.delivered if since is None else since

    def _follow(self, follower: Subscriber, stream: Stream) -> None:
        """Send what was missed, then go live; whatever goes wrong, the client comes back."""
        try:
            self._log.tail.start(follower)
        except DBAPIError as error:
            if not is_storage_failure(error):
                raise
        finally:
            if not follower.live:
                stream.close()


def retry_on_storage_failure(view: View) -> View:
    """Let who comes back while the database fails try again by itself.

    An `EventSource` takes 503 for final; from a stream that ends at once it comes back later.
    """

    @wraps(view)
    def call(**arguments: Any) -> Any:
        try:
            return view(**arguments)
        except DBAPIError as error:
            if not (request.headers.get("Last-Event-ID") and is_storage_failure(error)):
                raise
            return Response(encoding.encode_retry(RETRY), headers=HEADERS)

    return cast(View, call)


class _LastEvent(Input):
    rev: Rev = Field(alias="Last-Event-ID")


event_streams: EventStreams = app_extension("event_streams")
