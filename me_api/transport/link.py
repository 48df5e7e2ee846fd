"""A WebSocket connection, driven by the hub: nobody sleeps for it while it is quiet.

The web server's greenlet makes the handshake and ends; from then on the hub calls `_readable`.
"""

from __future__ import annotations

from base64 import b64encode
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from hashlib import sha1
from socket import SHUT_RDWR
from socket import socket as RawSocket
from typing import Any, Protocol

from eventlet import hubs, wsgi

from me_api.transport.flusher import Flusher
from me_api.transport.frames import CLOSE, PING, PONG, FrameError, FrameReader, frame
from me_api.transport.loop import guarded
from me_api.transport.outbox import Outbox

GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
READ_SIZE = 65_536
NORMAL = 1000


class Owner(Protocol):
    """Who gets what a link receives; called in the hub, so it never waits."""

    @property
    def busy(self) -> bool:
        """Whether nothing more should be received for now."""

    def receive(self, data: str | bytes) -> object:
        """Take a message."""

    def lost(self) -> None:
        """Hear that the connection has ended."""


class Link:
    """One WebSocket connection after its handshake."""

    def __init__(self, sock: RawSocket, flusher: Flusher, max_size: int, limit: int) -> None:
        self._sock = sock
        self._reader = FrameReader(max_size)
        self._received: deque[tuple[int, str | bytes]] | None = None
        self._listener: Any = None
        self.owner: Owner | None = None
        self.outbox = Outbox(sock, flusher, limit, self.end)
        self.closed = False

    def start(self, owner: Owner) -> None:
        """Give what is received to its owner from now on.

        Begun by the hub: it keeps the greenlet that asks it to listen, even a dead one.
        """
        self.owner = owner
        hubs.get_hub().schedule_call_global(0, self._begin)

    def go_on(self) -> None:
        """Receive again, after the owner was busy."""
        if not self.closed and self._listener is None:
            self._listen()
            hubs.get_hub().schedule_call_global(0, self._give)

    def close(self, code: int = NORMAL) -> None:
        """Say goodbye and end the connection; what the kernel does not take now is lost."""
        if not self.closed:
            self.outbox.write(frame(CLOSE, code.to_bytes(2, "big")))
            self.outbox.flush()
            self.end()

    def end(self) -> None:
        """End the connection at once."""
        if self.closed:
            return
        self.closed = True
        self._stop_listening()
        self.outbox.close()
        self._received = None
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_RDWR)
        self._sock.close()
        if self.owner is not None:
            guarded(self.owner.lost)

    def _begin(self) -> None:
        if not self.closed and self._listener is None:
            self._listen()

    def _listen(self) -> None:
        hub = hubs.get_hub()
        self._listener = hub.add(
            hub.READ, self._sock.fileno(), self._readable, self._thrown, self._obsolete
        )

    def _stop_listening(self) -> None:
        if self._listener is not None:
            hubs.get_hub().remove(self._listener)
            self._listener = None

    def _readable(self, _fileno: int) -> None:
        try:
            data = self._sock.recv(READ_SIZE)
        except BlockingIOError:
            return
        except OSError:
            data = b""
        if not data:
            self.end()
            return
        try:
            messages = self._reader.feed(data)
        except FrameError as error:
            self.close(error.code)
        else:
            # A deque is made when it is needed: an empty one is larger than all else here.
            self._received = self._received or deque()
            self._received.extend(messages)
            self._give()

    def _give(self) -> None:
        """Hand on what was received, until the owner is busy."""
        while self._received and self.owner is not None:
            if self.owner.busy:
                self._stop_listening()
                return
            opcode, payload = self._received.popleft()
            if opcode < CLOSE:
                guarded(self.owner.receive, payload)
            else:
                self._control(opcode, payload)
        if not self._received:
            self._received = None

    def _control(self, opcode: int, payload: Any) -> None:
        if opcode == PING:
            self.outbox.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self.close()

    def _thrown(self, *_error: object) -> None:
        self.end()

    def _obsolete(self) -> None:
        self._listener = None


def is_handshake(environ: dict[str, Any]) -> bool:
    """Tell whether a request may become a WebSocket, RFC 6455 section 4.2.1."""
    version = environ.get("HTTP_SEC_WEBSOCKET_VERSION")
    return version == "13" and bool(environ.get("HTTP_SEC_WEBSOCKET_KEY"))


def shake_hands(environ: dict[str, Any], flusher: Flusher, max_size: int, limit: int) -> Link:
    """Take a request's connection over and answer its handshake."""
    answer = (
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Accept: {accept_key(environ['HTTP_SEC_WEBSOCKET_KEY'])}\r\n\r\n"
    )
    link = Link(take_over(environ), flusher, max_size, limit)
    link.outbox.write(answer.encode())
    return link


def accept_key(key: str) -> str:
    """Answer a handshake's key, RFC 6455 section 4.2.2."""
    return b64encode(sha1(key.encode() + GUID).digest()).decode()


def take_over(environ: dict[str, Any]) -> RawSocket:
    """Take the connection of a request away from the web server."""
    detach: Callable[[], RawSocket] = environ["me_api.detach"]
    return detach()


def left_to_us() -> list[bytes]:
    """Tell the web server that this connection is no longer its own."""
    wsgi.WSGI_LOCAL.already_handled = True
    return []
