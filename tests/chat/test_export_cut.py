"""An export that fails in the middle: the client can see it, and so can the operator."""

import http.client
import socket

import pytest

from benchmarks.fill import fill
from me_api.chat.export import PAGE
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until

EXPORT = "/chat/rooms/lobby/export"
pytestmark = pytest.mark.sqlite


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server that can export one page, with a lobby of two."""
    made = make_server(entry="broken_export")
    made.stop()
    fill(made.database, {"lobby": PAGE + 1})
    return made.start()


@pytest.mark.parametrize(
    ("fault", "reason", "tracebacks"),
    [
        ("bug", "KeyError: 'a bug in the second page'", 1),
        ("disk", "the response to /chat/rooms/lobby/export was cut off: The database cannot be", 0),
    ],
)
def test_an_error_in_the_body_cuts_it_off_and_is_logged_and_counted(
    server: LiveServer, fault: str, reason: str, tracebacks: int
) -> None:
    """F36: it was logged nowhere; then a failure of the database with a traceback, a bug twice."""
    (server.folder / "fault").write_text(fault)
    with socket.create_connection((server.host, server.port), timeout=WAIT_SECONDS) as sock:
        sock.sendall(f"GET {EXPORT} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        received = b""
        while data := sock.recv(65536):
            received += data
    head, _, body = received.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 ") and b"chunked" in head
    assert body.count(b"\n{") == PAGE, "the first page"
    assert not body.endswith(b"0\r\n\r\n"), "the last chunk says that it is complete"
    wait_until(lambda: reason in server.log)
    assert "me_api_cut_responses_total 1.0" in server.get("/metrics").body.decode()
    with pytest.raises(http.client.IncompleteRead):
        server.get(EXPORT)
    # Both requests have been logged when the server has ended.
    server.stop()
    assert server.log.count("was cut off") == 2
    assert server.log.count("Traceback") == 2 * tracebacks
