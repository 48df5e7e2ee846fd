"""A native WebSocket client that reads only on demand, and records all messages."""

import json
import time
from collections.abc import Callable
from typing import Any

from tests.support.frames import CLOSE, TEXT, Cut, FrameSocket
from tests.support.http import HttpClient
from tests.support.wait import WAIT_SECONDS


class NativeClient:
    """Speaks to `/ws…`; `messages` are what came, a text as `str` and else as bytes."""

    def __init__(
        self,
        server: HttpClient,
        path: str,
        protocols: str | None = None,
        headers: dict[str, str] | None = None,
    ) -> None:
        self.socket = FrameSocket(server.host, server.port, path, protocols, headers)
        self.messages: list[str | bytes] = []
        self.closing: bytes | None = None

    @property
    def status(self) -> int:
        """Return the status of the handshake."""
        return self.socket.status

    @property
    def protocol(self) -> str | None:
        """Return the subprotocol that the server has chosen."""
        return self.socket.headers.get("sec-websocket-protocol")

    @property
    def bodies(self) -> list[Any]:
        """Return what came as JSON."""
        return [json.loads(message) for message in self.messages]

    @property
    def code(self) -> int | None:
        """Return the code of the close frame that came."""
        return None if self.closing is None else int.from_bytes(self.closing[:2], "big")

    def send(self, message: str | bytes) -> None:
        self.socket.send(message)

    def wait_open(self) -> None:
        """Wait until the client of a room is in it: nothing that it sends is answered before.

        It speaks JSON. The answer, a notice, stays in `messages`.
        """
        self.say("/help", key="open")
        self.wait_body(lambda body: body.get("key") == "open")

    def say(self, text: str, **fields: Any) -> None:
        """Send a text as an object."""
        self.send(json.dumps({"text": text, **fields}))

    def pump(self, timeout: float = WAIT_SECONDS) -> None:
        """Read once; raise Cut when the connection is lost."""
        for kind, data in self.socket.messages(timeout):
            if kind == CLOSE:
                self.closing = data
            elif kind < CLOSE:
                self.messages.append(data.decode() if kind == TEXT else data)

    def wait(
        self, fits: Callable[[Any], object], timeout: float = WAIT_SECONDS, since: int = 0
    ) -> Any:
        """Return the first message that fits, including earlier ones."""
        deadline = time.monotonic() + timeout
        while True:
            for message in self.messages[since:]:
                if fits(message):
                    return message
            since = max(since, len(self.messages))
            self.pump(deadline - time.monotonic())

    def wait_body(self, fits: Callable[[Any], object], timeout: float = WAIT_SECONDS) -> Any:
        """Return the first object that fits."""
        return json.loads(self.wait(lambda message: fits(json.loads(message)), timeout))

    def wait_text(self, text: str, timeout: float = WAIT_SECONDS) -> Any:
        """Return the first chat message with this text."""
        return self.wait_body(lambda body: body.get("text") == text, timeout)

    def ended(self, timeout: float = WAIT_SECONDS) -> int | None:
        """Answer the server's close frame, read to the end and return the code; a reset fails."""
        answered = False
        try:
            while True:
                # It may have come with what was read before.
                if self.closing is not None and not answered:
                    answered = True
                    self.socket.send(self.closing[:2], CLOSE)
                self.pump(timeout)
        except Cut as cut:
            assert str(cut) == "closed by the server", cut
        return self.code

    def abort(self) -> None:
        self.socket.abort()

    def __enter__(self) -> "NativeClient":
        return self

    def __exit__(self, *_: object) -> None:
        self.abort()


ADDED = ("timestamp", "data", "username", "nickname", "message", "origin")
"""What JSON clients get of a message beside what REST returns."""


def shown(message: dict[str, Any]) -> dict[str, Any]:
    """Return a message of REST as JSON clients get it."""
    text = "(deleted)" if message["deleted"] else message["text"]
    names = {"username": message["nick"], "nickname": message["nick"], "message": text}
    added = {"timestamp": message["time"], "data": message["text"], "origin": "user"}
    return {**message, **names, **added}


def notice(text: str, **fields: str) -> dict[str, str]:
    """Return a notice as JSON clients get it."""
    names = dict.fromkeys(("nick", "username", "nickname"), "Server")
    return {"event": "notice", "text": text, **names, "message": text, "data": text, **fields}
