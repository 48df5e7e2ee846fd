"""What accepted connections are told, and what the listener outlives."""

import errno
import socket
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY

import eventlet
import pytest
from eventlet.greenio import GreenSocket

from me_api import transport
from me_api.transport.web.listener import KEEPALIVE_OPTIONS


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


def test_who_vanishes_is_found_by_the_kernel() -> None:
    listener = transport.listen("127.0.0.1", 0)
    with socket.create_connection(listener.getsockname()):
        near, _ = listener.accept()
        assert near.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
        assert near.getsockopt(IPPROTO_TCP, TCP_NODELAY)
        for name, value in KEEPALIVE_OPTIONS.items():
            assert near.getsockopt(IPPROTO_TCP, getattr(socket, name)) == value
        near.close()
    listener.close()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.ECONNABORTED, errno.EPIPE])
def test_who_cannot_be_accepted_now_is_later(
    number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    answers = [OSError(number, "expected"), OSError(number, "expected"), "accepted"]

    def accept(_: GreenSocket) -> object:
        answer = answers.pop(0)
        if isinstance(answer, OSError):
            raise answer
        return answer

    listener = transport.listen("127.0.0.1", 0)
    monkeypatch.setattr(GreenSocket, "accept", accept)
    with eventlet.Timeout(20):
        assert listener.accept() == "accepted"
    assert len(caplog.records) == 1
    listener.close()


def test_a_closed_listener_says_so() -> None:
    listener = transport.listen("127.0.0.1", 0)
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        listener.accept()
