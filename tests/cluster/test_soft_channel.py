"""Messages between nodes that are not of the log; in this process."""

from typing import Any
from unittest.mock import Mock

import pytest

from me_api.cluster.soft_channel import MAX_PENDING, MAX_SEEN, SoftChannel
from me_api.cluster.soft_payloads import VERSION, encode, parse_messages
from tests.cluster.manual_loop import ManualLoop


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


@pytest.fixture
def channel(loop: ManualLoop) -> SoftChannel:
    made = SoftChannel(loop, Mock(), "a/1")  # type: ignore[arg-type]
    made.connection = Mock()
    return made


def received_from(channel: SoftChannel) -> list[int]:
    """Return the numbers of the messages that another node receives."""
    received: list[int] = []
    other = SoftChannel(ManualLoop(), Mock(), "b/1")  # type: ignore[arg-type]
    other.subscribe("a", lambda soft: received.append(soft.body["n"]))
    connection = Mock()
    for posted in channel.connection.post.call_args_list:  # type: ignore[attr-defined]
        posted.args[0](connection)
    for executed in connection.execute.call_args_list:
        for payload in executed.args[1][0]:
            other.receive(payload)
    return received


def test_beyond_the_bound_droppable_messages_are_lost_first_then_the_oldest(
    channel: SoftChannel,
) -> None:
    for number in range(3):
        channel.send("a", {"n": number}, droppable=True)
    for number in range(3, MAX_PENDING + 4):
        channel.send("a", {"n": number})
    channel.flush()
    assert received_from(channel) == list(range(4, MAX_PENDING + 4))


def test_a_message_in_several_pieces_is_handled_once_it_is_complete(channel: SoftChannel) -> None:
    received: list[Any] = []
    channel.subscribe("a", lambda soft: received.append(soft.body["text"]))
    text = "å" * 20_000
    *parts, last = encode((VERSION, "b"), f'[["a", {{"text": "{text}"}}]]')
    assert parts
    for part in parts:
        channel.receive(part)
    assert received == []
    channel.receive(last)
    assert received == [text]


def test_pieces_of_which_one_is_missing_are_ignored_with_a_warning(
    channel: SoftChannel, caplog: pytest.LogCaptureFixture
) -> None:
    received: list[Any] = []
    channel.subscribe("a", received.append)
    channel.receive(encode((VERSION, "b"), f'[["a", {{"text": "{"x" * 20_000}"}}]]')[-1])
    assert received == [] and "was incomplete" in caplog.text
    assert parse_messages("[") == []


def test_what_was_received_is_remembered_for_a_while(channel: SoftChannel) -> None:
    for number in range(MAX_SEEN + 1):
        channel._remember(str(number))
    assert len(channel._seen) == MAX_SEEN and "0" not in channel._seen
