"""The load generator's loop: one process, raw non-blocking sockets, epoll, and its own idle time.

The share of the time that the loop is blocked in epoll tells whether it could have taken more: a
figure measured while the load was idle is the server's, not the load's.
"""

from __future__ import annotations

import heapq
import itertools
import os
import resource
import select
import socket
from collections.abc import Callable
from time import perf_counter

SERVER_CORE, LOAD_CORE = 0, 1
READ = select.EPOLLIN
WRITE = select.EPOLLOUT
URGENT_EVERY = 16
"""So many ordinary sockets are read before urgent ones are looked at again."""
ASK_EVERY = 0.005


class TooSlow(RuntimeError):
    """Something did not happen in the time it was given."""


class Load:
    """Watches sockets and timers. Senders' sockets are urgent: they do not wait for listeners."""

    def __init__(self) -> None:
        self._poll = select.epoll()
        self._urgent = select.epoll()
        self._poll.register(self._urgent.fileno(), READ)
        self._readers: dict[int, Callable[[], None]] = {self._urgent.fileno(): self._serve_urgent}
        self._writers: dict[int, Callable[[], None]] = {}
        self._timers: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._blocked = 0.0
        self._lap = (perf_counter(), 0.0)

    def watch(self, sock: socket.socket, reader: Callable[[], None], *, urgent: bool) -> None:
        """Call the reader whenever there is something to read."""
        (self._urgent if urgent else self._poll).register(sock.fileno(), READ)
        self._readers[sock.fileno()] = reader

    def redirect(self, sock: socket.socket, reader: Callable[[], None]) -> None:
        """Have another reader called from now on."""
        self._readers[sock.fileno()] = reader

    def when_writable(
        self, sock: socket.socket, writer: Callable[[], None] | None, *, urgent: bool
    ) -> None:
        """Call the writer while there is room to write; None ends it."""
        number, poll = sock.fileno(), self._urgent if urgent else self._poll
        if writer is None:
            self._writers.pop(number, None)
            poll.modify(number, READ)
        else:
            self._writers[number] = writer
            poll.modify(number, READ | WRITE)

    def mute(self, sock: socket.socket, *, urgent: bool = False) -> None:
        """Stop reading, but keep the connection."""
        (self._urgent if urgent else self._poll).modify(sock.fileno(), 0)

    def unmute(self, sock: socket.socket, *, urgent: bool = False) -> None:
        """Read again."""
        (self._urgent if urgent else self._poll).modify(sock.fileno(), READ)

    def forget(self, sock: socket.socket) -> None:
        """Watch a socket no longer; closing it takes it off epoll."""
        self._readers.pop(sock.fileno(), None)
        self._writers.pop(sock.fileno(), None)

    def after(self, seconds: float, act: Callable[[], None]) -> None:
        """Call something later."""
        heapq.heappush(self._timers, (perf_counter() + seconds, next(self._order), act))

    def run_for(self, seconds: float) -> None:
        """Run so long."""
        end = perf_counter() + seconds
        self._run(lambda: perf_counter() >= end, end)

    def run_until(self, done: Callable[[], bool], seconds: float, what: str) -> None:
        """Run until it is done; raise `TooSlow` when it takes longer than so many seconds.

        It is asked every few milliseconds: with thousands of clients the question costs something.
        """
        end, due = perf_counter() + seconds, 0.0

        def over() -> bool:
            nonlocal due
            if (now := perf_counter()) < due:
                return False
            finished = done()
            due = now + ASK_EVERY
            return finished or now >= end

        self._run(over, end)
        if not done():
            raise TooSlow(f"not within {seconds:.0f} s: {what}")

    def start_lap(self) -> None:
        """Begin to measure the idle share."""
        self._lap = (perf_counter(), self._blocked)

    def idle_share(self) -> float:
        """Tell which share of the lap was spent waiting in epoll."""
        since, blocked = self._lap
        return (self._blocked - blocked) / (perf_counter() - since)

    def _run(self, done: Callable[[], bool], end: float) -> None:
        while not done():
            self._fire_timers()
            before = perf_counter()
            wait = min([end, before + 0.05] + [timer[0] for timer in self._timers[:1]])
            events = self._poll.poll(max(0.0, wait - before), 512)
            self._blocked += perf_counter() - before
            self._serve(events)

    def _serve(self, events: list[tuple[int, int]]) -> None:
        """Serve a batch of sockets; one that was closed meanwhile has no reader any more."""
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

    def _fire_timers(self) -> None:
        while self._timers and self._timers[0][0] <= perf_counter():
            heapq.heappop(self._timers)[2]()


def pin(core: int) -> None:
    """Run this process, and those it starts from now on, on one core."""
    os.sched_setaffinity(0, {core})


def raise_file_limit() -> int:
    """Allow as many open files as the system gives; return how many."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard
