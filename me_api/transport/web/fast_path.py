"""The fast path of an idle keep-alive connection.

If the bytes received are a cached request, the response is sent from the hub: no greenlet is woken
and nothing is parsed. Otherwise the connection's greenlet is woken. It has a cacheable GET handled
itself, and passes everything else to the WSGI server.
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
"""Bytes read at a time; a cacheable request is shorter (`request_head.MAX_HEAD`)."""


class FastPath:
    """Responds to cacheable requests on one connection; returns all others to the web server."""

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
        """Wait for a request that the web server is to handle; return its first bytes.

        Returns no bytes if the client has closed the connection, None if the server is to close it.
        """
        try:
            while True:
                data = self._wait()
                # With `_unsent` or `_closing` set, the hub has responded, and we finish its work.
                responded = self._unsent or self._closing or (data and self._respond(data))
                if not responded:
                    return data
                self._flush()
                if self._closing:
                    return None
        finally:
            self._stop_reading()

    def _wait(self) -> bytes:
        """Block until the hub cannot proceed alone; return the bytes of an uncached request."""
        self._greenlet = getcurrent()
        # The listener stays registered as long as responses come from the cache.
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
        """Respond from the cache. Runs in the hub."""
        if self._greenlet is None:
            # The greenlet is still sending a response. The next request stays in the kernel until
            # it waits again, and registers a new listener.
            self._stop_reading()
            return
        try:
            data = self._sock.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        response = self._cache.get(data)
        if response is None:
            self._greenlet.switch(data)
            return
        self._send(response)
        if self._unsent or self._closing:
            self._greenlet.switch(b"")

    def _respond(self, data: bytes) -> bool:
        """Respond to a cacheable request; return False for any other."""
        request = parse_cacheable_get(data)
        if request is None:
            return False
        response = self._cache.get_or_make(data, lambda: self._make(request))
        if response is not None:
            self._send(response)
        return response is not None

    def _make(self, request: CacheableRequest) -> CachedResponse | None:
        made = self._handler.handle(request)
        if made is None:
            return None
        return CachedResponse(status_line(made.status), encode_rest(made, request), request.close)

    def _send(self, response: CachedResponse) -> None:
        """Send what the kernel accepts without blocking; the greenlet sends the rest."""
        data = response.dated()
        try:
            sent = self._sock.send(data)
        except BlockingIOError:
            sent = 0
        except OSError:
            sent = len(data)  # The connection is lost, which the next read will find out.
        self._unsent = data[sent:]
        self._closing = response.close

    def _flush(self) -> None:
        """Send the rest of a response; blocks the greenlet."""
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
        # The hub calls this when it forgets the listener, as its descriptor was closed and reused.
        self._listener = None


class PushbackReader(RawIOBase):
    """Reads from a connection, after the bytes that were pushed back."""

    def __init__(self, raw: RawIOBase) -> None:
        self._raw = raw
        self._data = b""
        self._peeking = False

    def push_back(self, data: bytes) -> None:
        """Set the bytes that are to be read first."""
        self._data = data

    def is_empty(self, buffered: BufferedReader[Any]) -> bool:
        """Return whether nothing is buffered here or in a reader on top. Never blocks."""
        # If its buffer is empty, peek() calls readinto(), which must not read the connection then.
        self._peeking = True
        try:
            return not self._data and not buffered.peek(1)
        finally:
            self._peeking = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Read into a buffer; return the number of bytes, None if none are available."""
        if self._data:
            size = min(len(buffer), len(self._data))
            buffer[:size] = self._data[:size]
            self._data = self._data[size:]
            return size
        if self._peeking:
            return None
        read: Callable[[Any], int | None] = self._raw.readinto
        return read(buffer)

    def close(self) -> None:
        if not self.closed:
            self._raw.close()
            super().close()
