"""A process for work that holds the GIL, or that may take too much time or memory.

What runs in a native thread takes turns with the event loop, whatever it is. A process does not,
and can be killed.
"""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from eventlet import patcher

from me_api.concurrency import WorkerLimits
from me_api.config import PREFIX
from me_api.errors import WorkerFailed
from me_api.transport.worker_main import HEADER, pack, unpack

# In native threads, nothing that eventlet has patched may be called.
select, socket, threading = (patcher.original(name) for name in ("select", "socket", "threading"))

PROGRAM = Path(__file__).with_name("worker_main.py")
# Ctrl-C, and a supervisor that stops a service, signal all processes of the server. It goes on to
# answer its requests, and this process with it: it ends when its socket is closed.
BLOCKED = (signal.SIGINT, signal.SIGTERM)


class WorkerProcess:
    """Runs a function of a file, which must not import `me_api`.

    The process is started by the first call, and after a death. It ends with the server, however
    that ends: its end of a socket is closed then. Its methods block: `call` is for native threads.
    """

    def __init__(self, path: Path, function: str, limits: WorkerLimits) -> None:
        self._arguments = [str(path), function, str(limits.cpu_seconds), str(limits.memory)]
        self._seconds = limits.seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None
        self._closing = False

    def call(self, texts: Sequence[str]) -> list[str | WorkerFailed]:
        """Return the function's results for the texts, in their order.

        `WorkerFailed` is the result if the process dies, cannot be started, or exceeds its limits.
        """
        with self._lock:
            results = self._attempt(texts)
            if len(texts) > 1 and isinstance(results[0], WorkerFailed):
                # It has died of one of them. Each is tried alone, so that only that one fails.
                return [
                    failure if self._closing else self._attempt([text])[0]
                    for text, failure in zip(texts, results, strict=True)
                ]
            return results

    def close(self) -> None:
        """End the process, and what it is doing; the next call starts another."""
        self._closing = True
        # First without the lock, which a call holds that this ends.
        if child := self._child:
            child.hang_up()
        with self._lock:
            self._end()
            self._closing = False

    def _attempt(self, texts: Sequence[str]) -> list[str | WorkerFailed]:
        try:
            return [*self._running_child().call(texts)]
        except OSError as error:
            self._end()
            return [_failure(error) for _ in texts]

    def _running_child(self) -> _Child:
        if self._child is not None and self._child.has_hung_up():
            self._end()
        if self._child is None:
            self._child = _Child(self._arguments, self._seconds)
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
            self._child = None


class _Child:
    """A running process, the socket to it, and the thread that waits for its end."""

    def __init__(self, arguments: list[str], seconds: float) -> None:
        self._socket, theirs = socket.socketpair()
        self._socket.settimeout(seconds)
        # -P: the folder of the program is no place to import from.
        command = [sys.executable, "-P", str(PROGRAM), *arguments]
        try:
            with theirs:
                self._pid = os.posix_spawn(
                    sys.executable,
                    command,
                    _environment(),
                    file_actions=[(os.POSIX_SPAWN_DUP2, theirs.fileno(), 0)],
                    setsigmask=BLOCKED,
                )
        except OSError:
            self._socket.close()
            raise
        self._reaper = threading.Thread(target=self._reap, daemon=True)
        self._reaper.start()

    def call(self, texts: Sequence[str]) -> list[str]:
        """Return the results for texts; raise `OSError` if there are none in time."""
        self._socket.sendall(pack(texts))
        (length,) = HEADER.unpack(self._receive(HEADER.size))
        return list(unpack(self._receive(length)))

    def has_hung_up(self) -> bool:
        """Return whether the process has ended, or is about to."""
        return self._wait_hang_up(0)

    def hang_up(self) -> None:
        """Make the reaper kill the process, and a call that waits for it raise. Never blocks."""
        with suppress(OSError):  # The socket is closed if the process has just ended.
            self._socket.shutdown(socket.SHUT_RDWR)

    def end(self) -> None:
        """Kill the process, and wait until nothing is left of it."""
        self.hang_up()
        self._reaper.join()
        self._socket.close()

    def _receive(self, length: int) -> bytearray:
        received = bytearray(length)
        rest = memoryview(received)
        while rest:
            count = self._socket.recv_into(rest)
            if not count:
                raise ConnectionResetError("the process has ended")
            rest = rest[count:]
        return received

    def _reap(self) -> None:
        """Wait until either end of the socket is closed; then kill the process, and reap it.

        Only this thread does: the number is that of the process until it is reaped.
        """
        self._wait_hang_up(None)
        os.kill(self._pid, signal.SIGKILL)
        os.wait4(self._pid, 0)

    def _wait_hang_up(self, milliseconds: int | None) -> bool:
        poll = select.poll()
        poll.register(self._socket, 0)  # A hang-up is always reported.
        return bool(poll.poll(milliseconds))


def _failure(cause: OSError) -> WorkerFailed:
    made = WorkerFailed("The process for this died, or took too long. Nothing was done: try again.")
    made.__cause__ = cause
    return made


def _environment() -> dict[str, str]:
    """Return the environment without the settings: the process needs no secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
