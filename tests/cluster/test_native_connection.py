"""The connection that a node keeps open to the database."""

from unittest.mock import Mock

import pytest

from me_api.cluster.native_connection import NativeConnection
from tests.cluster.manual_loop import ManualLoop


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


def test_a_connection_that_was_closed_is_not_opened_again() -> None:
    connect = Mock()
    connection = NativeConnection(Mock(), connect, (), Mock(), Mock())
    connection.restart()  # It was never opened.
    connection.close()
    connection.start()
    assert connection._thread is None
