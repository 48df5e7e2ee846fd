"""Direct handlers, and what they return."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

Handler = Callable[..., Any]
"""Its first argument is the client; it returns a `HandlerResult`, or a `ConnectResult`."""


@dataclass(slots=True)
class HandlerResult:
    """What a handler returns: the acknowledgement, and what to call after it has been sent.

    An acknowledgement of several arguments is a tuple.
    """

    ack: Any
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class LaterResult:
    """What a handler returns that has no acknowledgement yet.

    `start` is called with a function, which is to be called once with the acknowledgement.
    """

    start: Callable[[Callable[[Any], None]], None]


@dataclass(slots=True)
class ConnectResult:
    """What a connect handler returns: the pid, and what to call after CONNECT has been sent."""

    pid: str | None
    """None if the session cannot be recovered: then the stock client stores no offset either."""
    on_connected: Callable[[], None]
