"""What waits for the next poll of a client that speaks no WebSocket."""

from __future__ import annotations

from eventlet.green.threading import Event

from me_api.transport.parcel import Ephemeral, Parcel, Passing


class Polling:
    """Texts in their order, bounded in bytes as an outbox is."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._texts: list[str] = []
        self._news: Event | None = None
        self._emptied: Event | None = None
        self.size = 0
        self.closed = False

    def write(self, parcel: Parcel) -> bool:
        """Queue messages; False when that is over the bound. An empty queue takes anything."""
        if not self._has_room(parcel.size):
            self._texts = [text for text in self._texts if not isinstance(text, Passing)]
            self.size = sum(len(text.encode()) for text in self._texts)
            if not self._has_room(parcel.size):
                return isinstance(parcel.wire, Ephemeral)
        self._texts.extend(parcel.texts)
        self.size += parcel.size
        self._wake()
        return True

    def write_text(self, text: str) -> None:
        """Queue a packet that is no message, whatever waits."""
        self._texts.append(text)
        self._wake()

    def wait(self, seconds: float) -> bool:
        """Wait until there is something to take; False when nothing came in time."""
        if self._texts or self.closed:
            return True
        self._news = self._news or Event()
        self._news.clear()
        return bool(self._news.wait(seconds))

    def take(self) -> list[str]:
        """Take all that waits."""
        texts, self._texts, self.size = self._texts, [], 0
        self._tell_emptied()
        return texts

    def wait_empty(self) -> None:
        """Wait until somebody has taken what waits, or nobody will."""
        self._emptied = self._emptied or Event()
        self._emptied.wait()

    def close(self) -> None:
        """Let nobody wait any longer."""
        self.closed = True
        self._wake()
        self._tell_emptied()

    def _wake(self) -> None:
        if self._news is not None:
            self._news.set()

    def _has_room(self, size: int) -> bool:
        return not self.size or self.size + size <= self._limit

    def _tell_emptied(self) -> None:
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None
