"""RFC 6455, the bytes of each rule sent to the server: what it reads, and what it refuses."""

from struct import pack

import pytest

from tests.support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame
from tests.support.frames import knock as send_head
from tests.support.native import NativeClient
from tests.websocket.conftest import LARGEST, Connect

CONTINUATION = 0
WRONG, NO_TEXT, TOO_BIG = 1002, 1007, 1009

BROKEN = {
    "a reserved bit": (bytes([0xC1, 0x80]) + b"mask", WRONG),
    "another reserved bit": (bytes([0x91, 0x80]) + b"mask", WRONG),
    "a reserved bit of a control frame": (bytes([0xA9, 0x80]) + b"mask", WRONG),
    "no mask": (bytes([0x81, 0x05]) + b"hello", WRONG),
    "a control frame without a mask": (bytes([0x89, 0x00]), WRONG),
    "a reserved opcode": (bytes([0x83, 0x80]) + b"mask", WRONG),
    "a reserved opcode of a control frame": (bytes([0x8B, 0x80]) + b"mask", WRONG),
    "a continuation of nothing": (frame(CONTINUATION, b"x"), WRONG),
    "a message within a message": (frame(TEXT, b"a", final=False) + frame(TEXT, b"b"), WRONG),
    "a control frame in fragments": (frame(PING, b"a", final=False), WRONG),
    "a long ping": (frame(PING, b"x" * 126), WRONG),
    "a long close": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), WRONG),
    "a long form of a short length": (pack("!BBH", 0x82, 0xFE, 125) + b"mask", WRONG),
    "a longer form of a length": (pack("!BBQ", 0x82, 0xFF, 65_535) + b"mask", WRONG),
    "a negative length": (pack("!BBQ", 0x82, 0xFF, 1 << 63) + b"mask", WRONG),
    "half a close code": (frame(CLOSE, b"\x03"), WRONG),
    "a close code of no meaning": (frame(CLOSE, pack("!H", 999)), WRONG),
    "a close code that is never sent": (frame(CLOSE, pack("!H", 1005)), WRONG),
    "a reserved close code": (frame(CLOSE, pack("!H", 1016)), WRONG),
    "a close code beyond the last": (frame(CLOSE, pack("!H", 5000)), WRONG),
    "a reason that is no text": (frame(CLOSE, b"\x03\xe8\xff"), NO_TEXT),
    "text that is no text": (frame(TEXT, b"\xff\xfe"), NO_TEXT),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), NO_TEXT),
    "half a character at the end": (frame(TEXT, b"abc\xc3"), NO_TEXT),
    "no text across fragments": (
        frame(TEXT, b"\xe2\x82", final=False) + frame(CONTINUATION, b"\x28"),
        NO_TEXT,
    ),
    "the beginning of a frame whose text is wrong": (
        frame(TEXT, b"\xff" + b"x" * 100)[:8],
        NO_TEXT,
    ),
    "the head of what is too big": (pack("!BBQ", 0x82, 0xFF, LARGEST + 1), TOO_BIG),
    "fragments that are too big together": (
        frame(BINARY, b"x", final=False) + pack("!BBQ", 0x80, 0xFF, LARGEST),
        TOO_BIG,
    ),
}


@pytest.mark.parametrize("what", BROKEN)
def test_who_breaks_the_protocol_is_told_the_code(echo: NativeClient, what: str) -> None:
    data, code = BROKEN[what]
    echo.send("before")
    echo.socket.send_raw(frame(TEXT, b"together with it") + data)
    assert echo.ended() == code
    assert echo.messages == ["before", "together with it"]


@pytest.mark.parametrize("what", BROKEN)
def test_it_makes_no_difference_how_the_bytes_are_cut(echo: NativeClient, what: str) -> None:
    data, code = BROKEN[what]
    for byte in data[:12]:
        echo.socket.send_raw(bytes([byte]))
    echo.socket.send_raw(data[12:])
    assert echo.ended() == code


def test_fragments_are_one_message_and_pings_within_are_answered(echo: NativeClient) -> None:
    parts = [frame(TEXT, b"sm\xc3", final=False), frame(PING, b"there?")]
    parts += [frame(CONTINUATION, b"\xb6r", final=False), frame(PONG, b"unasked")]
    parts += [frame(CONTINUATION, b"g\xc3\xa5s", mask=b"abcd")]
    came = raw(echo, parts, 2)
    assert came == [(PONG, b"there?"), (TEXT, "smörgås".encode())]


def test_a_ping_comes_back_as_it_was(echo: NativeClient) -> None:
    for payload in (b"", b"x", bytes(range(125))):
        assert raw(echo, [frame(PING, payload, mask=b"\x01\xfe\x7f\x80")], 1) == [(PONG, payload)]


def raw(client: NativeClient, parts: list[bytes], count: int) -> list[tuple[int, bytes]]:
    """Send bytes, each part by itself; return the frames that come of it."""
    for part in parts:
        client.socket.send_raw(part)
    found: list[tuple[int, bytes]] = []
    while len(found) < count:
        found += client.socket.messages(10)
    return found


HANDSHAKE = {
    "Host": "x",
    "Upgrade": "websocket",
    "Connection": "Upgrade",
    "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    "Sec-WebSocket-Version": "13",
}
UPGRADE = 426
REFUSED = {
    "no upgrade": ({"Upgrade": None}, UPGRADE),
    "another upgrade": ({"Upgrade": "h2c"}, UPGRADE),
    "no connection": ({"Connection": None}, UPGRADE),
    "a connection that stays": ({"Connection": "keep-alive"}, UPGRADE),
    "no version": ({"Sec-WebSocket-Version": None}, UPGRADE),
    "an old version": ({"Sec-WebSocket-Version": "8"}, UPGRADE),
    "no key": ({"Sec-WebSocket-Key": None}, 400),
    "a short key": ({"Sec-WebSocket-Key": "c2hvcnQ="}, 400),
    "a long key": ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZXM="}, 400),
    "a key that is no base64": ({"Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ=!"}, 400),
    "no host": ({"Host": None}, 400),
}


def knock(server, changes: dict[str, str | None], first: str) -> tuple[int, dict[str, str]]:
    """Send a handshake; return the status and the headers of the answer."""
    headers = {**HANDSHAKE, **changes}
    lines = [first, *(f"{name}: {value}" for name, value in headers.items() if value)]
    return send_head(server.host, server.port, lines)


@pytest.mark.parametrize("path", ["/ws", "/ws/echo", "/ws/broadcast", "/ws/chat"])
@pytest.mark.parametrize("what", REFUSED)
def test_what_is_no_handshake_is_refused(server, path: str, what: str) -> None:
    changes, expected = REFUSED[what]
    status, headers = knock(server, changes, f"GET {path} HTTP/1.1")
    assert status == expected
    if expected == UPGRADE:
        assert headers["upgrade"] == "websocket"
        assert headers["sec-websocket-version"] == "13"


def test_it_is_a_get_of_http_1_1(server) -> None:
    assert knock(server, {}, "GET /ws/echo HTTP/1.0")[0] == UPGRADE
    assert knock(server, {}, "POST /ws/echo HTTP/1.1")[0] == 405
    for method in ("GET", "HEAD"):
        reply = server.request(method, "/ws/echo")
        assert reply.status == UPGRADE
    assert reply.headers["Upgrade"] == "websocket"
    assert server.get("/ws/echo").json["errors"][0]["code"] == "upgrade_required"


def test_names_are_read_as_http_has_them(server) -> None:
    changes = {"Upgrade": "h2c, WebSocket", "Connection": "keep-alive, UPGRADE"}
    status, headers = knock(server, changes, "GET /ws/echo HTTP/1.1")
    assert (status, headers["upgrade"]) == (101, "websocket")
    assert headers["sec-websocket-accept"] == "s3pplmbitxaq9kygzzhzrbk+xoo="
    assert "sec-websocket-protocol" not in headers


@pytest.mark.parametrize(
    ("path", "offered", "chosen"),
    [
        ("/ws", None, None),
        ("/ws", "echo-protocol", "echo-protocol"),
        ("/ws", "soap, text, json", "text"),
        ("/ws", "json , text", "json"),
        ("/ws", "broadcast-protocol,echo-protocol", "broadcast-protocol"),
        ("/ws/echo", "echo-protocol", "echo-protocol"),
        ("/ws/chat", None, None),
        ("/ws/chat", "text", "text"),
        ("/ws/broadcast", None, None),
    ],
)
def test_the_first_known_subprotocol_wins(
    connect: Connect, path: str, offered: str | None, chosen: str | None
) -> None:
    assert connect(path, offered).protocol == chosen


@pytest.mark.parametrize(
    ("path", "offered"),
    [("/ws", "soap"), ("/ws", "JSON"), ("/ws/echo", "json"), ("/ws/chat", "echo-protocol, soap")],
)
def test_none_that_is_known_is_a_400(server, path: str, offered: str) -> None:
    changes = {"Sec-WebSocket-Protocol": offered}
    assert knock(server, changes, f"GET {path} HTTP/1.1")[0] == 400
