"""Closing connections that are in no namespace, as the stock server does."""

from __future__ import annotations

from time import monotonic
from typing import Any

from eventlet import hubs

from me_api.transport.eventloop import log_exceptions


class ConnectTimeout:
    """Closes a session that completes no CONNECT in time; one timer serves all of them."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        # In the order of their deadlines, since all have the same time.
        self._deadlines: dict[str, tuple[float, Any]] = {}
        self._running = False

    def start(self, session: Any) -> None:
        """Close a session after the timeout, unless it is stopped before."""
        # A deadline that runs already is not extended: each refused CONNECT would do that.
        self._deadlines.setdefault(session.sid, (monotonic() + self._seconds, session))
        if not self._running:
            self._schedule(self._seconds)

    def stop(self, sid: str) -> None:
        """Close the session no more; does nothing if it is not in question."""
        self._deadlines.pop(sid, None)

    def _schedule(self, seconds: float) -> None:
        self._running = True
        hubs.get_hub().schedule_call_global(seconds, self._expire)

    def _expire(self) -> None:
        self._running = False
        now = monotonic()
        for due, session in list(self._deadlines.values()):
            if due > now:
                self._schedule(due - now)
                return
            self.stop(session.sid)
            log_exceptions(session.fail, "No CONNECT in time.")
