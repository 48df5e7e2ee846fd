"""Protocols of the event loop: greenlets, native threads, and passing values between them.

The transport implements them; nothing else knows which event loop it is.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

T = TypeVar("T")


class PendingResult(Protocol):
    """A result that something waits for; unlike asyncio's futures, it goes on by `Loop.wake`."""

    def set_result(self, value: Any) -> None:
        """Set the result, without waking what waits for it."""

    def set_exception(self, error: BaseException) -> None:
        """Set the error, without waking what waits for it."""


class Future(PendingResult, Protocol):
    """A result that one greenlet waits for."""

    def wait(self) -> Any:
        """Wait until woken; return the result or raise the error."""


class Event(Protocol):
    """A flag that greenlets wait for, as in `threading`."""

    def set(self) -> None:
        """Set the flag and wake all greenlets that wait for it."""

    def wait(self, timeout: float | None = None) -> bool:
        """Wait until it is set, or for `timeout` seconds; return whether it is set."""


class ClientWait(Protocol):
    """How long a client waits for a response."""

    def wait(self, event: Event) -> None:
        """Wait until the event is set, or until the client does not wait any longer."""


class Timer(Protocol):
    """A call that is scheduled for later."""

    def cancel(self) -> None:
        """Cancel the call, if it has not begun."""


class ThreadQueue(Protocol):
    """A queue from the loop into native threads."""

    def put(self, item: Any) -> None:
        """Add an item without waiting."""

    def get(self) -> Any:
        """Remove and return the next item, waiting for it; only in a native thread."""

    def empty(self) -> bool:
        """Return whether the queue is empty."""


class ThreadWaiter(Protocol):
    """Makes one native thread wait for a file descriptor and for other threads at once."""

    def wait(self, fd: int, seconds: float) -> None:
        """Wait until the descriptor is readable, until `wake` is called, or for so long."""

    def pause(self, seconds: float) -> None:
        """Wait until `wake` is called, or for so long."""

    def wake(self) -> None:
        """End the wait, or the next one; from any thread. Never blocks."""

    def close(self) -> None:
        """Free what it holds, once the thread does not wait any longer."""


class LoopCallback(Protocol):
    """A function that any thread may call, and that runs on the loop."""

    def __call__(self, item: Any) -> None:
        """Pass an item to the loop. Never blocks."""

    def close(self) -> None:
        """Free what it holds, once all items that were passed have been handled; on the loop."""


class ThreadPool(Protocol):
    """Native threads for one kind of slow work, with a bounded queue."""

    def run(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function in a native thread; raise `Busy` if too many wait for one."""

    def reserved(self, *, admitted: bool = False) -> AbstractContextManager[None]:
        """Wait for a thread, for the calls in this context; `admitted` is never refused."""

    def call(self, function: Callable[..., T], *args: Any) -> T:
        """Run a function in the reserved thread."""


@dataclass(frozen=True, slots=True)
class WorkerLimits:
    """What kills a worker process.

    More processor time for one text, more seconds without results, more bytes of address space.
    """

    cpu_seconds: float
    seconds: float
    memory: int


class Worker(Protocol):
    """A process that calls one function with texts, in their order."""

    def call(self, text: str) -> str:
        """Return the function's result; raise `Busy` if too many wait, or `WorkerFailed`."""

    def close(self) -> None:
        """End the process, and what it is doing; the next call starts another."""


@dataclass(frozen=True, slots=True)
class ThreadPools:
    """The pools of one application: none holds up another."""

    hashing: ThreadPool
    search: ThreadPool
    export: ThreadPool


class Loop(Protocol):
    """The event loop, as features and the event log use it."""

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        """Run a function in a new greenlet, soon."""

    def call_at_end_of_turn(self, function: Callable[[], None]) -> None:
        """Call a function once all that has been received by now has been handled."""

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function in a new greenlet after some seconds."""

    def event(self) -> Event:
        """Return a new event that is not set."""

    def lock(self) -> AbstractContextManager[Any]:
        """Return a new lock, which greenlets get in the order in which they ask."""

    def holding_turn(self) -> AbstractContextManager[None]:
        """Keep the turn of the connection whose event this is, while the context waits."""

    def future(self) -> Future:
        """Return a new future for the current greenlet."""

    def callback(self, function: Callable[[Any], None]) -> PendingResult:
        """Return a result that a function is called with, or with its error, on the loop.

        The function is called in the context variables of now. It must not wait.
        """

    def wake(self, outcomes: Iterable[PendingResult]) -> None:
        """Resume what waits for these results, greenlets and callbacks, in this order."""

    def thread_queue(self) -> ThreadQueue:
        """Return a new queue into native threads."""

    def thread_waiter(self) -> ThreadWaiter:
        """Return what a new native thread waits with."""

    def start_thread(self, function: Callable[[], None]) -> None:
        """Run a function in a new native thread."""

    def sleep_in_thread(self, seconds: float) -> None:
        """Sleep; only in a native thread."""

    def answers_in_thread(self, host: str, port: int, seconds: float) -> bool:
        """Return whether a machine answers, even by a refusal; only in a native thread."""

    def thread_pool(self, threads: int, queue: int, on_refused: Callable[[], None]) -> ThreadPool:
        """Return a new pool, which starts its threads on first use."""

    def worker_process(
        self,
        path: Path,
        function: str,
        limits: WorkerLimits,
        queue: int,
        on_refused: Callable[[], None],
    ) -> Worker:
        """Return a process, started on first use, for a function of a file that imports no other.

        The function takes a text and returns one. At most `queue` texts wait or are processed;
        `on_refused` is called for each that is refused.
        """

    def threadsafe_callback(self, handle: Callable[[Any], None]) -> LoopCallback:
        """Return a function that any thread may call until it is closed; it calls `handle`."""
