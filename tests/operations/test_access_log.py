"""The access log: a line for every request, with the client's address and without credentials."""

import re
import socket
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from tests.chat.clients import make_token
from tests.conftest import MakeServer, StartServer
from tests.operations.access_lines import ID, line_for, line_of, lines
from tests.support.native import NativeClient
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until
from tests.transport.web.raw import exchange, statuses

MESSAGES = "/chat/rooms/lobby/messages"
GUEST = "guest-secret-of-more-than-22-characters"
COMBINED = re.compile(
    r'(?P<address>\S+) (?P<ident>\S+) (?P<user>\S+) \[(?P<time>[^\]]+)\] "(?P<request>[^"]*)"'
    r' (?P<status>\d{3}) (?P<bytes>\d+|-) "(?P<referer>[^"]*)" "(?P<agent>[^"]*)"'
    r" (?P<seconds>\d+\.\d{6}) (?P<id>\S+)"
)


@pytest.fixture(scope="module")
def behind_proxies(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server behind two proxies, which logs as JSON."""
    made = start_server("access", access_log="json", trusted_proxies=2, log_level="info")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def token(behind_proxies: LiveServer) -> str:
    return make_token(behind_proxies, "doe", "member")


@pytest.mark.parametrize(
    ("method", "path", "options", "status"),
    [
        ("GET", MESSAGES, {}, 200),
        ("HEAD", MESSAGES, {}, 200),
        ("POST", MESSAGES, {"json": {"nick": "mos", "text": "hej"}}, 201),
        ("GET", "/healthz", {}, 200),
        ("GET", "/readyz", {}, 200),
        ("GET", "/chat/rooms/lobby/changes?since=0", {}, 200),
        ("GET", "/nothing", {}, 404),
        ("PUT", MESSAGES, {}, 405),
        ("GET", "/socket.io/?EIO=4&transport=polling", {}, 200),
        ("GET", "/socket.io/?EIO=3&transport=polling", {}, 400),
        ("GET", "/ws", {}, 426),
        ("OPTIONS", "*", {}, 204),
    ],
)
def test_every_request_has_a_line_with_the_id_of_its_response(
    behind_proxies: LiveServer, method: str, path: str, options: dict[str, Any], status: int
) -> None:
    reply = behind_proxies.request(method, path, **options)
    found = line_for(behind_proxies, reply)
    assert reply.status == found["status"] == status
    assert (found["kind"], found["method"], found["target"]) == ("request", method, path)
    assert found["bytes"] == len(reply.body) and found["seconds"] > 0


def test_cached_and_pipelined_requests_have_lines_of_their_own(
    behind_proxies: LiveServer,
) -> None:
    get = f"GET {MESSAGES} HTTP/1.1\r\nHost: x\r\nUser-Agent: pipe\r\n%s\r\n".encode()
    with closing(socket.create_connection((behind_proxies.host, behind_proxies.port))) as sock:
        received = b""
        for _ in range(3):
            sock.sendall(get % b"")
            received += sock.recv(65_536)
        sock.sendall(get % b"" * 3 + get % b"Connection: close\r\n")
        while data := sock.recv(65_536):
            received += data
    ids = [found.decode() for found in re.findall(rb"X-Request-ID: (\S+)\r\n", received)]
    assert statuses(received) == [200] * 7 and len(set(ids)) == 7
    found = [line_of(behind_proxies, each) for each in ids]
    assert {line["user_agent"] for line in found} == {"pipe"}
    size = found[0]["bytes"]
    assert size and received.count(b'"data":') == 7
    assert [line["bytes"] for line in found] == [size] * 7


def test_a_large_response_that_is_read_slowly_is_counted_once(
    behind_proxies: LiveServer,
) -> None:
    for number in range(200):
        # More than the buffers of both ends take at once.
        text = f"{number} {'🐌' * 3900}"
        behind_proxies.post("/chat/rooms/kundtjanst/messages", {"nick": "mos", "text": text})
    path = "/chat/rooms/kundtjanst/messages?limit=200"
    request = f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode()
    for _ in range(2):
        with closing(socket.socket()) as sock:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
            sock.connect((behind_proxies.host, behind_proxies.port))
            sock.sendall(request)
            received = b""
            while data := sock.recv(65_536):
                received += data
        head, _, body = received.partition(b"\r\n\r\n")
        found = re.search(rb"X-Request-ID: (\S+)", head)
        assert found and len(body) > 3_000_000
        assert line_of(behind_proxies, found[1].decode())["bytes"] == len(body)


def test_connections_that_stay_open_have_a_line_when_they_are_opened(
    behind_proxies: LiveServer, token: str, node: NodeClients
) -> None:
    address = behind_proxies.host, behind_proxies.port
    headers = {"User-Agent": "sse", "x-access-token": token}
    with EventStream(*address, "/chat/rooms/lobby/stream?since=0", headers=headers) as stream:
        stream.wait_until(lambda: stream.last_id)
        wait_until(lambda: any(line.get("user_agent") == "sse" for line in lines(behind_proxies)))
    client = NativeClient(behind_proxies, f"/ws/chat?token={token}&room=lobby", "json")
    native = line_of(behind_proxies, client.socket.headers[ID.lower()])
    client.socket.close()
    assert (native["status"], native["user"], native["bytes"]) == (101, "doe", 0)
    assert native["target"] == "/ws/chat?token=***&room=lobby"
    (sse,) = [line for line in lines(behind_proxies) if line.get("user_agent") == "sse"]
    assert (sse["status"], sse["user"]) == (200, "doe")
    stock = node.connect(behind_proxies.url, "/chat", transports=["polling", "websocket"])
    wait_until(lambda: stock.state()["transport"] == "websocket")

    def of_engineio() -> set[tuple[str, int]]:
        found = [line for line in lines(behind_proxies) if line["kind"] == "request"]
        return {
            (line["method"], line["status"])
            for line in found
            if line["target"].startswith("/socket.io/")
        }

    wait_until(lambda: {("GET", 200), ("POST", 200), ("GET", 101)} <= of_engineio())
    assert "sid=***" in behind_proxies.log


@pytest.mark.parametrize(
    ("forwarded", "address"),
    [
        ("203.0.113.7, 10.0.0.2", "203.0.113.7"),
        ("6.6.6.6, 2001:db8::1, 10.0.0.2", "2001:db8::1"),
        ("203.0.113.7", "127.0.0.1"),
        (None, "127.0.0.1"),
    ],
)
def test_the_address_is_that_which_the_outermost_trusted_proxy_has_seen(
    behind_proxies: LiveServer, forwarded: str | None, address: str
) -> None:
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    for path in (MESSAGES, MESSAGES, "/readyz"):
        reply = behind_proxies.get(path, headers=headers)
        assert line_for(behind_proxies, reply)["address"] == address


def test_an_interim_response_is_not_the_response(behind_proxies: LiveServer) -> None:
    body = b"nick=mos&text=hej"
    head = f"POST {MESSAGES} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: 100-continue\r\n"
    head += (
        f"Content-Type: application/x-www-form-urlencoded\r\nContent-Length: {len(body)}\r\n\r\n"
    )
    with closing(socket.create_connection((behind_proxies.host, behind_proxies.port))) as sock:
        sock.sendall(head.encode())
        received = sock.recv(65_536)
        assert received == b"HTTP/1.1 100 Continue\r\n\r\n"
        sock.sendall(body)
        while data := sock.recv(65_536):
            received += data
    (request_id,) = re.findall(rb"X-Request-ID: (\S+)", received)
    found = line_of(behind_proxies, request_id.decode())
    assert found["status"] == 201
    assert found["bytes"] == len(received.rpartition(b"\r\n\r\n")[2])


def test_pages_of_other_origins_may_read_the_id(behind_proxies: LiveServer) -> None:
    for path in (MESSAGES, "/readyz"):
        reply = behind_proxies.get(path, headers={"Origin": "https://x.se"})
        assert ID in reply.headers["Access-Control-Expose-Headers"]


def test_what_browsers_send_in_utf_8_can_be_read(behind_proxies: LiveServer) -> None:
    reply = behind_proxies.get("/healthz", headers={"User-Agent": "åäö".encode().decode("latin-1")})
    assert line_for(behind_proxies, reply)["user_agent"] == "åäö"


def test_a_trusted_proxy_gives_requests_their_ids(behind_proxies: LiveServer) -> None:
    for number, path in enumerate((MESSAGES, MESSAGES, "/readyz", "/nothing")):
        given = f"0f:{number}-given_by.nginx"
        reply = behind_proxies.get(path, headers={ID: given})
        assert reply.headers[ID] == given and line_of(behind_proxies, given)["target"] == path


@pytest.mark.parametrize("given", ["", "two words", "x" * 129, 'a"b', "å"])
def test_an_id_that_is_not_well_formed_is_replaced(behind_proxies: LiveServer, given: str) -> None:
    reply = behind_proxies.get("/healthz", headers={ID: given})
    assert re.fullmatch(r"[0-9a-f]{24}", reply.headers[ID])


def test_nobody_gives_ids_where_no_proxy_is_trusted(make_server: MakeServer) -> None:
    server = make_server(access_log="common")
    reply = server.get("/healthz", headers={ID: "mine", "X-Forwarded-For": "203.0.113.7"})
    assert reply.headers[ID] != "mine"
    wait_until(lambda: reply.headers[ID] in server.log)
    assert "203.0.113.7" not in server.log


def test_a_registered_user_is_named_wherever_it_is_known(
    behind_proxies: LiveServer, token: str
) -> None:
    for method, path, body in [
        ("GET", MESSAGES, None),
        ("GET", MESSAGES, None),
        ("POST", MESSAGES, {"text": "hej", "nick": "doe"}),
        ("GET", "/chat/rooms/lobby/export", None),
    ]:
        reply = behind_proxies.request(method, path, json=body, token=token)
        assert reply.status < 300
        assert line_for(behind_proxies, reply)["user"] == "doe", path
    assert line_for(behind_proxies, behind_proxies.get(MESSAGES))["user"] == ""


def test_no_credential_is_logged(behind_proxies: LiveServer, token: str) -> None:
    secrets = ["hemligt-losenord", GUEST, token, "pid-of-a-session", "reset-link-0815"]
    query = f"token={token}&guest={GUEST}&pid={secrets[3]}&reset={secrets[4]}&{token}&sid={GUEST}"
    login = {"email": "doe@example.com", "password": secrets[0]}
    headers = {
        "Referer": f"https://doe:{secrets[0]}@x.se/page?reset={secrets[4]}#{token}",
        "Cookie": token,
    }
    replies = [
        behind_proxies.post("/login", login, headers=headers),
        behind_proxies.get(f"/chat/rooms?{query}", headers=headers),
        behind_proxies.get(f"/ws/chat?{query}", headers=headers, token=token, guest=GUEST),
        behind_proxies.get(f"http://doe:{secrets[0]}@x.se/readyz?{query}", headers=headers),
        behind_proxies.get(f"/healthz?%74oken={token}", headers=headers),
    ]
    found = [line_for(behind_proxies, reply) for reply in replies]
    assert {line["referer"] for line in found} == {"https://x.se/page"}
    assert found[1]["target"].startswith("/chat/rooms?token=***&guest=***&pid=***&***&***&sid=***")
    malformed = f"GET /x?token={token} {GUEST} HTTP/1.1\r\n\r\n".encode()
    assert statuses(exchange(behind_proxies, malformed)) == [400]
    wait_until(lambda: any(line.get("status") == 400 for line in lines(behind_proxies)))
    assert not [secret for secret in secrets if secret in behind_proxies.log]


def test_what_is_no_request_has_a_line_without_one(make_server: MakeServer) -> None:
    server = make_server(access_log="common", head_timeout=0.2)
    refused = [exchange(server, b"nonsense\r\n\r\n"), exchange(server, b"GET / HTTP/1.1\r\n")]
    for response, status in zip(refused, (400, 408), strict=True):
        found = re.search(rb"X-Request-ID: (\S+)", response)
        assert statuses(response) == [status] and found
        request_id = found[1].decode()
        wait_until(lambda each=request_id: each in server.log)
        (line,) = [line for line in server.log.splitlines() if request_id in line]
        assert f'] "-" {status} ' in line


def test_a_client_that_leaves_before_the_response_has_a_line(make_server: MakeServer) -> None:
    server = make_server(access_log="json")
    path = "/chat/rooms/lobby/changes?since=0&wait=60"
    with closing(socket.create_connection((server.host, server.port))) as sock:
        sock.sendall(f"GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
        wait_until(lambda: "me_api_waiting 1.0" in server.get("/metrics").body.decode())
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    wait_until(lambda: any(line.get("target") == path for line in lines(server)))


def test_the_common_format_is_read_by_what_reads_the_combined_one(
    make_server: MakeServer,
) -> None:
    server = make_server(access_log="common")
    evil = 'x" 200 0 "-" "\\\xff'
    reply = server.get('/healthz?limit="', headers={"User-Agent": evil, "Referer": 'a"b'})
    wait_until(lambda: reply.headers[ID] in server.log)
    (line,) = [line for line in server.log.splitlines() if reply.headers[ID] in line]
    found = COMBINED.fullmatch(line)
    assert found, line
    assert found["status"] == "200" and found["bytes"] == str(len(reply.body))
    assert found["request"] == "GET /healthz?limit=%22 HTTP/1.1"
    assert "\\x22 200 0 \\x22-\\x22 \\x22\\x5c" in found["agent"] and "\\xff" in found["agent"]


def test_with_json_everything_on_standard_error_is_json(behind_proxies: LiveServer) -> None:
    found = [line for line in lines(behind_proxies) if line["kind"] == "log"]
    assert found[0]["text"].startswith("serving on 127.0.0.1, port ")
    assert (found[0]["level"], found[0]["logger"]) == ("info", "me_api.run")
    others = [line for line in behind_proxies.log.splitlines() if not line.startswith("{")]
    assert all(re.match(r"me-api is at|  \w|$", line) for line in others), "not only the banner"


def test_without_an_access_log_there_is_no_id(shared_server: LiveServer) -> None:
    for path in (MESSAGES, MESSAGES, "/readyz"):
        reply = shared_server.get(path, headers={"Origin": "https://x.se"})
        assert ID not in reply.headers
        assert ID not in reply.headers["Access-Control-Expose-Headers"]
    assert "GET" not in shared_server.log.partition("/docs\n")[2]
