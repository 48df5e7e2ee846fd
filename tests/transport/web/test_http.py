"""HTTP below Engine.IO: handshakes, polling, chunked bodies, incomplete requests."""

import json
import socket
from collections.abc import Iterator

import pytest

from tests.support.http import HttpClient
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS
from tests.support.wire import WireClient

POLLING = "/socket.io/?EIO=4&transport=polling"
SEPARATOR = "\x1e"


class Poller:
    """An Engine.IO client that uses HTTP long-polling only."""

    def __init__(self, server: HttpClient) -> None:
        self.server = server
        self.packets: list[str] = []
        opened = server.get(POLLING)
        assert opened.status == 200, opened.body
        self.handshake = json.loads(opened.body[1:])
        self.url = f"{POLLING}&sid={self.handshake['sid']}"

    def send(self, *packets: str) -> int:
        """Send packets in one POST; return its status."""
        body = SEPARATOR.join(packets).encode()
        headers = {"Content-Type": "text/plain;charset=UTF-8"}
        return self.server.request("POST", self.url, body=body, headers=headers).status

    def wait(self, prefix: str) -> str:
        """Poll until a packet starts with this prefix, and return it."""
        while True:
            for packet in self.packets:
                if packet.startswith(prefix):
                    return packet
            reply = self.server.get(self.url, timeout=WAIT_SECONDS)
            assert reply.status == 200, reply.body
            self.packets += reply.body.decode().split(SEPARATOR)


@pytest.fixture
def poller(server: LiveServer) -> Poller:
    """Connect a polling client to the chat."""
    client = Poller(server)
    nick = client.handshake["sid"][:20]
    assert client.send(f'40/chat,{{"nick":"{nick}"}}') == 200
    client.wait("42/chat,")
    return client


def test_forty_packets_in_one_post_are_handled_in_order(poller: Poller) -> None:
    packets = [f'42/chat,{n}["post",{{"room":"lobby","text":"{n}"}}]' for n in range(40)]
    assert poller.send(*packets) == 200
    acks = [poller.wait(f"43/chat,{n}[") for n in range(40)]
    ids = [json.loads(ack[ack.index("[") :])[0]["data"]["id"] for ack in acks]
    assert ids == list(range(ids[0], ids[0] + 40))


def test_the_handshake_has_fractions_of_a_second(server: LiveServer) -> None:
    handshake = Poller(server).handshake
    assert (handshake["pingInterval"], handshake["pingTimeout"]) == (12345, 6500)
    with WireClient(server.host, server.port) as client:
        client.connect("/chat")
        assert client.handshake is not None
        assert client.handshake["pingInterval"] == 12345


@pytest.mark.parametrize(
    "query", ["EIO=3&transport=polling", "transport=polling", "EIO=5&transport=polling"]
)
def test_another_protocol_version_is_an_error_that_says_so(server: LiveServer, query: str) -> None:
    reply = server.get(f"/socket.io/?{query}", headers={"Origin": "http://elsewhere.example"})
    assert reply.status == 400
    ((error),) = reply.json["errors"]
    assert error["code"] == "unsupported_client"
    assert "socket.io-client 3 and 4" in error["detail"]
    assert reply.headers["Access-Control-Allow-Origin"] in ("*", "http://elsewhere.example")


@pytest.mark.parametrize(
    "query",
    ["EIO=4&transport=pigeon", "EIO=4&transport=polling&sid=nobody", "EIO=x", ""],
)
def test_a_wrong_handshake_is_a_400(server: LiveServer, bystander: WireClient, query: str) -> None:
    assert server.get(f"/socket.io/?{query}").status == 400
    assert server.post(f"/socket.io/?{query}").status == 400


@pytest.mark.parametrize("body", [b"\xff\xfe", b"x", b"", b"9", b"ba", b"4" * 2_000_000])
def test_an_invalid_post_ends_the_session_of_its_sender(
    server: LiveServer, bystander: WireClient, body: bytes
) -> None:
    poller = Poller(server)
    try:
        status = server.request("POST", poller.url, body=body).status
    except ConnectionError:
        status = 413  # Too large: the server responded and closed before all of it was sent.
    assert status == (413 if len(body) > 1_000_000 else 400)
    assert server.get(poller.url).status == 400, "the session has ended"


class RawHttp:
    """Sends and receives raw bytes of HTTP."""

    def __init__(self, server: HttpClient) -> None:
        self.sock = socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS)

    def send(self, *lines: str, body: bytes = b"") -> None:
        """Send a request head, completed by `Host`, and a body."""
        self.sock.sendall("\r\n".join([*lines, "Host: x", "", ""]).encode() + body)

    def reply(self) -> bytes:
        """Return everything up to the end of the connection."""
        data = b""
        while chunk := self.sock.recv(65536):
            data += chunk
        return data


@pytest.fixture
def raw(server: LiveServer) -> Iterator[RawHttp]:
    """Open a connection for raw bytes."""
    connection = RawHttp(server)
    yield connection
    connection.sock.close()


POST = ("POST /chat/rooms/lobby/messages HTTP/1.1", "Connection: close")
TYPE = "Content-Type: application/json"


def chunked(*parts: bytes) -> bytes:
    return b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (*parts, b""))


def test_a_chunked_body_is_read(raw: RawHttp, bystander: WireClient) -> None:
    body = chunked(b'{"nick": "mos", "te', b'xt": "in chu', b'nks"}')
    raw.send(*POST, TYPE, "Transfer-Encoding: chunked", body=body)
    reply = raw.reply()
    assert reply.startswith(b"HTTP/1.1 201 ")
    assert b'"text":"in chunks"' in reply


def test_a_chunked_body_is_limited_too(raw: RawHttp, bystander: WireClient) -> None:
    raw.send(*POST, TYPE, "Transfer-Encoding: chunked")
    try:
        for _ in range(64):
            raw.sock.sendall(b"%x\r\n%s\r\n" % (65536, b"[" * 65536))
        raw.sock.sendall(b"0\r\n\r\n")
        reply = raw.reply()
    except ConnectionError:
        return
    assert b" 413 " in reply.split(b"\r\n")[0] or reply == b""


def test_a_body_in_too_many_chunks_is_refused(raw: RawHttp, bystander: WireClient) -> None:
    raw.send(*POST, TYPE, "Transfer-Encoding: chunked")
    raw.sock.sendall(b"1\r\n[\r\n" * 5000)
    reply = raw.reply()
    assert reply.startswith(b"HTTP/1.1 413 ") and b"too many chunks" in reply


def test_a_body_over_the_limit_is_refused_unread(raw: RawHttp, bystander: WireClient) -> None:
    raw.send(*POST, TYPE, "Content-Length: 2000000")
    reply = raw.reply()
    assert reply.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"request_entity_too_large"' in reply


@pytest.mark.parametrize(
    "lines",
    [
        ("GET / HTTP/9.9",),
        ("NONSENSE",),
        ("GET /chat/rooms HTTP/1.1", "X" * 70_000 + ": x", "Connection: close"),
        (*POST, TYPE, "Content-Length: many"),
        (*POST, TYPE, "Content-Length: -5"),
        ("GET /socket.io/?EIO=4&transport=websocket HTTP/1.1", "Connection: close"),
    ],
)
def test_an_invalid_request_is_refused_or_the_connection_closed(
    raw: RawHttp, bystander: WireClient, lines: tuple[str, ...]
) -> None:
    raw.send(*lines)
    raw.sock.shutdown(socket.SHUT_WR)
    try:
        reply = raw.reply()
    except ConnectionError:
        return
    assert not reply.startswith(b"HTTP/1.1 2")


def test_an_incomplete_request_does_not_affect_others(
    server: LiveServer, bystander: WireClient
) -> None:
    for cut in (
        b"GE",
        b"GET / HTTP/1.1\r\n",
        b"POST /login HTTP/1.1\r\nContent-Length: 9\r\n\r\nx",
    ):
        half = RawHttp(server)
        half.sock.sendall(cut)
        half.sock.close()
    assert server.get("/chat/rooms").status == 200
