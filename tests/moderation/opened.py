"""Connections of every kind that a guest or a user has in a room."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from tests.chat.clients import CHAT, ChatClient, Room, faults
from tests.support.frames import Cut
from tests.support.http import HttpClient
from tests.support.native import NativeClient
from tests.support.packets import DISCONNECT
from tests.support.python_client import PythonClient
from tests.support.sse import EventStream
from tests.support.wait import BEFORE_A_POLL_ENDS, WAIT_SECONDS, wait_until
from tests.support.wire import Refused, WireClient

FORBIDDEN = 403
POLICY_VIOLATION = 1008


def is_of_server(payload: Any) -> bool:
    """Return whether a client of the course has been sent this by the server itself."""
    return isinstance(payload, dict) and payload.get("name") == "Server"


def waiting_requests(server: HttpClient) -> float:
    """Return how many long-polls a server holds."""
    lines = server.get("/metrics").body.decode().splitlines()
    return next(float(line.split()[1]) for line in lines if line.startswith("me_api_waiting "))


class Opened:
    """What one sender has open: Socket.IO in all namespaces, native, streams and a long-poll.

    Beside the clients over WebSockets is a stock client that polls.
    """

    def __init__(
        self,
        server: HttpClient,
        room: Room,
        *,
        nick: str = "",
        guest: str = "",
        token: str = "",
        address: str = "",
    ) -> None:
        self.server, self.room = server, Room(server, room.name)
        self.options: dict[str, Any] = {"token": token} if token else {"guest": guest}
        self.headers = {"x-access-token": token} if token else {"X-Guest": guest}
        forwarded = {"X-Forwarded-For": address} if address else {}
        self.headers |= forwarded
        self.auth = {"token": token} if token else {"nick": nick, "guest": guest}
        self.credentials = f"token={token}" if token else f"nick={nick}&guest={guest}"
        self.chat = ChatClient(server)
        self.chat.connect(CHAT, self.auth)
        self.chat.join(self.room)
        self.topics = {name: WireClient(server.host, server.port) for name in ("/reports", "/me")}
        for name, client in self.topics.items():
            client.connect(name, self.auth)
        self.course = WireClient(server.host, server.port)
        self.course.connect("/", {**self.auth, "room": room.name})
        url = f"http://{server.host}:{server.port}"
        self.polling = PythonClient(
            url, auth=self.auth, transports=("polling",), reconnection=False
        )
        assert "data" in self.polling.call("join", {"room": room.name})
        self.native = NativeClient(
            server, f"/ws/chat?room={room.name}&{self.credentials}", headers=forwarded
        )
        self.native.wait_open()
        path = f"/chat/rooms/{room.name}"
        self.stream = EventStream(server.host, server.port, f"{path}/stream", headers=self.headers)
        self.everything = EventStream(server.host, server.port, "/stream", headers=self.headers)
        self._thread = ThreadPoolExecutor(1)
        since, waiting = self.room.page()["rev"], waiting_requests(server)
        self.poll = self._thread.submit(
            server.get,
            f"{path}/changes?since={since}&wait=60",
            headers=self.headers,
            timeout=BEFORE_A_POLL_ENDS,
        )
        wait_until(lambda: waiting_requests(server) > waiting, what="the long-poll")

    def wait_banned(self, room: str | None, reason: str) -> None:
        """Wait until each has received why, and nothing more can be received."""
        for client in (self.chat, self.course):
            self.check(client.wait_event("banned")[0], room, reason)
        self.check(self.polling.wait_for("banned")[0], room, reason)
        assert reason in str(self.course.wait_event("chat message", is_of_server))
        if room is None:
            for client in (self.chat, self.course, *self.topics.values()):
                client.wait_packet(lambda packet: packet.type == DISCONNECT)
            for client in self.topics.values():
                self.check(client.wait_event("banned")[0], room, reason)
            self.polling.wait_for("disconnect")
        else:
            self.polling.wait_for("left", lambda body: body["room"] == room)
            for answer in (
                self.polling.call("post", {"room": room, "text": "x"}),
                self.course.call("/", "chat message", "x"),
            ):
                assert faults(answer) == [(FORBIDDEN, "banned", None)]
        self.check(self.native.wait_body(lambda body: body.get("event") == "banned"), room, reason)
        assert self.native.ended() == POLICY_VIOLATION
        for stream in (self.stream, self.everything):
            self.wait_end(stream)
            last = stream.events[-1]
            assert last.name == "banned"
            self.check(last.data, room, reason)
        self.check_refused(self.poll.result(), room, reason)

    def check_nothing_opens(self, room: str | None, reason: str) -> None:
        """Assert that it is refused at every interface."""
        post = {"text": "x", "nick": self.auth.get("nick", "x")}
        url = f"{self.room.url}/messages"
        for reply in (
            self.server.post(url, post, headers=self.headers),
            self.server.patch(f"{url}/1", {"text": "y"}, headers=self.headers),
            self.server.get(f"{self.room.url}/changes", headers=self.headers),
        ):
            self.check_refused(reply, room, reason)
        host, port = self.server.host, self.server.port
        with EventStream(host, port, f"{self.room.url}/stream", headers=self.headers) as stream:
            assert stream.json["errors"][0]["code"] == "banned"
        native = NativeClient(
            self.server, f"/ws/chat?room={self.room.name}&{self.credentials}", headers=self.headers
        )
        native.abort()
        assert native.status == FORBIDDEN
        if room is None:
            for namespace in (CHAT, "/reports", "/me", "/"):
                with WireClient(host, port) as again, pytest.raises(Refused) as refused:
                    again.connect(namespace, self.auth)
                data = refused.value.data["data"]
                assert (data["code"], data["reason"]) == ("banned", reason)
        else:
            self._check_stream_of_others(host, port)
            answer = self.chat.do("post", room=room, text="x")
            assert faults(answer) == [(FORBIDDEN, "banned", None)]
            assert faults(self.chat.do("join", room=room)) == [(FORBIDDEN, "banned", None)]

    def _check_stream_of_others(self, host: str, port: int) -> None:
        """Assert that a stream of everything has what happens in other rooms alone."""
        lobby = Room(self.server, "lobby")
        with EventStream(host, port, "/stream", headers=self.headers) as stream:
            self.room.say("hidden", nick="somebody else")
            shown = lobby.say("shown", nick="somebody else")
            stream.wait(lambda data: data.get("rev") == shown["rev"])
            assert self.room.name not in [each.data.get("room") for each in stream.events]

    def close(self) -> None:
        """Close everything that is open."""
        for each in (self.chat, self.course, *self.topics.values()):
            each.abort()
        for other in (self.native, self.stream, self.everything):
            other.abort()
        self.polling.close()
        self._thread.shutdown()

    @staticmethod
    def wait_end(stream: EventStream) -> None:
        """Read a stream to its end."""
        with pytest.raises(Cut, match="closed by the server"):
            while True:
                stream.pump(WAIT_SECONDS)

    @staticmethod
    def check(body: dict[str, Any], room: str | None, reason: str) -> None:
        """Check the event of a ban."""
        assert (body["room"], body["reason"]) == (room, reason), body
        assert reason in body["text"]

    @staticmethod
    def check_refused(reply: Any, room: str | None, reason: str) -> None:
        """Check the error of a ban."""
        assert faults(reply) == [(FORBIDDEN, "banned", None)]
        assert (reply.json["room"], reply.json["reason"]) == (room, reason)
