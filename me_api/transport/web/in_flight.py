"""The requests that are being answered: a server that is to stop answers them first."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from eventlet.green.threading import Event


class InFlight:
    """Counts the requests that are being answered."""

    def __init__(self) -> None:
        self.count = 0
        self.stopping = False
        self._idle = Event()

    @contextmanager
    def request(self) -> Iterator[None]:
        """Count a request until it is answered."""
        self.count += 1
        try:
            yield
        finally:
            self.count -= 1
            if self.stopping and not self.count:
                self._idle.set()

    def stop(self) -> None:
        """Have every connection closed behind the answer that is under way."""
        self.stopping = True

    def wait_drained(self) -> None:
        """Wait until nothing is being answered."""
        if self.count:
            self._idle.wait()
