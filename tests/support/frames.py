"""WebSocket frames on a plain TCP socket, byte for byte, no library."""

import base64
import os
import socket
import struct
from collections.abc import Iterator

from tests.support.wait import WAIT_SECONDS

TEXT, BINARY, CLOSE, PING, PONG = 1, 2, 8, 9, 10
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST, not FIN


class Cut(ConnectionError):
    """The connection was lost: the proxy cut it, or the server closed it."""


class FrameSocket:
    """Upgrades to WebSocket, then sends and receives frames and counts every byte.

    With a read limit the cable is cut after exactly that many more bytes: what is whole by then
    is still given out, then the TCP connection is reset.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        protocols: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.sock = socket.create_connection((host, port), timeout=WAIT_SECONDS)
        self.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.received = 0  # bytes read after the upgrade
        self.parsed = 0  # bytes of these in whole frames that were given out
        self.closed = False
        self.answers_pings = True
        self.limit: int | None = None
        self._buffer = b""
        self._message = b""
        self._kind = TEXT
        try:
            self.status, self.headers = self._upgrade(host, port, path, protocols, headers or {})
        except OSError:
            self.close()
            raise

    def limit_reads(self, count: int) -> None:
        """Cut the connection after this many more bytes."""
        self.limit = self.received + count
        self._cut_at_limit()

    def send(self, payload: str | bytes, opcode: int | None = None) -> None:
        """Send a masked frame with this opcode and payload."""
        data = payload.encode() if isinstance(payload, str) else payload
        kind = opcode or (TEXT if isinstance(payload, str) else BINARY)
        self.send_raw(frame(kind, data))

    def send_raw(self, data: bytes) -> None:
        """Send bytes as they are."""
        try:
            self.sock.sendall(data)
        except OSError as error:
            self.abort()
            raise Cut(str(error)) from error

    def messages(self, timeout: float) -> Iterator[tuple[int, bytes]]:
        """Read once from the socket and return every whole message, answering pings.

        Raises Cut when the connection is lost and TimeoutError when nothing arrives.
        """
        self._fill(timeout)
        while (head := self._whole_frame()) is not None:
            final, opcode, data = head
            if opcode == PING and self.answers_pings:
                self.send(data, PONG)
            elif opcode >= CLOSE:
                yield opcode, data
            else:
                self._kind = opcode or self._kind
                self._message += data
                if final:
                    message, self._message = self._message, b""
                    yield self._kind, message
        self._cut_at_limit()

    def abort(self) -> None:
        """Close with a TCP reset."""
        if not self.closed:
            self.closed = True
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
            self.sock.close()

    def close(self) -> None:
        """Close the TCP connection without a close frame."""
        self.closed = True
        self.sock.close()

    def _upgrade(
        self, host: str, port: int, path: str, protocols: str | None, headers: dict[str, str]
    ) -> tuple[int, dict[str, str]]:
        key = base64.b64encode(os.urandom(16)).decode()
        lines = [f"GET {path} HTTP/1.1", f"Host: {host}:{port}", "Upgrade: websocket"]
        lines += ["Connection: Upgrade", f"Sec-WebSocket-Key: {key}", "Sec-WebSocket-Version: 13"]
        lines += [f"Sec-WebSocket-Protocol: {protocols}"] if protocols else []
        lines += [f"{name}: {value}" for name, value in headers.items()]
        self.send_raw(("\r\n".join(lines) + "\r\n\r\n").encode())
        return read_head(self.sock)

    def _fill(self, timeout: float) -> None:
        if self.closed:
            raise Cut("closed here")
        room = 65_536 if self.limit is None else min(65_536, self.limit - self.received)
        self.sock.settimeout(max(timeout, 0.001))
        try:
            data = self.sock.recv(room)
        except ConnectionError as error:
            self.abort()
            raise Cut(str(error)) from error
        if not data:
            self.close()
            raise Cut("closed by the server")
        self.received += len(data)
        self._buffer += data

    def _whole_frame(self) -> tuple[bool, int, bytes] | None:
        if len(self._buffer) < 2:
            return None
        first, size, start = self._buffer[0], self._buffer[1] & 127, 2
        if size >= 126:
            start, form = (4, ">H") if size == 126 else (10, ">Q")
            if len(self._buffer) < start:
                return None
            (size,) = struct.unpack(form, self._buffer[2:start])
        if len(self._buffer) < start + size:
            return None
        data = self._buffer[start : start + size]
        self._buffer = self._buffer[start + size :]
        self.parsed += start + size
        return bool(first & 128), first & 15, data

    def _cut_at_limit(self) -> None:
        if self.limit is not None and self.received >= self.limit:
            self.abort()


def send_request_head(host: str, port: int, lines: list[str]) -> tuple[int, dict[str, str]]:
    """Send a request head as it is; return the status and the headers, in lower case."""
    with socket.create_connection((host, port), timeout=WAIT_SECONDS) as sock:
        sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        return read_head(sock)


def read_head(sock: socket.socket) -> tuple[int, dict[str, str]]:
    """Read a head byte by byte, so that nothing behind it is consumed."""
    answer = b""
    while not answer.endswith(b"\r\n\r\n"):
        byte = sock.recv(1)
        if not byte:
            raise Cut("closed by the server before it answered")
        answer += byte
    first, *rest = answer.decode("latin-1").strip().split("\r\n")
    headers = dict(line.lower().split(": ", 1) for line in rest)
    return int(first.split()[1]), headers


def frame(opcode: int, data: bytes, *, final: bool = True, mask: bytes = b"\0\0\0\0") -> bytes:
    """Return one masked client frame; the mask is zeros unless given."""
    first = opcode | (128 if final else 0)
    if len(data) < 126:
        head = struct.pack(">BB", first, 128 | len(data))
    elif len(data) < 65_536:
        head = struct.pack(">BBH", first, 128 | 126, len(data))
    else:
        head = struct.pack(">BBQ", first, 128 | 127, len(data))
    masked = data if not any(mask) else bytes(b ^ mask[i % 4] for i, b in enumerate(data))
    return head + mask + masked
