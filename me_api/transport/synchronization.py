"""Futures and locks that greenlets wait for."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import copy_context
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
        greenlet = self.greenlet = getcurrent()
        # Others than those of a `Greenlets` are not used again.
        has_waited = getattr(greenlet, "has_waited", True)
        hubs.get_hub().switch()
        self.greenlet = None
        if not has_waited:
            # Nothing can resume it too late: the only one that had it was `resume`.
            greenlet.has_waited = False
        # An event of a connection may have to wait for one before it, which reads the database.
        take_turn = getattr(greenlet, "take_turn", None)
        if take_turn is not None:
            take_turn()
        if self._error is not None:
            raise self._error
        return self._value

    def resume(self) -> None:
        """Switch to the greenlet. Runs in the hub, to which it returns when it next waits."""
        # There is no greenlet if wait() was never called; a dead one was killed while waiting.
        if self.greenlet is not None and not self.greenlet.dead:
            self.greenlet.switch()


class Callback:
    """A result that a native thread computes and a function is called with."""

    __slots__ = ("_context", "_function", "_value")

    def __init__(self, function: Callable[[Any], None]) -> None:
        self._function = function
        self._context = copy_context()
        self._value: Any = None

    def set_result(self, value: Any) -> None:
        """Store the result, or an error. `EventletLoop.wake` calls the function with it."""
        self._value = value

    set_exception = set_result

    def resume(self) -> None:
        """Call the function. Runs in the hub."""
        self._context.run(self._function, self._value)


class GreenLock:
    """A lock that greenlets get in the order in which they ask."""

    def __init__(self) -> None:
        self._semaphore = Semaphore()

    def __enter__(self) -> None:
        with holding_turn():
            self._semaphore.acquire()

    def __exit__(self, *_: object) -> None:
        self._semaphore.release()
