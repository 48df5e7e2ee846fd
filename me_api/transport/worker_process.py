"""A process for work that holds the GIL, or that may take too much time or memory.

What runs in a native thread takes turns with the event loop, whatever it is. A process does not,
and can be killed.
"""

from __future__ import annotations

import os
import signal
import struct
import sys
from contextlib import suppress
from pathlib import Path

from eventlet import patcher

from me_api.concurrency import WorkerLimits
from me_api.config import PREFIX
from me_api.errors import WorkerFailed

# In native threads, nothing that eventlet has patched may be called.
select, socket, threading = (patcher.original(name) for name in ("select", "socket", "threading"))

PROGRAM = Path(__file__).with_name("worker_main.py")
HEADER = struct.Struct("!I")
# Ctrl-C, and a supervisor that stops a service, signal all processes of the server. It goes on to
# answer its requests, and this process with it: it ends when its socket is closed.
BLOCKED = (signal.SIGINT, signal.SIGTERM)


class WorkerProcess:
    """Implements `me_api.concurrency.Worker`: started by the first call, and after a death.

    The process runs a function of a file, which must not import `me_api`. It ends with the server,
    however that ends: its end of a socket is closed then.
    """

    def __init__(self, path: Path, function: str, limits: WorkerLimits) -> None:
        self._arguments = [str(path), function, str(limits.cpu_seconds), str(limits.memory)]
        self._seconds = limits.seconds
        self._lock = threading.Lock()
        self._child: _Child | None = None

    def call(self, text: str) -> str:
        """Return the function's result for a text; only in a native thread.

        Raises `WorkerFailed` if the process dies, cannot be started, or exceeds its limits.
        """
        with self._lock:
            try:
                return self._running_child().call(text)
            except OSError as error:
                self._end()
                raise WorkerFailed(
                    "The process for this died, or took too long. Nothing was done: try again."
                ) from error

    def close(self) -> None:
        """End the process, and what it is doing; the next call starts another."""
        # First without the lock, which a call holds that this ends.
        if child := self._child:
            child.hang_up()
        with self._lock:
            self._end()

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

    def call(self, text: str) -> str:
        """Return the result for a text; raise `OSError` if there is none in time."""
        request = text.encode()
        self._socket.sendall(HEADER.pack(len(request)) + request)
        (length,) = HEADER.unpack(self._receive(HEADER.size))
        return self._receive(length).decode()

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


def _environment() -> dict[str, str]:
    """Return the environment without the settings: the process needs no secret."""
    return {name: value for name, value in os.environ.items() if not name.startswith(PREFIX)}
