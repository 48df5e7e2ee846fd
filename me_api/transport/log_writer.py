"""Writing lines to standard error in a native thread, so that a slow reader stops nothing."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from eventlet import patcher

STDERR = 2
MAX_LINES = 8192
"""The most lines that wait; others are dropped."""
PAUSE_SECONDS = 0.02
"""Time between two writes, in which lines are collected: each write wakes a thread."""
CLOSE_SECONDS = 2.0
"""Time for what waits to be written at the end."""

_os, _queue = patcher.original("os"), patcher.original("queue")
_select, _threading = patcher.original("select"), patcher.original("threading")
_time = patcher.original("time")


class LogWriter:
    """Writes lines in their order; `put` never blocks, and may be called from any thread.

    `describe_dropped` returns the line that takes the place of a number of dropped ones.
    """

    def __init__(
        self,
        describe_dropped: Callable[[int], bytes],
        descriptor: int = STDERR,
        max_lines: int = MAX_LINES,
    ) -> None:
        self._describe_dropped = describe_dropped
        self._descriptor = descriptor
        self._max_lines = max_lines
        self._lines: Any = _queue.SimpleQueue()
        # Counted apart: each in one thread, so that no count is lost.
        self._refused = self._failed = 0
        self._thread: Any = None
        self._closed = False

    @property
    def dropped(self) -> int:
        """Lines that were not written: too many waited, or the descriptor took none."""
        return self._refused + self._failed

    def start(self) -> None:
        """Start the thread; what is put before waits until then."""
        self._thread = _threading.Thread(target=self._run, daemon=True, name="log")
        self._thread.start()

    def put(self, line: bytes) -> None:
        """Write a line, which ends with a newline, or drop it if too many wait."""
        if self._closed:
            # Nothing runs any longer that could be held up.
            self._write(line, 1)
        elif self._lines.qsize() >= self._max_lines:
            self._refused += 1
        else:
            self._lines.put(line)

    def close(self) -> None:
        """Write what waits, for a limited time, and end the thread. Blocks."""
        if self._thread is not None and not self._closed:
            self._lines.put(b"")
            self._thread.join(CLOSE_SECONDS)
        self._closed = True

    def _run(self) -> None:
        reported, ending = 0, False
        while not ending:
            lines = [self._lines.get()]
            while not self._lines.empty():
                lines.append(self._lines.get())
            # The empty line is the last, which `close` has put.
            ending = not lines[-1]
            if (dropped := self._refused) > reported:
                lines.append(self._describe_dropped(dropped - reported))
                reported = dropped
            self._write(b"".join(lines), len(lines))
            if not ending:
                _time.sleep(PAUSE_SECONDS)

    def _write(self, data: bytes, lines: int) -> None:
        rest = memoryview(data)
        while rest:
            try:
                rest = rest[_os.write(self._descriptor, rest) :]
            except BlockingIOError:
                # Somebody else has made a terminal or pipe non-blocking that is shared with them.
                poll = _select.poll()
                poll.register(self._descriptor, _select.POLLOUT)
                poll.poll()
            except OSError:
                self._failed += lines
                return
