"""The event loop of the load generator: one process, non-blocking sockets, epoll.

It records the share of the time in which it waits for events. A figure that was measured while the
load generator was partly idle is limited by the server, and not by the load generator.
"""

from __future__ import annotations

import heapq
import itertools
import os
import resource
import select
import socket
from collections.abc import Callable, Collection
from time import perf_counter

SERVER_CORE, LOAD_CORE = 0, 1
ALL_CORES = frozenset(os.sched_getaffinity(0))
READ = select.EPOLLIN
WRITE = select.EPOLLOUT
URGENT_EVERY = 16
"""The number of ordinary sockets served before the urgent ones are polled again."""
CHECK_INTERVAL = 0.005
"""Seconds between two evaluations of the condition that `run_until` waits for."""


class WaitTimeout(RuntimeError):
    """A condition was not met within the time allowed for it."""


class EventLoop:
    """Calls readers, writers and timers. Urgent sockets are served before ordinary ones.

    The sockets of senders are urgent, so that the next message is sent without first reading what
    hundreds of listeners have received.
    """

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._urgent = select.epoll()
        # The urgent sockets have an epoll of their own, which is readable in the ordinary one
        # when any of them is ready. So one poll() waits for all sockets.
        self._poll.register(self._urgent.fileno(), READ)
        self._readers: dict[int, Callable[[], None]] = {self._urgent.fileno(): self._serve_urgent}
        self._writers: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        # Timers due at the same moment are compared by this number, as functions have no order.
        self._timer_numbers = itertools.count()
        self._blocked = 0.0
        self._idle_timer = (perf_counter(), 0.0)

    def add_reader(self, sock: socket.socket, reader: Callable[[], None], *, urgent: bool) -> None:
        """Call `reader` whenever the socket is readable."""
        self._epoll_of(urgent).register(sock.fileno(), READ)
        self._readers[sock.fileno()] = reader

    def replace_reader(self, sock: socket.socket, reader: Callable[[], None]) -> None:
        """Call another reader for a socket that already has one."""
        self._readers[sock.fileno()] = reader

    def set_writer(
        self, sock: socket.socket, writer: Callable[[], None] | None, *, urgent: bool
    ) -> None:
        """Call `writer` whenever the socket is writable; None removes it."""
        number, poll = sock.fileno(), self._epoll_of(urgent)
        if writer is None:
            self._writers.pop(number, None)
            poll.modify(number, READ)
        else:
            self._writers[number] = writer
            poll.modify(number, READ | WRITE)

    def pause_reading(self, sock: socket.socket, *, urgent: bool = False) -> None:
        """Stop reading from a socket without closing it."""
        self._epoll_of(urgent).modify(sock.fileno(), 0)

    def resume_reading(self, sock: socket.socket, *, urgent: bool = False) -> None:
        """Read again from a socket after `pause_reading`."""
        self._epoll_of(urgent).modify(sock.fileno(), READ)

    def remove(self, sock: socket.socket) -> None:
        """Remove the reader and the writer of a socket that is about to be closed."""
        # Closing the socket removes it from epoll.
        self._readers.pop(sock.fileno(), None)
        self._writers.pop(sock.fileno(), None)

    def call_later(self, seconds: float, callback: Callable[[], None]) -> None:
        """Call `callback` once, after this many seconds."""
        number = next(self._timer_numbers)
        heapq.heappush(self._timers, (perf_counter() + seconds, number, callback))

    def run_for(self, seconds: float) -> None:
        """Run the loop for a number of seconds."""
        end = perf_counter() + seconds
        self._run(lambda: perf_counter() >= end, end)

    def run_until(self, condition: Callable[[], bool], seconds: float, what: str) -> None:
        """Run the loop until a condition is met; raise `WaitTimeout` after this many seconds."""
        end, next_check = perf_counter() + seconds, 0.0

        def finished() -> bool:
            nonlocal next_check
            # The condition looks at every client. With thousands of them, checking it after each
            # batch of events would slow down the load generator.
            if (now := perf_counter()) < next_check:
                return False
            met = condition()
            next_check = now + CHECK_INTERVAL
            return met or now >= end

        self._run(finished, end)
        if not condition():
            raise WaitTimeout(f"not within {seconds:.0f} s: {what}")

    def start_idle_timer(self) -> None:
        """Measure the idle share from now on."""
        self._idle_timer = (perf_counter(), self._blocked)

    def idle_share(self) -> float:
        """Return the share of the time since `start_idle_timer` that was spent in epoll."""
        started, blocked = self._idle_timer
        return (self._blocked - blocked) / (perf_counter() - started)

    def _epoll_of(self, urgent: bool) -> select.epoll:
        return self._urgent if urgent else self._poll

    def _run(self, finished: Callable[[], bool], end: float) -> None:
        while not finished():
            self._run_timers()
            started = perf_counter()
            wake_at = min([end, started + 0.05] + [timer[0] for timer in self._timers[:1]])
            events = self._poll.poll(max(0.0, wake_at - started), 512)
            self._blocked += perf_counter() - started
            self._serve(events)

    def _serve(self, events: list[tuple[int, int]]) -> None:
        # A socket that an earlier callback of this batch has closed has no reader any more.
        readers = self._readers
        for count, (number, flags) in enumerate(events):
            if flags != WRITE and (reader := readers.get(number)):
                reader()
            if flags & WRITE and (writer := self._writers.get(number)):
                writer()
            if count % URGENT_EVERY == URGENT_EVERY - 1:
                self._serve_urgent()

    def _serve_urgent(self) -> None:
        for number, flags in self._urgent.poll(0):
            if flags != WRITE and (reader := self._readers.get(number)):
                reader()
            if flags & WRITE and (writer := self._writers.get(number)):
                writer()

    def _run_timers(self) -> None:
        while self._timers and self._timers[0][0] <= perf_counter():
            heapq.heappop(self._timers)[2]()


def pin_to_core(core: int) -> None:
    """Run this process, and processes that it starts from now on, on one core only."""
    pin_to_cores({core})


def pin_to_cores(cores: Collection[int]) -> None:
    """Run this process, and processes that it starts from now on, on these cores only."""
    os.sched_setaffinity(0, cores)


def raise_file_limit() -> int:
    """Raise the soft limit of open files to the hard limit, and return it."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
