"""Errors of a server, of what stands before it, and of the libraries, as our failures."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from websockets.exceptions import ConnectionClosed, InvalidStatus, WebSocketException

from terminal.failures import Failure, NotServed, Refused, Unreachable

PROXY = (502, 503, 504)
"""The statuses of a reverse proxy while its server is restarted."""


@contextmanager
def library_failures() -> Iterator[None]:
    """Raise what the libraries raise as `terminal.failures`."""
    try:
        yield
    except InvalidStatus as error:
        response = error.response
        raise failure_of(response.status_code, bytes(response.body or b""), "The address") from None
    except ConnectionClosed as error:
        raise Unreachable(f"The connection was lost: {error}.") from None
    except (WebSocketException, httpx.TransportError, TimeoutError, OSError) as error:
        if isinstance(error, TimeoutError | httpx.TimeoutException):
            raise Unreachable("The server does not respond.") from None
        if "CERTIFICATE_VERIFY_FAILED" in str(error):
            raise NotServed(f"The certificate is not valid: {error}.") from None
        raise Unreachable(f"The server cannot be reached: {_reason(error)}.") from None


async def check(response: httpx.Response) -> None:
    """Raise a failure for a response that is no success."""
    if response.is_redirect:
        # A token is not sent to another address than that which was typed.
        target = response.headers.get("Location", "another address")
        raise NotServed(f"{response.url} redirects to {target}: use that address.")
    if not response.is_success:
        raise failure_of(response.status_code, await response.aread(), str(response.url))


def failure_of(status: int, body: bytes, what: str) -> Failure:
    """Return the failure for a response with an error."""
    try:
        return Refused(status, json.loads(body))
    except (ValueError, LookupError, TypeError):
        if status in PROXY:
            return Unreachable(f"The proxy responds with {status}.")
        return NotServed(f"{what} is none of a me-api: it responds with {status}.")


def _reason(error: Exception) -> str:
    """Return why there is no connection, as the system puts it where it can."""
    cause: BaseException | None = error
    while cause is not None:
        # Those of looking up names are negative.
        if isinstance(cause, OSError) and cause.errno is not None and cause.errno > 0:
            return os.strerror(cause.errno)
        # httpx and the libraries below it say only that all attempts failed.
        cause = cause.__cause__ or cause.__context__
    return str(error) or type(error).__name__
