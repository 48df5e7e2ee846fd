"""Waiting in a native thread for a file descriptor, or for another thread's wake-up."""

from __future__ import annotations

from collections.abc import Iterable
from contextlib import suppress
from typing import Any

from eventlet import patcher

_select = patcher.original("select")
_socket = patcher.original("socket")


class NativeWaiter:
    """Implements `me_api.concurrency.ThreadWaiter`. Nothing of it is green."""

    def __init__(self) -> None:
        self._reader, self._writer = _socket.socketpair()
        self._reader.setblocking(False)
        self._writer.setblocking(False)

    def wait(self, fd: int, seconds: float) -> None:
        """Wait until the descriptor is readable, until `wake` is called, or for so long."""
        self._poll((fd, self._reader), seconds)

    def pause(self, seconds: float) -> None:
        """Wait until `wake` is called, or for so long."""
        self._poll((self._reader,), seconds)

    def _poll(self, sources: Iterable[Any], seconds: float) -> None:
        poll = _select.poll()
        for source in sources:
            poll.register(source, _select.POLLIN)
        # Rounded up: a wait of half a millisecond must not become a loop without one.
        poll.poll(int(seconds * 1000) + 1)
        with suppress(BlockingIOError):
            self._reader.recv(4096)

    def wake(self) -> None:
        """End the wait, or the next one. May be called from any thread; never blocks."""
        with suppress(BlockingIOError):
            self._writer.send(b"\0")

    def close(self) -> None:
        """Close its sockets, once the thread does not wait any longer."""
        self._reader.close()
        self._writer.close()
