"""Streams that are refused for now: what a reconnecting `EventSource` receives instead."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any, TypeVar, cast

from flask import Response, request
from sqlalchemy.exc import DBAPIError

from me_api.errors import TooManyRequests
from me_api.realtime.sse import HEADERS, RETRY_MS
from me_api.storage.failures import is_storage_failure
from me_api.transport import sse_encoding

View = TypeVar("View", bound=Callable[..., Any])


def retry_later(view: View) -> View:
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
