"""Requests in flight: a graceful shutdown waits for their responses."""

from __future__ import annotations

from eventlet.green.threading import Event


class InFlight:
    """Counts the requests that are being processed: each enters the context once."""

    def __init__(self) -> None:
        self.count = 0
        self.stopping = False
        self._idle = Event()

    def __enter__(self) -> None:
        self.count += 1

    def __exit__(self, *_error: object) -> None:
        self.count -= 1
        if self.stopping and not self.count:
            self._idle.set()

    def stop(self) -> None:
        """Begin the shutdown: each connection is closed after its current response."""
        self.stopping = True

    def wait_drained(self) -> None:
        """Block until no request is in flight. To be called after `stop`."""
        if self.count:
            self._idle.wait()
