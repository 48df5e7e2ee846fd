"""RFC 6455, rule by rule, on a server: what it accepts, and what it refuses with which code."""

from struct import pack

import pytest

from tests.support.frames import BINARY, CLOSE, PING, PONG, TEXT, frame, send_request_head
from tests.support.native import NativeClient
from tests.websocket.conftest import LARGEST, Connect

CONTINUATION = 0
PROTOCOL_ERROR, INVALID_DATA, TOO_BIG = 1002, 1007, 1009
LARGEST_COUNT = max(4096, LARGEST // 256)

VIOLATIONS = {
    "a reserved bit": (bytes([0xC1, 0x80]) + b"mask", PROTOCOL_ERROR),
    "another reserved bit": (bytes([0x91, 0x80]) + b"mask", PROTOCOL_ERROR),
    "a reserved bit of a control frame": (bytes([0xA9, 0x80]) + b"mask", PROTOCOL_ERROR),
    "no mask": (bytes([0x81, 0x05]) + b"hello", PROTOCOL_ERROR),
    "a control frame without a mask": (bytes([0x89, 0x00]), PROTOCOL_ERROR),
    "a reserved opcode": (bytes([0x83, 0x80]) + b"mask", PROTOCOL_ERROR),
    "a reserved opcode of a control frame": (bytes([0x8B, 0x80]) + b"mask", PROTOCOL_ERROR),
    "a continuation of nothing": (frame(CONTINUATION, b"x"), PROTOCOL_ERROR),
    "a message within a message": (
        frame(TEXT, b"a", final=False) + frame(TEXT, b"b"),
        PROTOCOL_ERROR,
    ),
    "a control frame in fragments": (frame(PING, b"a", final=False), PROTOCOL_ERROR),
    "a long ping": (frame(PING, b"x" * 126), PROTOCOL_ERROR),
    "a long close": (frame(CLOSE, b"\x03\xe8" + b"x" * 124), PROTOCOL_ERROR),
    "a long form of a short length": (pack("!BBH", 0x82, 0xFE, 125) + b"mask", PROTOCOL_ERROR),
    "a longer form of a length": (pack("!BBQ", 0x82, 0xFF, 65_535) + b"mask", PROTOCOL_ERROR),
    "a negative length": (pack("!BBQ", 0x82, 0xFF, 1 << 63) + b"mask", PROTOCOL_ERROR),
    "half a close code": (frame(CLOSE, b"\x03"), PROTOCOL_ERROR),
    "a close code of no meaning": (frame(CLOSE, pack("!H", 999)), PROTOCOL_ERROR),
    "a close code that is never sent": (frame(CLOSE, pack("!H", 1005)), PROTOCOL_ERROR),
    "a reserved close code": (frame(CLOSE, pack("!H", 1016)), PROTOCOL_ERROR),
    "a close code beyond the last": (frame(CLOSE, pack("!H", 5000)), PROTOCOL_ERROR),
    "a reason that is no text": (frame(CLOSE, b"\x03\xe8\xff"), INVALID_DATA),
    "text that is no text": (frame(TEXT, b"\xff\xfe"), INVALID_DATA),
    "a surrogate": (frame(TEXT, b"\xed\xa0\x80"), INVALID_DATA),
    "half a character at the end": (frame(TEXT, b"abc\xc3"), INVALID_DATA),
    "no text across fragments": (
        frame(TEXT, b"\xe2\x82", final=False) + frame(CONTINUATION, b"\x28"),
        INVALID_DATA,
    ),
    "the beginning of a frame whose text is wrong": (
        frame(TEXT, b"\xff" + b"x" * 100)[:8],
        INVALID_DATA,
    ),
    "the head of what is too big": (pack("!BBQ", 0x82, 0xFF, LARGEST + 1), TOO_BIG),
    "fragments that are too big together": (
        frame(BINARY, b"x", final=False) + pack("!BBQ", 0x80, 0xFF, LARGEST),
        TOO_BIG,
    ),
    "too many fragments": (
        frame(TEXT, b"x", final=False) + frame(CONTINUATION, b"", final=False) * LARGEST_COUNT,
        TOO_BIG,
    ),
}


@pytest.mark.parametrize("what", VIOLATIONS)
def test_a_violation_is_answered_by_its_close_code(echo: NativeClient, what: str) -> None:
    data, code = VIOLATIONS[what]
    echo.send("before")
    echo.socket.send_raw(frame(TEXT, b"together with it") + data)
    assert echo.ended() == code
    assert echo.messages == ["before", "together with it"]


@pytest.mark.parametrize("what", VIOLATIONS)
def test_the_code_is_the_same_however_the_bytes_are_split(echo: NativeClient, what: str) -> None:
    data, code = VIOLATIONS[what]
    for byte in data[:12]:
        echo.socket.send_raw(bytes([byte]))
    echo.socket.send_raw(data[12:])
    assert echo.ended() == code


def test_fragments_are_one_message_and_pings_between_them_are_answered(echo: NativeClient) -> None:
    parts = [frame(TEXT, b"sm\xc3", final=False), frame(PING, b"there?")]
    parts += [frame(CONTINUATION, b"\xb6r", final=False), frame(PONG, b"unasked")]
    parts += [frame(CONTINUATION, b"g\xc3\xa5s", mask=b"abcd")]
    frames = exchange(echo, parts, 2)
    assert frames == [(PONG, b"there?"), (TEXT, "smörgås".encode())]


def test_a_pong_has_the_payload_of_its_ping(echo: NativeClient) -> None:
    for payload in (b"", b"x", bytes(range(125))):
        ping = frame(PING, payload, mask=b"\x01\xfe\x7f\x80")
        assert exchange(echo, [ping], 1) == [(PONG, payload)]


def exchange(client: NativeClient, parts: list[bytes], count: int) -> list[tuple[int, bytes]]:
    """Send each part separately; return a number of received frames."""
    for part in parts:
        client.socket.send_raw(part)
    frames: list[tuple[int, bytes]] = []
    while len(frames) < count:
        frames += client.socket.messages(10)
    return frames


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


def send_handshake(
    server, changes: dict[str, str | None], first: str
) -> tuple[int, dict[str, str]]:
    """Send a handshake with changed headers; return the status and headers of the response."""
    headers = {**HANDSHAKE, **changes}
    lines = [first, *(f"{name}: {value}" for name, value in headers.items() if value)]
    return send_request_head(server.host, server.port, lines)


@pytest.mark.parametrize("path", ["/ws", "/ws/echo", "/ws/broadcast", "/ws/chat"])
@pytest.mark.parametrize("what", REFUSED)
def test_an_invalid_handshake_is_refused(server, path: str, what: str) -> None:
    changes, expected = REFUSED[what]
    status, headers = send_handshake(server, changes, f"GET {path} HTTP/1.1")
    assert status == expected
    if expected == UPGRADE:
        assert headers["upgrade"] == "websocket"
        assert headers["sec-websocket-version"] == "13"


def test_a_handshake_is_a_get_of_http_1_1(server) -> None:
    assert send_handshake(server, {}, "GET /ws/echo HTTP/1.0")[0] == UPGRADE
    assert send_handshake(server, {}, "POST /ws/echo HTTP/1.1")[0] == 405
    for method in ("GET", "HEAD"):
        reply = server.request(method, "/ws/echo")
        assert reply.status == UPGRADE
    assert reply.headers["Upgrade"] == "websocket"
    assert server.get("/ws/echo").json["errors"][0]["code"] == "upgrade_required"


def test_upgrade_and_connection_are_lists_of_tokens_in_any_case(server) -> None:
    changes = {"Upgrade": "h2c, WebSocket", "Connection": "keep-alive, UPGRADE"}
    status, headers = send_handshake(server, changes, "GET /ws/echo HTTP/1.1")
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
def test_only_unknown_subprotocols_are_a_400(server, path: str, offered: str) -> None:
    changes = {"Sec-WebSocket-Protocol": offered}
    assert send_handshake(server, changes, f"GET {path} HTTP/1.1")[0] == 400
