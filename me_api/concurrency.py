"""What the event loop offers to the rest: greenlets, native threads and the way between them.

The transport package provides it; nothing else knows which loop it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any, Protocol, TypeVar, cast

from flask import current_app
from werkzeug.local import LocalProxy

T = TypeVar("T")


class Waiter(Protocol):
    """One greenlet's wait for a result that a native thread makes."""

    def succeed(self, value: Any) -> None:
        """Keep the result until the greenlet is resumed."""

    def fail(self, error: BaseException) -> None:
        """Keep the error that the greenlet is to meet."""

    def wait(self) -> Any:
        """Sleep until resumed; return the result or raise the error."""


class Flag(Protocol):
    """Something that greenlets wait for."""

    def set(self) -> None:
        """Wake all that wait."""

    def wait(self, timeout: float | None = None) -> bool:
        """Sleep until set or `timeout` seconds have passed; tell whether it was set."""


class Patience(Protocol):
    """How long somebody waits for something."""

    def wait(self, flag: Flag) -> None:
        """Sleep until the flag is set, or as long as it is worth waiting for it."""


class Timer(Protocol):
    """Something that will happen."""

    def cancel(self) -> None:
        """Let it not happen."""


class Inbox(Protocol):
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

    def after(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function in a greenlet of its own, later."""

    def flag(self) -> Flag:
        """Make a flag."""

    def waiter(self) -> Waiter:
        """Make a waiter."""

    def resume(self, waiters: Iterable[Waiter]) -> None:
        """Wake greenlets, in this order."""

    def inbox(self) -> Inbox:
        """Make a queue into a native thread."""

    def thread(self, function: Callable[[], None]) -> None:
        """Run a function in a native thread of its own."""

    def bridge(self, handle: Callable[[Any], None]) -> Callable[[Any], None]:
        """Make a function that any thread may call; `handle` gets its argument on the loop."""

    def offload(self, function: Callable[..., T], *args: Any) -> T:
        """Run slow work in a native thread while other greenlets go on."""


loop = cast(Loop, LocalProxy(lambda: current_app.extensions["loop"]))
