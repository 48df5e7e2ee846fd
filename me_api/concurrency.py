"""What the event loop offers to the rest: greenlets, native threads and the way between them.

The transport package provides it; nothing else knows which loop it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class Future(Protocol):
    """One greenlet's wait for a result that a native thread makes."""

    def set_result(self, value: Any) -> None:
        """Keep the result until the greenlet is resumed."""

    def set_exception(self, error: BaseException) -> None:
        """Keep the error that the greenlet is to meet."""

    def wait(self) -> Any:
        """Sleep until resumed; return the result or raise the error."""


class Event(Protocol):
    """Something that greenlets wait for."""

    def set(self) -> None:
        """Wake all that wait."""

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until set or `timeout` seconds have passed; tell whether it was set."""


class ClientWait(Protocol):
    """How long somebody waits for something."""

    def wait(self, flag: Event) -> None:
        """Sleep until the flag is set, or as long as it is worth waiting for it."""


class Timer(Protocol):
    """Something that will happen."""

    def cancel(self) -> None:
        """Let it not happen."""


class ThreadQueue(Protocol):
    """A queue into a native thread."""

    def put(self, item: Any) -> None:
        """Hand an item over, without waiting."""

    def get(self) -> Any:
        """Take the next item; in the thread only."""

    def empty(self) -> bool:
        """Tell whether nothing waits."""


class Loop(Protocol):
    """The event loop."""

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a function in a greenlet of its own, soon."""

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function in a greenlet of its own, later."""

    def event(self) -> Event:
        """Make a flag."""

    def future(self) -> Future:
        """Make a waiter."""

    def wake(self, waiters: Iterable[Future]) -> None:
        """Wake greenlets, in this order."""

    def thread_queue(self) -> ThreadQueue:
        """Make a queue into a native thread."""

    def start_thread(self, function: Callable[[], None]) -> None:
        """Run a function in a native thread of its own."""

    def threadsafe_callback(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        """Make a function that any thread may call; `handle` gets its argument on the loop."""

    def run_in_thread(self, function: Callable[..., T], *args: Any) -> T:
        """Run slow work in a native thread while other greenlets go on."""
