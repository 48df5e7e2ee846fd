"""A WebSocket connection, driven by the hub: nobody sleeps for it while it is quiet.

The web server's greenlet makes the handshake and ends; from then on the hub calls `_readable`.

It ends as RFC 6455 has it, section 7: what was queued leaves, then a close frame, and nothing after
it; when the other side has sent its own, or has broken the protocol, the sending half of the
connection is closed, and the rest when the other side has closed its half. Who does not is given
some seconds. What comes after a close frame, ours or theirs, reaches nobody.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from contextlib import suppress
from socket import SHUT_RDWR, SHUT_WR
from socket import socket as RawSocket
from typing import Any, Protocol

from eventlet import hubs

from me_api.transport.ear import Ear
from me_api.transport.flusher import Flusher
from me_api.transport.frames import (
    CLOSE,
    NORMAL,
    PING,
    PONG,
    FrameError,
    FrameReader,
    Received,
    frame,
    goodbye,
)
from me_api.transport.loop import guarded
from me_api.transport.outbox import Outbox

CLOSE_SECONDS = 5.0
"""How long the other side may take to read what was sent before, and to close."""


class Owner(Protocol):
    """Who gets what a link receives; called in the hub, so it never waits."""

    @property
    def busy(self) -> bool:
        """Whether nothing more should be received for now."""

    def receive(self, data: str | bytes) -> object:
        """Take a message."""

    def lost(self) -> None:
        """Hear that the connection is ending: nothing more comes or goes."""


class Link(Ear):
    """One WebSocket connection after its handshake."""

    __slots__ = (
        "_deadline",
        "_fault",
        "_gone",
        "_heard_all",
        "_links",
        "_reader",
        "_received",
        "_said_all",
        "closed",
        "outbox",
        "owner",
        "ponged",
    )

    def __init__(
        self, sock: RawSocket, flusher: Flusher, links: set[Link], max_size: int, limit: int
    ) -> None:
        super().__init__(sock)
        self._links = links
        self._reader = FrameReader(max_size)
        self._received: deque[Received] | None = None
        self._fault: FrameError | None = None
        self._deadline: Any = None
        self._said_all = self._heard_all = self._gone = False
        self.owner: Owner | None = None
        self.ponged: Callable[[], object] | None = None
        self.outbox = Outbox(sock, flusher, limit, self.end)
        self.closed = False
        links.add(self)

    def start(self, owner: Owner) -> None:
        """Give what is received to its owner from now on.

        Begun by the hub: it keeps the greenlet that asks it to listen, even a dead one.
        """
        self.owner = owner
        hubs.get_hub().schedule_call_global(0, self._begin)

    def go_on(self) -> None:
        """Receive again, after the owner was busy."""
        hubs.get_hub().schedule_call_global(0, self._begin)

    def close(self, code: int = NORMAL, reason: str = "", *, drop: bool = False) -> None:
        """Say goodbye; what was queued leaves before, but with `drop` only what has begun to."""
        if not self.closed:
            self._say_goodbye(goodbye(code, reason), drop)

    def leave(self, code: int) -> None:
        """Say goodbye without a word to the owner, whose client comes back to another process."""
        self.owner = None
        self.close(code)

    def end(self) -> None:
        """End the connection at once."""
        if self._gone:
            return
        self._gone = self.closed = True
        self._links.discard(self)
        self._stop_listening()
        self.outbox.close()
        self._received = None
        if self._deadline is not None:
            self._deadline.cancel()
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_RDWR)
        self._sock.close()
        self._tell_lost()
        self.ponged = None

    def _say_goodbye(self, farewell: bytes, drop: bool = False) -> None:
        self.closed = True
        self._received = None
        self._deadline = hubs.get_hub().schedule_call_global(CLOSE_SECONDS, self.end)
        if self._listener is None:
            self._listen()
        self.outbox.finish(farewell, self._said, drop=drop)
        self._tell_lost()

    def _said(self) -> None:
        """Go on when the close frame has left."""
        self._said_all = True
        self._close_half()

    def _heard(self) -> None:
        """Go on when nothing more is to be heard: there was a close frame, or the end."""
        self._heard_all = True
        self._close_half()

    def _close_half(self) -> None:
        """Close the sending half when both have said goodbye.

        To close both at once would reset the connection where something unread has come, and a
        reset takes with it what the other side has not read yet.
        """
        if not (self._said_all and self._heard_all):
            return
        if self._listener is None:
            self.end()
            return
        with suppress(OSError):  # The other side was quicker.
            self._sock.shutdown(SHUT_WR)

    def _tell_lost(self) -> None:
        owner, self.owner = self.owner, None
        if owner is not None:
            guarded(owner.lost)

    def _begin(self) -> None:
        if not self.closed and self._listener is None:
            self._listen()
            self._give()

    def _hear(self, data: bytes) -> None:
        if self._heard_all:
            return
        # A deque is made when it is needed: an empty one is larger than all else here.
        received = self._received or deque()
        try:
            self._reader.feed(data, received)
        except FrameError as error:
            self._fault = error
        if not self.closed:
            self._received = received
            self._give()
        elif self._reader.ended or self._fault:
            self._heard()

    def _hear_end(self) -> None:
        """End with the other side, which may have closed only its half, and still read."""
        if self.closed and not self._said_all:
            self._stop_listening()
            self._heard()
        else:
            self.end()

    def _give(self) -> None:
        """Hand on what was received, until the owner is busy; what was wrong comes last."""
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
        if self._fault is not None and not self.closed:
            self._heard_all = True
            self.close(self._fault.code, str(self._fault))

    def _control(self, opcode: int, payload: Any) -> None:
        if opcode == PING:
            self.outbox.write(frame(PONG, payload))
        elif opcode == CLOSE:
            self._heard_all = True
            self._say_goodbye(frame(CLOSE, payload[:2]))
        elif self.ponged is not None:
            self.ponged()

    def _thrown(self, *_error: object) -> None:
        self.end()
