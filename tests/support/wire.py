"""Raw Socket.IO clients for tests that count bytes and cut connections between two of them."""

import itertools
import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.frames import CLOSE, TEXT, Cut, FrameSocket
from tests.support.packets import (
    ACK,
    CONNECT,
    CONNECT_ERROR,
    DISCONNECT,
    EVENT,
    Memory,
    Packet,
    Refused,
    decode,
)
from tests.support.wait import WAIT_SECONDS

__all__ = ["Cut", "Memory", "Packet", "Refused", "WireClient"]


class WireClient:
    """Speaks Engine.IO 4 and Socket.IO 5 over a WebSocket; reads only when asked to.

    Give the `memory` of a cut client to the next one: it then offers pid and offset, as the stock
    client does. A `read_limit` counts from the first byte after the HTTP upgrade.
    """

    def __init__(
        self,
        host: str,
        port: int,
        read_limit: int | None = None,
        memory: Memory | None = None,
        headers: dict[str, str] | None = None,
        path: str = "/socket.io/?EIO=4&transport=websocket",
    ) -> None:
        self.memory = memory or Memory()
        self.packets: list[Packet] = []
        self.handshake: dict[str, Any] | None = None
        self.pings = 0
        self.closing: bytes | None = None
        self._ack_ids = itertools.count(1_000_000)  # for call(); smaller ones are the test's own
        self.socket = FrameSocket(host, port, path, headers=headers)
        if self.socket.status != 101:
            self.socket.close()
            raise Cut(f"no upgrade: {self.socket.status}")
        if read_limit is not None:
            self.socket.limit_reads(read_limit)

    @property
    def closed(self) -> bool:
        """Return whether the connection is known to be closed."""
        return self.socket.closed

    @property
    def parsed(self) -> int:
        """Return the number of bytes received in whole frames; `Packet.end` counts the same."""
        return self.socket.parsed

    def limit_reads(self, count: int) -> None:
        """Cut the connection after this many more received bytes."""
        self.socket.limit_reads(count)

    def send(self, payload: str | bytes) -> None:
        """Send one raw Engine.IO packet: text or binary."""
        self.socket.send(payload)

    def start_connect(self, namespace: str = "/chat", auth: dict[str, Any] | None = None) -> None:
        """Send CONNECT with auth, and with pid and offset where they are known."""
        offered = dict(auth or {})
        if pid := self.memory.pid.get(namespace):
            offset = self.memory.offset.get(namespace)
            known = {"pid": pid} if offset is None else {"pid": pid, "offset": offset}
            offered = known | offered
        self._write(CONNECT, namespace, None, offered)

    def connect(
        self,
        namespace: str = "/chat",
        auth: dict[str, Any] | None = None,
        timeout: float = WAIT_SECONDS,
    ) -> dict[str, Any]:
        """Connect to a namespace and return the data of CONNECT; Refused on CONNECT_ERROR."""
        before = len(self.packets)
        self.start_connect(namespace, auth)
        packet = self.wait_packet(
            lambda p: p.type in (CONNECT, CONNECT_ERROR) and p.namespace == namespace,
            timeout,
            since=before,
        )
        if packet.type == CONNECT_ERROR:
            raise Refused(packet.data)
        answer: dict[str, Any] = packet.data
        return answer

    def emit(self, namespace: str, event: str, *args: Any, ack_id: int | None = None) -> None:
        """Send an event, with an ack asked for when it has an id."""
        self._write(EVENT, namespace, ack_id, [event, *args])

    def call(self, namespace: str, event: str, *args: Any, timeout: float = WAIT_SECONDS) -> Any:
        """Send an event and return its ack."""
        number = next(self._ack_ids)
        self.emit(namespace, event, *args, ack_id=number)
        return self.wait_ack(number, timeout)

    def disconnect(self, namespace: str = "/chat") -> None:
        """Send a DISCONNECT packet for a namespace."""
        self._write(DISCONNECT, namespace, None, None)

    def wait_ack(self, ack_id: int, timeout: float = WAIT_SECONDS) -> Any:
        """Return the first argument of the ack with this id."""
        data = self.wait_packet(lambda p: p.type == ACK and p.id == ack_id, timeout).data
        return data[0] if data else None

    def wait_event(
        self,
        name: str,
        predicate: Callable[..., object] | None = None,
        timeout: float = WAIT_SECONDS,
        since: int = 0,
    ) -> list[Any]:
        """Return the arguments of the first event that fits, also of one that came before."""

        def fits(packet: Packet) -> bool:
            named = packet.type == EVENT and packet.data[0] == name
            return named and (predicate is None or bool(predicate(*packet.data[1:])))

        args: list[Any] = self.wait_packet(fits, timeout, since).data[1:]
        return args

    def wait_packet(
        self, fits: Callable[[Packet], bool], timeout: float = WAIT_SECONDS, since: int = 0
    ) -> Packet:
        """Read until a packet fits and return it; raise Cut if the connection ends before."""
        deadline = time.monotonic() + timeout
        while True:
            for packet in self.packets[since:]:
                if fits(packet):
                    return packet
            since = max(since, len(self.packets))
            self.pump(deadline - time.monotonic())

    def events(self, namespace: str | None = None) -> list[list[Any]]:
        """Return all events so far as [name, *args]."""
        return [
            p.data for p in self.packets if p.type == EVENT and namespace in (None, p.namespace)
        ]

    def drain(self, timeout: float = WAIT_SECONDS) -> None:
        """Read until the connection is closed; raise TimeoutError if nothing arrives before."""
        try:
            while True:
                self.pump(timeout)
        except Cut:
            return

    def pump(self, timeout: float) -> None:
        """Read once; raise TimeoutError if nothing arrives, Cut if the connection ends."""
        for kind, data in self.socket.messages(timeout):
            if kind == CLOSE:
                self.closing = data
                self.socket.close()
            elif kind == TEXT:
                self._take(data.decode())

    def abort(self) -> None:
        """Reset the TCP connection: no close frame, no DISCONNECT."""
        self.socket.abort()

    def __enter__(self) -> "WireClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()

    def _write(self, kind: int, namespace: str, ack_id: int | None, data: Any) -> None:
        place = "" if namespace == "/" else f"{namespace},"
        number = "" if ack_id is None else str(ack_id)
        body = "" if data is None else json.dumps(data, ensure_ascii=False)
        self.send(f"4{kind}{place}{number}{body}")

    def _take(self, text: str) -> None:
        if text.startswith("0"):
            self.handshake = json.loads(text[1:])
        elif text.startswith("2"):
            self.pings += 1
            self.send("3" + text[1:])
        elif text.startswith("4"):
            self._keep(text[1:])

    def _keep(self, text: str) -> None:
        packet = decode(text, self.parsed)
        self.packets.append(packet)
        self.memory.remember(packet)
