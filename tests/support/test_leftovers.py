"""What a failed test leaves open is closed; what it used of others is not."""

import socket

import pytest

from tests.support.leftovers import closed_on_failure


def test_what_is_open_when_a_test_fails_is_closed() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        with pytest.raises(ZeroDivisionError), closed_on_failure():
            near = socket.create_connection(server.getsockname())
            far, _ = server.accept()
            raise ZeroDivisionError
        assert near.fileno() == far.fileno() == -1
        assert server.fileno() != -1


def test_nothing_is_closed_after_success() -> None:
    with closed_on_failure():
        server = socket.create_server(("127.0.0.1", 0))
    with server:
        assert server.fileno() != -1
