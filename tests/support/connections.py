"""All that a user may have open at once: a connection of every interface."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.support.frames import Cut
from tests.support.native import NativeClient
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import BEFORE_A_POLL_ENDS, WAIT_SECONDS, wait_until
from tests.support.wire import Refused, WireClient


class Connections:
    """What a user has open with one token: most of it in a room that is closed to guests.

    Socket.IO over a WebSocket, also in the namespaces of reports, of the presentation and of the
    course; a stock client that polls; a native client, two streams and a long-poll.
    """

    def __init__(self, server: LiveServer, room: Room, token: str) -> None:
        self._server, self._room, self._token = server, Room(server, room.name), token
        self._headers = {"x-access-token": token}
        self.chat = ChatClient(server)
        self.chat.connect(CHAT, {"token": token})
        self.chat.join(self._room)
        self._others = WireClient(server.host, server.port)
        for namespace in ("/reports", "/me", "/"):
            self._others.connect(namespace, {"token": token})
        self._polling = PythonClient(
            server.url, auth={"token": token}, transports=("polling",), reconnection=False
        )
        assert "data" in self._polling.call("join", {"room": room.name})
        self._native = NativeClient(server, f"/ws/chat?room={room.name}&token={token}")
        self._native.wait_open()
        path = f"/chat/rooms/{room.name}"
        self._streams = [
            EventStream(server.host, server.port, each, headers=self._headers)
            for each in (f"{path}/stream", "/stream")
        ]
        self._thread = ThreadPoolExecutor(1)
        waiting = self._waiting()
        since = self._room.page(headers=self._headers)["rev"]
        self._poll = self._thread.submit(
            server.get,
            f"{path}/changes?since={since}&wait=60",
            token=token,
            timeout=BEFORE_A_POLL_ENDS,
        )
        wait_until(lambda: self._waiting() > waiting, what="the long-poll")

    def wait_ended(self, code: str) -> None:
        """Wait until none of them receives or may write anything more, for the reason `code`."""
        expected = [(401, code, None)]
        self.chat.wait_event("left", lambda body, *_: body["room"] == self._room.name)
        self.chat.wait_event("notice", lambda body, *_: body["errors"][0]["code"] == code)
        for event, fields in (("post", {"text": "x"}), ("history", {}), ("join", {})):
            answer = self.chat.do(event, room=self._room.name, **fields)
            assert faults(answer) == expected, (event, answer)
        self._polling.wait_for("left", lambda body: body["room"] == self._room.name)
        self._polling.wait_for("notice", lambda body: body["errors"][0]["code"] == code)
        post = {"room": self._room.name, "text": "x"}
        assert faults(self._polling.call("post", post)) == expected
        report = {"week": 52, "title": "t", "text": "x"}
        assert faults(self._others.call("/reports", "save", report)) == expected
        assert faults(self._others.call("/me", "save", {"name": "x"})) == expected
        assert faults(self._others.call("/", "chat message", "hej")) == expected
        assert self._native.ended() == 1008
        for stream in self._streams:
            with pytest.raises(Cut, match="closed by the server"):
                while True:
                    stream.pump(WAIT_SECONDS)
        assert faults(self._poll.result()) == expected
        self._check_refused(expected)

    def _check_refused(self, expected: list[Any]) -> None:
        """Assert that nothing new is opened with the token."""
        assert faults(self._room.post(token=self._token)) == expected
        assert faults(self._room.get("/messages", token=self._token)) == expected
        host, port = self._server.host, self._server.port
        with EventStream(host, port, "/stream", headers=self._headers) as stream:
            assert (stream.status, stream.json["errors"][0]["code"]) == expected[0][:2]
        for namespace in (CHAT, "/reports", "/me"):
            with (
                WireClient(host, port) as again,
                pytest.raises(Refused) as refused,
            ):
                again.connect(namespace, {"token": self._token})
            assert refused.value.data["data"]["code"] == expected[0][1]
        native = NativeClient(self._server, f"/ws/chat?token={self._token}")
        native.abort()
        assert native.status == 401

    def close(self) -> None:
        """Close all of the connections."""
        self.chat.abort()
        self._others.abort()
        self._native.abort()
        self._polling.close()
        for stream in self._streams:
            stream.abort()
        self._thread.shutdown()

    def _waiting(self) -> float:
        lines = self._server.get("/metrics").body.decode().splitlines()
        return next(float(line.split()[1]) for line in lines if line.startswith("me_api_waiting "))
