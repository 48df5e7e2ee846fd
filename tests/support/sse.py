"""A reader of Server-Sent Events on a plain TCP socket, as the HTML standard reads them."""

import json
import socket
import time
from collections.abc import Callable
from typing import Any, NamedTuple

from tests.support.frames import RESET, Cut
from tests.support.wait import WAIT_SECONDS


class Event(NamedTuple):
    """One event: its name, the id at its time, its data."""

    name: str
    id: str
    data: Any


class EventStream:
    """One connection to a stream; reads only when asked to.

    An answer that is no stream is read whole, into `body`.
    """

    def __init__(
        self,
        host: str,
        port: int,
        path: str,
        *,
        last: str = "",
        headers: dict[str, str] | None = None,
        method: str = "GET",
        version: str = "1.1",
        buffer: int | None = None,
    ) -> None:
        self.events: list[Event] = []
        self.last_id = last
        self.first_id = ""
        self.retry: int | None = None
        self.comments = 0
        self.closed = False
        self._rest = b""
        self._fields: dict[str, str] = {}
        self.sock = socket.socket()
        if buffer is not None:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
        try:
            self._ask(host, port, f"{method} {path} HTTP/{version}", last, headers or {})
        except OSError:
            self.close()
            raise

    @property
    def json(self) -> Any:
        """Return the body of an answer that is no stream."""
        return json.loads(self.body)

    def pump(self, timeout: float) -> None:
        """Read once; raise TimeoutError if nothing arrives, Cut if the connection ends."""
        self.sock.settimeout(max(0.001, timeout))
        try:
            data = self.sock.recv(65_536)
        except TimeoutError:
            raise TimeoutError(f"nothing came; the last was {self.events[-1:]}") from None
        except OSError as error:
            self.close()
            raise Cut(str(error)) from error
        if not data:
            self.close()
            raise Cut("closed by the server")
        self._take(data)

    def wait(self, fits: Callable[[Any], object], timeout: float = WAIT_SECONDS) -> Any:
        """Return the data of the first event that fits, also of one that came before."""
        return self.wait_until(
            lambda: next((event.data for event in self.events if fits(event.data)), None), timeout
        )

    def wait_until(self, question: Callable[[], Any], timeout: float = WAIT_SECONDS) -> Any:
        """Read until the question has an answer."""
        deadline = time.monotonic() + timeout
        while True:
            answer = question()
            if answer:
                return answer
            self.pump(deadline - time.monotonic())

    def drain(self, timeout: float = WAIT_SECONDS) -> None:
        """Read until the connection is closed."""
        try:
            while True:
                self.pump(timeout)
        except Cut:
            return

    def abort(self) -> None:
        if not self.closed:
            self.sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
        self.close()

    def close(self) -> None:
        self.closed = True
        self.sock.close()

    def __enter__(self) -> "EventStream":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _ask(self, host: str, port: int, line: str, last: str, headers: dict[str, str]) -> None:
        self.sock.settimeout(WAIT_SECONDS)
        self.sock.connect((host, port))
        asked = {"Host": f"{host}:{port}", **headers}
        if last:
            asked["Last-Event-ID"] = last
        lines = [line, *(f"{name}: {value}" for name, value in asked.items())]
        self.sock.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
        head, rest = self._read_head()
        first, *others = head.decode("latin-1").split("\r\n")
        self.status = int(first.split()[1])
        pairs = [other.partition(": ") for other in others]
        self.headers = {name.lower(): value for name, _, value in pairs}
        if self.status == 200 and not line.startswith("HEAD"):
            self._take(rest)
        else:
            self.body = rest
            self._read_body(line)

    def _read_head(self) -> tuple[bytes, bytes]:
        data = b""
        while b"\r\n\r\n" not in data:
            more = self.sock.recv(65_536)
            if not more:
                raise Cut("closed before the head was whole")
            data += more
        head, _, rest = data.partition(b"\r\n\r\n")
        return head, rest

    def _read_body(self, line: str) -> None:
        length = 0 if line.startswith("HEAD") else int(self.headers["content-length"])
        while len(self.body) < length:
            more = self.sock.recv(65_536)
            if not more:
                raise Cut("closed before the body was whole")
            self.body += more

    def _take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            self._take_line(line.decode())

    def _take_line(self, line: str) -> None:
        if not line:
            self._dispatch()
        elif line.startswith(":"):
            self.comments += 1
        else:
            name, _, value = line.partition(":")
            self._fields[name] = value.removeprefix(" ")

    def _dispatch(self) -> None:
        fields, self._fields = self._fields, {}
        self.last_id = fields.get("id", self.last_id)
        self.first_id = self.first_id or self.last_id
        if "retry" in fields:
            self.retry = int(fields["retry"])
        if fields.get("data"):
            name = fields.get("event", "message")
            self.events.append(Event(name, self.last_id, json.loads(fields["data"])))


def bodies(stream: EventStream) -> list[Any]:
    """Return the data of all events, each checked against its id and the order of the log."""
    logged = [event for event in stream.events if event.name not in ("room", "banned")]
    assert all(event.id == str(event.data["rev"]) for event in logged)
    revs = [event.data["rev"] for event in logged]
    assert revs == sorted(set(revs)), f"doubled or out of order: {revs}"
    return [event.data for event in logged]
