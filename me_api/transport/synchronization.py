"""Futures and locks that greenlets wait for."""

from __future__ import annotations

from typing import Any

from eventlet import hubs
from eventlet.semaphore import Semaphore
from greenlet import getcurrent

from me_api.transport.turns import holding_turn


class GreenFuture:
    """A result that a native thread computes and one greenlet waits for."""

    def __init__(self) -> None:
        self.greenlet: Any = None
        self._value: Any = None
        self._error: BaseException | None = None

    def set_result(self, value: Any) -> None:
        """Store the result. `EventletLoop.wake` resumes the greenlet that waits for it."""
        self._value = value

    def set_exception(self, error: BaseException) -> None:
        """Store an error, which `wait` will raise."""
        self._error = error

    def wait(self) -> Any:
        """Block this greenlet until it is woken; return the result or raise the error."""
        self.greenlet = getcurrent()
        hubs.get_hub().switch()
        # An event of a connection may have to wait for one before it, which reads the database.
        take_turn = getattr(self.greenlet, "take_turn", None)
        if take_turn is not None:
            take_turn()
        if self._error is not None:
            raise self._error
        return self._value


class GreenLock:
    """A lock that greenlets get in the order in which they ask."""

    def __init__(self) -> None:
        self._semaphore = Semaphore()

    def __enter__(self) -> None:
        with holding_turn():
            self._semaphore.acquire()

    def __exit__(self, *_: object) -> None:
        self._semaphore.release()
