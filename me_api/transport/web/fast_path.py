"""Where a connection waits for its next request: what is on the shelf is answered by the hub.

A request whose answer is kept wakes no greenlet and is never parsed. Any other wakes the
connection's greenlet; a plain GET is answered by the reader there, all else by the web server.
"""

from __future__ import annotations

from collections.abc import Callable
from io import BufferedReader, RawIOBase
from typing import Any

from eventlet import hubs
from greenlet import getcurrent

from me_api.transport.web.cacheable import CacheableHandler, CacheableRequest
from me_api.transport.web.request_head import encode_rest, parse_cacheable_get, status_line
from me_api.transport.web.response_cache import CachedResponse, ResponseCache

READ_SIZE = 16_384


class FastPath:
    """Answers what it can on one connection, before the web server sees it."""

    def __init__(self, connection: Any, handler: CacheableHandler, cache: ResponseCache) -> None:
        self._connection = connection
        self._sock = connection.fd
        self._handler = handler
        self._cache = cache
        self._listener: Any = None
        self._greenlet: Any = None
        self._unsent = b""
        self._closing = False

    def next_request(self) -> bytes | None:
        """Wait for a request that the web server is to answer; give its first bytes.

        Nothing where the other side has closed; None where the connection is to be closed.
        """
        try:
            while True:
                data = self._wait()
                done = self._unsent or self._closing or (data and self._answer(data))
                if not done:
                    return data
                self._flush()
                if self._closing:
                    return None
        finally:
            self._stop_reading()

    def _wait(self) -> bytes:
        """Sleep until there is something that the hub cannot do."""
        self._greenlet = getcurrent()
        if self._listener is None:
            hub = hubs.get_hub()
            self._listener = hub.add(
                hub.READ, self._sock.fileno(), self._readable, self._greenlet.throw, self._removed
            )
        try:
            data: bytes = hubs.get_hub().switch()
            return data
        finally:
            self._greenlet = None

    def _readable(self, _fileno: int) -> None:
        """Answer from the shelf, in the hub."""
        if self._greenlet is None:
            # An answer is still on its way: what comes next waits for its turn.
            self._stop_reading()
            return
        try:
            data = self._sock.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        kept = self._cache.get(data)
        if kept is None:
            self._greenlet.switch(data)
            return
        self._send(kept)
        if self._unsent or self._closing:
            self._greenlet.switch(b"")

    def _answer(self, data: bytes) -> bool:
        """Have a plain GET answered; tell whether it was one."""
        plain = parse_cacheable_get(data)
        if plain is None:
            return False
        kept = self._cache.get_or_make(data, lambda: self._make(plain))
        if kept is not None:
            self._send(kept)
        return kept is not None

    def _make(self, plain: CacheableRequest) -> CachedResponse | None:
        reply = self._handler.handle(plain)
        if reply is None:
            return None
        return CachedResponse(status_line(reply.status), encode_rest(reply, plain), plain.close)

    def _send(self, kept: CachedResponse) -> None:
        """Send at once what the kernel takes; the rest is the greenlet's."""
        data = kept.dated()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)  # Nobody is there: the next read says so.
        self._unsent = data[sent:]
        self._closing = kept.close

    def _flush(self) -> None:
        """Send what the kernel did not take at once."""
        if not self._unsent:
            return
        unsent, self._unsent = self._unsent, b""
        try:
            self._connection.sendall(unsent)
        except OSError:
            self._closing = True

    def _stop_reading(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _removed(self) -> None:
        self._listener = None


class PushbackReader(RawIOBase):
    """What was read already, then the connection."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self._data = b""
        self._dry = False

    def push(self, data: bytes) -> None:
        """Have these bytes read first."""
        self._data = data

    def is_empty(self, buffered: BufferedReader[Any]) -> bool:
        """Tell whether a reader of this has nothing in its buffer, without reading more."""
        self._dry = True
        try:
            return not self._data and not buffered.peek(1)
        finally:
            self._dry = False

    def readable(self) -> bool:
        """Be for reading."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read; None stands for nothing there."""
        if self._data:
            size = min(len(buffer), len(self._data))
            buffer[:size] = self._data[:size]
            self._data = self._data[size:]
            return size
        if self._dry:
            return None
        read: Callable[[Any], int | None] = self._raw.readinto
        return read(buffer)

    def close(self) -> None:
        """Close the connection's file."""
        if not self.closed:
            self._raw.close()
            super().close()
