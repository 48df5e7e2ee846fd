"""Errors on the fast path of cacheable GETs: answered by Flask, and logged if they are bugs."""

from contextlib import closing

import pytest

from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import WAIT_SECONDS, wait_until


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    return make_server(entry="broken_fast_get")


def get(server: LiveServer, path: str, times: int = 3) -> set[int]:
    """Request a path several times on one connection; return the statuses."""
    statuses = set()
    with closing(server.connection(WAIT_SECONDS)) as connection:
        for _ in range(times):
            connection.request("GET", path)
            response = connection.getresponse()
            response.read()
            statuses.add(response.status)
    return statuses


@pytest.mark.parametrize(
    ("path", "error"),
    [
        ("/reports", "KeyError: 'a bug of the fast path'"),
        ("/chat", "TypeError: Type is not JSON serializable"),
    ],
    ids=["view", "encoding"],
)
def test_a_bug_is_logged_once_and_the_request_answered(
    server: LiveServer, path: str, error: str
) -> None:
    """F40: it showed only as slowness."""
    assert get(server, path) == {200}
    # The log is written by a thread.
    wait_until(lambda: error in server.log, what="the error in the log")
    assert server.log.count("Traceback") == 1
    assert server.log.count(error) == 1


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/reports/week/7", 404),
        ("/reports/week/x", 404),
        ("/chat/rooms/nowhere/messages/1", 404),
        ("/chat/rooms/lobby/messages", 200),
    ],
    ids=["ApiError", "HTTPException", "no room", "storage failure"],
)
def test_an_expected_error_is_not_logged(server: LiveServer, path: str, status: int) -> None:
    """F40: these go on to Flask, which sends them in the envelope."""
    assert get(server, path) == {status}
    assert "Traceback" not in server.log
