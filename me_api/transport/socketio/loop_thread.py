"""The thread of the event loop, and how other threads get something done in it."""

from __future__ import annotations

from collections.abc import Callable

from eventlet import patcher

from me_api.transport.eventloop import EventletLoop, ThreadsafeCallback

# That of a monkey-patched process returns the number of a greenlet.
_threading = patcher.original("threading")
_current_thread: Callable[[], int] = _threading.get_ident


def is_main_thread() -> bool:
    """Return whether this is the main thread of the process, also if it is monkey-patched."""
    return _threading.current_thread() is _threading.main_thread()


class LoopThread:
    """The thread of the event loop, from `bind` on; before that, any thread is taken for it."""

    def __init__(self) -> None:
        self._thread: int | None = None
        self._callback: ThreadsafeCallback | None = None

    def bind(self, loop: EventletLoop) -> None:
        """Take this thread for that of the event loop."""
        self._thread = _current_thread()
        self._callback = loop.threadsafe_callback(lambda function: function())

    def close(self) -> None:
        """Free what `bind` has taken; on the loop."""
        if self._callback is not None:
            self._callback.close()
        self._thread = self._callback = None

    def call_soon(self, function: Callable[[], object]) -> bool:
        """Call a function on the loop if this is another thread; return whether it is."""
        callback = self._callback
        if callback is None or _current_thread() == self._thread:
            return False
        callback.put(function)
        return True
