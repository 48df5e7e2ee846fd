"""Turns of the requests that receive large bodies: decoding and parsing one takes milliseconds."""

from __future__ import annotations

from collections import deque
from time import monotonic

from eventlet import hubs
from greenlet import getcurrent, greenlet

TURN_SECONDS = 0.008
"""Seconds for which they go on before the hub serves the other connections."""


class WaitingRequest:
    """The greenlet of a request that waits; none once it does not wait any more."""

    def __init__(self) -> None:
        self.waiter: greenlet | None = getcurrent()

    def resume(self) -> None:
        """Resume the greenlet. Runs in the hub."""
        if self.waiter is not None:
            self.waiter.switch()


class BodyTurns:
    """Resumes requests until a turn of the hub is used up, and the others in later ones.

    Those of the addresses are resumed in turn: one with many does not hold up another.
    """

    def __init__(self) -> None:
        self._waiting: dict[str, deque[WaitingRequest]] = {}
        """The addresses in the order of their turns."""
        self._is_scheduled = False

    def wait(self, address: str) -> None:
        """Block until a request of this address may go on."""
        request = WaitingRequest()
        self._waiting.setdefault(address, deque()).append(request)
        self._schedule()
        try:
            hubs.get_hub().switch()
        finally:
            request.waiter = None

    def _schedule(self) -> None:
        if not self._is_scheduled:
            self._is_scheduled = True
            hubs.get_hub().schedule_call_global(0, self._begin_turns)

    def _begin_turns(self) -> None:
        self._is_scheduled = False
        end = monotonic() + TURN_SECONDS
        while self._waiting and monotonic() < end:
            address = next(iter(self._waiting))
            requests = self._waiting.pop(address)
            request = requests.popleft()
            if requests:
                self._waiting[address] = requests
            request.resume()
        if self._waiting:
            self._schedule()
