"""What a connection with `own=no` is sent while its own messages are being stored."""

from typing import Any
from unittest.mock import Mock

import pytest

from me_api.chat.websocket.connections import ConnectionWithoutOwn
from me_api.eventlog import Batch, Entry


class Connection(ConnectionWithoutOwn):
    """A connection that records in `sent` the revs of what it is sent."""

    def __init__(self) -> None:
        namespace: Any = Mock(encode_batch=lambda batch: [entry.rev for entry in batch.entries])
        self.sent: list[list[int]] = []
        super().__init__(
            Mock(push=self.sent.append),
            namespace=namespace,
            identity=Mock(),
            pid="",
            start=0,
        )

    def publish(self, *revs: int) -> None:
        self.push(Batch([Entry(rev, "chat:lobby", rev, {}) for rev in revs]))


@pytest.fixture
def client() -> Connection:
    return Connection()


def test_a_client_that_never_stops_posting_is_sent_what_others_post(client: Connection) -> None:
    """Everything was kept until none of its messages was being stored: for ever, and in memory."""
    client.begin_post()
    for rev in range(1, 2001, 2):
        client.begin_post()
        client.publish(rev, rev + 1)
        client.end_post(rev)
    assert client.sent == [[rev + 1] for rev in range(1, 1999, 2)]
    assert len(client._kept) + len(client._own) < 5
    client.end_post(None)
    assert client.sent[-1] == [2000] and not client._kept


def test_messages_that_are_stored_together_are_left_out(client: Connection) -> None:
    client.begin_post()
    client.begin_post()
    client.publish(1, 2, 3)
    client.end_post(1)
    client.end_post(2)
    client.publish(4)
    assert client.sent == [[3], [4]]


def test_a_message_that_is_refused_holds_nothing_up(client: Connection) -> None:
    client.begin_post()
    client.publish(1)
    client.begin_post()
    client.publish(2)
    client.end_post(None)
    assert client.sent == [[1]]
    client.end_post(2)
    client.publish(3)
    assert client.sent == [[1], [3]]


def test_repeated_keys_are_not_remembered(client: Connection) -> None:
    """Each has the position of the message that was stored first."""
    client.begin_post()
    for rev in range(10, 1000):
        client.begin_post()
        client.publish(rev)
        client.end_post(rev % 10)
    assert client.sent == [[rev] for rev in range(10, 999)]
    assert len(client._own) < 5
