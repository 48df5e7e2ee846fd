"""Engine.IO below Socket.IO: sessions over polling and WebSocket, and the change between them.

The stock server still answers the HTTP requests (`handle_request`, CORS, errors); the connections
are ours.
"""

from __future__ import annotations

from base64 import b64decode
from typing import Any

import engineio
import orjson
from engineio import exceptions, payload
from eventlet import hubs, wsgi
from eventlet.green.threading import Event

from me_api.transport.frames import TEXT, frame
from me_api.transport.link import Link, accept_key, is_handshake, take_over
from me_api.transport.outbox import Ephemeral, Flusher
from me_api.transport.pings import Pings

OPEN, CLOSE, PING, PONG, MESSAGE, UPGRADE, NOOP = "0123456"
SLOW = "slow"
"""Why a connection was closed that did not take what was sent to it."""
IN_FLIGHT = 256
"""Events of one connection that may wait; with more it is not read until some are answered."""

PROBE_SECONDS = 10.0
"""How long a WebSocket may be on trial: meanwhile no poll waits."""

payload.Payload.max_decode_packets = 10_000
"""Packets in one polling POST. Stock refuses the 17th, and loses what an offline client queued."""


class Passing(str):
    """A text of an event that may be dropped when a client is slow."""


class Parcel:
    """Messages encoded once for all their recipients, as text and as WebSocket frames."""

    __slots__ = ("size", "texts", "wire")

    def __init__(self, texts: list[str], *, ephemeral: bool = False) -> None:
        kind = Passing if ephemeral else str
        self.texts: list[str] = [kind(MESSAGE + text) for text in texts]
        wire = b"".join([frame(TEXT, text.encode()) for text in self.texts])
        self.wire = Ephemeral(wire) if ephemeral else wire
        self.size = len(wire)


class Packet:
    """A text as the stock server packs it into the answer of a poll."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text

    def encode(self, b64: bool = False) -> str:
        """Give the text."""
        return self.text


class Socket:
    """One Engine.IO session."""

    def __init__(self, server: Engine, sid: str) -> None:
        self.server = server
        self.sid = sid
        self.session: dict[str, Any] = {}
        self.connected = False
        self.closed = False
        self.in_flight = 0
        self._watch = server.pings.watch(self)
        self._link: Link | None = None
        self._probe: _Probe | None = None
        self._queue: list[str] = []
        self._queued = 0
        self._news = Event()
        self._emptied: Event | None = None
        self._freed: Event | None = None

    @property
    def upgraded(self) -> bool:
        """Whether it speaks WebSocket."""
        return self._link is not None

    @property
    def busy(self) -> bool:
        """Whether so many events wait to be answered that no more are read."""
        return self.in_flight >= IN_FLIGHT

    def event_done(self) -> None:
        """Note that an event was answered."""
        self.in_flight -= 1
        if self.in_flight == IN_FLIGHT // 2:
            if self._link is not None:
                self._link.go_on()
            self._tell_free()

    def push(self, parcel: Parcel, *, urgent: bool = False) -> None:
        """Send messages that were encoded before; over the bound the connection is closed."""
        link = self._link
        if link is not None:
            if not link.outbox.write(parcel.wire, urgent=urgent):
                self.close(reason=SLOW)
        elif not self.closed:
            self._enqueue(parcel)

    def send_text(self, text: str) -> None:
        """Send one packet, such as a ping."""
        if self._link is not None:
            self._link.outbox.write(frame(TEXT, text.encode()))
        else:
            self._queue.append(text)
            self._news.set()

    def send(self, packet: Any) -> None:
        """Send a packet of the stock server's."""
        self.send_text(packet.encode())

    @property
    def waiting(self) -> int:
        """How many bytes wait to leave."""
        return self._link.outbox.size if self._link is not None else self._queued

    def drained(self) -> bool:
        """Wait until all that was sent has left; False when the connection closed."""
        while self.waiting and not self.closed:
            self._wait_empty()
        return not self.closed

    def receive(self, data: str | bytes) -> bool:
        """Take a packet from the client; one that is none of Engine.IO ends the connection.

        Tells whether it was one.
        """
        kind, rest = (MESSAGE, data) if isinstance(data, bytes) else (data[:1], data[1:])
        if kind == MESSAGE:
            self.server.handlers["message"](self.sid, rest)
        elif kind == PONG:
            self.server.pings.pong(self._watch)
        elif kind == CLOSE:
            self.close(reason=self.server.reason.CLIENT_DISCONNECT)
        elif kind not in (PING, UPGRADE, NOOP):
            self.close(reason=self.server.reason.TRANSPORT_ERROR)
            return False
        return True

    def ping(self) -> None:
        """Send a ping."""
        self.send_text(PING)

    def silent(self) -> None:
        """End the session: the client has not answered a ping."""
        self.close(reason=self.server.reason.PING_TIMEOUT)

    def lost(self) -> None:
        """Hear that the WebSocket has ended."""
        self.close(reason=self.server.reason.TRANSPORT_CLOSE)

    def close(self, wait: bool = True, abort: bool = True, reason: str | None = None) -> None:
        """End the session. Never waits."""
        if self.closed:
            return
        self.closed = True
        self._watch.stop()
        self.server.sockets.pop(self.sid, None)
        self.server.handlers["disconnect"](self.sid, reason or self.server.reason.SERVER_DISCONNECT)
        if self._link is not None:
            self._link.close()
        if self._probe is not None:
            self._probe.link.close()
        self._news.set()
        self._tell_emptied()
        self._tell_free()

    def handle_get_request(self, environ: dict[str, Any], start_response: Any) -> Any:
        """Answer a GET: a poll, or the beginning of a WebSocket."""
        if environ.get("HTTP_UPGRADE", "").lower() == "websocket":
            return self._accept(environ)
        return self._poll()

    def handle_post_request(self, environ: dict[str, Any]) -> None:
        """Take the packets of a polling POST."""
        try:
            length = int(environ.get("CONTENT_LENGTH") or 0)
            if length > self.server.max_http_buffer_size:
                raise exceptions.ContentTooLongError
            text = environ["wsgi.input"].read(length).decode()
            packets = text.split("\x1e") if text else []
            for packet in packets:
                self._wait_free()
                if self.closed:
                    return
                if not self.receive(b64decode(packet[1:]) if packet[:1] == "b" else packet):
                    raise exceptions.UnknownPacketError
        except ValueError as error:
            raise exceptions.EngineIOError from error

    def open_websocket(self, environ: dict[str, Any], handshake: str) -> list[bytes]:
        """Begin a session over WebSocket."""
        link = self._shake_hands(environ)
        link.outbox.write(frame(TEXT, handshake.encode()))
        self._link = link
        self.connected = True
        link.start(self)
        return _left_to_us()

    def upgrade(self, link: Link) -> None:
        """Go on over WebSocket; what waited for a poll goes out first."""
        self._probe = None
        self._link = link
        for text in self._queue:
            link.outbox.write(frame(TEXT, text.encode()))
        self._queue, self._queued = [], 0
        self._tell_emptied()
        link.owner = self

    def give_up_probe(self) -> None:
        """Go on polling: the WebSocket came to nothing."""
        self._probe = None

    def _accept(self, environ: dict[str, Any]) -> Any:
        if not is_handshake(environ):
            return self.server.no_handshake()
        if self._probe is not None:
            self._probe.link.close()
        self._probe = _Probe(self, self._shake_hands(environ))
        return _left_to_us()

    def _shake_hands(self, environ: dict[str, Any]) -> Link:
        answer = (
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
            f"Sec-WebSocket-Accept: {accept_key(environ['HTTP_SEC_WEBSOCKET_KEY'])}\r\n\r\n"
        )
        server = self.server
        link = Link(
            take_over(environ), server.flusher, server.max_http_buffer_size, server.outbox_bytes
        )
        link.outbox.write(answer.encode())
        return link

    def _poll(self) -> list[Packet]:
        """Wait for something to send; on the way to WebSocket nobody waits."""
        if self._probe is not None and self._probe.begun and not self._queue:
            return [Packet(NOOP)]
        if not self._queue and not self.closed:
            self._news.clear()
            if not self._news.wait(self.server.ping_interval + self.server.ping_timeout):
                self.close(reason=self.server.reason.TRANSPORT_ERROR)
                raise exceptions.QueueEmpty
        texts, self._queue, self._queued = self._queue, [], 0
        self._tell_emptied()
        return [Packet(text) for text in texts or [NOOP]]

    def _enqueue(self, parcel: Parcel) -> None:
        if not self._has_room(parcel.size):
            self._queue = [text for text in self._queue if not isinstance(text, Passing)]
            self._queued = sum(len(text.encode()) for text in self._queue)
            if not self._has_room(parcel.size):
                if not isinstance(parcel.wire, Ephemeral):
                    self.close(reason=SLOW)
                return
        self._queue.extend(parcel.texts)
        self._queued += parcel.size
        self._news.set()

    def _has_room(self, size: int) -> bool:
        return not self._queued or self._queued + size <= self.server.outbox_bytes

    def _wait_empty(self) -> None:
        if self._link is not None:
            self._link.outbox.wait_empty()
        else:
            self._emptied = self._emptied or Event()
            self._emptied.wait()

    def _tell_emptied(self) -> None:
        if self._emptied is not None:
            self._emptied.set()
            self._emptied = None

    def _tell_free(self) -> None:
        if self._freed is not None:
            self._freed.set()
            self._freed = None

    def _wait_free(self) -> None:
        while self.busy and not self.closed:
            self._freed = self._freed or Event()
            self._freed.wait()


class _Probe:
    """A WebSocket on trial: "2probe", "3probe", and with "5" the session goes on over it."""

    busy = False

    def __init__(self, socket: Socket, link: Link) -> None:
        self._socket = socket
        self.link = link
        self.begun = False
        hubs.get_hub().schedule_call_global(PROBE_SECONDS, self._expire)
        link.start(self)

    def receive(self, data: str | bytes) -> None:
        """Take a step."""
        if data == PING + "probe":
            self.begun = True
            self.link.outbox.write(frame(TEXT, (PONG + "probe").encode()))
            # Ends the poll that waits: the client sends "5" only after its answer.
            self._socket.send_text(NOOP)
        elif data == UPGRADE and self.begun:
            self._socket.upgrade(self.link)
        else:
            self.link.close()

    def lost(self) -> None:
        """Hear that it came to nothing."""
        self._socket.give_up_probe()

    def _expire(self) -> None:
        if self.link.owner is self:
            self.link.close()


class Engine(engineio.Server):
    """The Engine.IO server."""

    def __init__(self, *, outbox_bytes: int, **options: Any) -> None:
        super().__init__(monitor_clients=False, **options)
        self.outbox_bytes = outbox_bytes
        self.flusher = Flusher()
        self.pings = Pings(self.ping_interval, self.ping_timeout)

    def _handle_connect(
        self, environ: Any, start_response: Any, transport: str, jsonp_index: int | None = None
    ) -> Any:
        """Open a session; unlike stock, the handshake has the ping interval in milliseconds."""
        if transport == "websocket" and not is_handshake(environ):
            return self.no_handshake()
        sid = self.generate_id()
        socket = self.sockets[sid] = Socket(self, sid)
        handshake = OPEN + orjson.dumps(self._handshake(sid, transport)).decode()
        self.handlers["connect"](sid, environ)
        if transport == "websocket":
            return socket.open_websocket(environ, handshake)
        socket.connected = True
        return self._ok([Packet(handshake)], jsonp_index=jsonp_index)

    def no_handshake(self) -> Any:
        """Refuse a WebSocket whose handshake is not one."""
        return self._bad_request("Not a WebSocket handshake of version 13")

    def _handshake(self, sid: str, transport: str) -> dict[str, Any]:
        return {
            "sid": sid,
            "upgrades": self._upgrades(sid, transport),
            "pingTimeout": int(self.ping_timeout * 1000),
            "pingInterval": int(self.ping_interval * 1000),
            "maxPayload": self.max_http_buffer_size,
        }


def _left_to_us() -> list[bytes]:
    """Tell the web server that this connection is no longer its own."""
    wsgi.WSGI_LOCAL.already_handled = True
    return []
