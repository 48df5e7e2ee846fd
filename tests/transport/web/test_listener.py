"""Socket options of accepted connections, and errors that the listener survives."""

import errno
import socket
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY
from unittest.mock import Mock

import eventlet
import pytest

from me_api import transport
from me_api.transport.web.listener import KEEPALIVE_OPTIONS


def test_accepted_connections_have_keepalive_and_no_delay() -> None:
    listener = transport.listen("127.0.0.1", 0)
    with socket.create_connection(listener.getsockname()):
        near, _ = listener.accept()
        assert near.getsockopt(SOL_SOCKET, SO_KEEPALIVE)
        assert near.getsockopt(IPPROTO_TCP, TCP_NODELAY)
        for name, value in KEEPALIVE_OPTIONS.items():
            assert near.getsockopt(IPPROTO_TCP, getattr(socket, name)) == value
        near.close()
    listener.close()


def has_ipv6() -> bool:
    try:
        with socket.socket(socket.AF_INET6) as sock:
            sock.bind(("::1", 0))
    except OSError:
        return False
    return True


needs_ipv6 = pytest.mark.skipif(not has_ipv6(), reason="the kernel has no IPv6")


@pytest.mark.parametrize(
    ("host", "client"),
    [
        pytest.param("::1", "::1", marks=needs_ipv6),
        pytest.param("::", "::1", marks=needs_ipv6),
        pytest.param("::", "127.0.0.1", marks=needs_ipv6),
        ("0.0.0.0", "127.0.0.1"),
    ],
)
def test_a_host_may_be_an_ipv6_address(host: str, client: str) -> None:
    listener = transport.listen(host, 0)
    with socket.create_connection((client, listener.getsockname()[1])):
        near, address = listener.accept()
        assert client in address[0]
        near.close()
    listener.close()


@pytest.mark.parametrize("number", [errno.EMFILE, errno.ENOBUFS, errno.ECONNABORTED, errno.EPIPE])
def test_a_failed_accept_is_retried(
    number: int, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    near, far = socket.socketpair()
    results = [OSError(number, "expected"), OSError(number, "expected"), (near, "client")]
    listener = transport.listen("127.0.0.1", 0)
    monkeypatch.setattr(listener, "fd", Mock(accept=Mock(side_effect=results)))
    with eventlet.Timeout(20):
        assert listener.accept() == (near, "client")
    assert len(caplog.records) == 1
    near.close()
    far.close()
    monkeypatch.undo()
    listener.close()


def test_room_is_made_for_a_connection_while_there_is_any(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    near, far = socket.socketpair()
    results = [*[OSError(errno.EMFILE, "expected")] * 3, (near, "client")]
    listener = transport.listen("127.0.0.1", 0)
    monkeypatch.setattr(listener, "fd", Mock(accept=Mock(side_effect=results)))
    make_room = Mock(side_effect=[True, True, False])
    with eventlet.Timeout(20):
        assert listener.accept(make_room) == (near, "client")
    assert make_room.call_count == 3
    assert len(caplog.records) == 1, "only once there was none"
    near.close()
    far.close()
    monkeypatch.undo()
    listener.close()


def test_accepting_on_a_closed_listener_raises() -> None:
    listener = transport.listen("127.0.0.1", 0)
    listener.close()
    with pytest.raises(OSError, match="Bad file descriptor"):
        listener.accept()
