"""The proxy leaves no connection open."""

import socket

import pytest

from tests.support.proxy import Proxy
from tests.support.wait import WAIT_SECONDS


class LateConnection(Proxy):
    """Accepts a connection after it has been told to end, as one turn of its loop may do."""

    client: socket.socket

    def _end(self) -> None:
        super()._end()
        self.client = socket.create_connection(("127.0.0.1", self.port), timeout=WAIT_SECONDS)
        self._accept()


def test_a_connection_that_is_accepted_at_the_end_is_reset() -> None:
    with socket.create_server(("127.0.0.1", 0)) as target:
        proxy = LateConnection(target.getsockname()[1])
        proxy.close()
        with proxy.client, pytest.raises(ConnectionResetError):
            proxy.client.recv(1)
