"""Declaring a route that streams, and what a client receives that is refused for now."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, request
from sqlalchemy.exc import DBAPIError

from me_api.errors import ApiError, TooManyRequests
from me_api.realtime.sse import EVENT_STREAM, HEADERS, RETRY_MS, STREAM_FAILURES
from me_api.rest.endpoint import endpoint
from me_api.storage.failures import is_storage_failure
from me_api.transport import sse_encoding
from me_api.validation import StreamQuery

View = TypeVar("View", bound=Callable[..., Any])


def stream_endpoint(*failures: type[ApiError]) -> Callable[[View], View]:
    """Declare a route whose query is a `StreamQuery`, and that returns a stream.

    `failures` are raised beside those of every stream. A client that reconnects is sent an empty
    stream instead of what passes.
    """
    return lambda view: endpoint(
        query=StreamQuery, responses={200: EVENT_STREAM}, failures=(*failures, *STREAM_FAILURES)
    )(_retry_later(view))


def _retry_later(view: View) -> View:
    """Respond to a reconnecting client with an empty stream if it is refused for now.

    That is so while the database fails, and while its address opens too many connections. An
    `EventSource` takes an error for final, but reconnects after a stream that has ended.
    """

    @wraps(view)
    def call(**arguments: Any) -> Any:
        try:
            return view(**arguments)
        except (DBAPIError, TooManyRequests) as error:
            delay = _retry_delay(error)
            resumes = request.headers.get("Last-Event-ID") or request.args.get("lastEventId")
            if delay is None or not resumes:
                raise
            return Response(sse_encoding.encode_retry(delay), headers=HEADERS)

    return cast(View, call)


def _retry_delay(error: DBAPIError | TooManyRequests) -> int | None:
    """Return after how many milliseconds a client may try again; None if that is useless."""
    if isinstance(error, TooManyRequests):
        return int(error.extra["retry_after"] * 1000)
    return RETRY_MS if is_storage_failure(error) else None
