"""Broadcasts that are joined while they wait: each connection receives all of its own, in order."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from me_api.transport.connection.broadcast import MAX_JOINED, Broadcast
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.prepared_message import PreparedMessage

RECIPIENTS = range(3)


class Recipient:
    """Collects the bytes that it is sent, and counts how often, and in how many messages."""

    def __init__(self) -> None:
        self.received = b""
        self.sends = self.enqueued = 0
        self._buffer = b""

    def enqueue(self, message: PreparedMessage) -> None:
        self._buffer += message.data
        self.enqueued += 1

    def send_now(self, message: PreparedMessage) -> None:
        self.enqueue(message)
        self.flush()

    def flush(self) -> None:
        self.received += self._buffer
        self._buffer = b""
        self.sends += 1


class QuietFlusher(Flusher):
    """A flusher that runs when the test says so."""

    def _schedule(self) -> None:
        pass


def message(number: int, *, droppable: bool = False) -> PreparedMessage:
    return PreparedMessage(bytes([number]), droppable=droppable)


step = st.one_of(
    st.tuples(st.just("broadcast"), st.sets(st.sampled_from(RECIPIENTS)), st.booleans()),
    st.tuples(st.just("slice"), st.integers(1, 4)),
    st.tuples(st.just("write"), st.sampled_from(RECIPIENTS)),
)


@settings(max_examples=400)
@given(st.lists(step, max_size=30))
def test_each_receives_all_in_order(steps: list[tuple[Any, ...]]) -> None:
    flusher, recipients = QuietFlusher(), [Recipient() for _ in RECIPIENTS]
    expected = [b"" for _ in RECIPIENTS]
    for number, (kind, *rest) in enumerate(steps):
        if kind == "broadcast":
            targets, droppable = rest
            flusher.broadcast(
                message(number, droppable=droppable),
                {recipients[target] for target in targets},
                join=droppable or number % 4 != 0,
            )
            for target in targets:
                expected[target] += bytes([number])
        elif kind == "slice":
            flusher._flush_broadcasts(rest[0])
        else:
            # A message of its own, behind what is pending.
            recipient = recipients[rest[0]]
            flusher.flush_pending(recipient)
            recipient.send_now(message(number))
            expected[rest[0]] += bytes([number])
    while flusher.broadcasts:
        flusher._flush_broadcasts(2)
    assert [recipient.received for recipient in recipients] == expected


def test_what_is_emitted_while_others_wait_is_sent_with_it() -> None:
    flusher, recipients = QuietFlusher(), [Recipient() for _ in range(100)]
    flusher.broadcast(message(0), set(recipients))
    for number in range(1, 5):
        flusher._flush_broadcasts(20)
        flusher.broadcast(message(number), set(recipients), join=True)
    while flusher.broadcasts:
        flusher._flush_broadcasts(20)
    assert {recipient.received for recipient in recipients} == {bytes(range(5))}
    assert sum(recipient.sends for recipient in recipients) <= 200


def test_broadcasts_of_the_same_recipients_are_sent_in_one_piece() -> None:
    """Those that are not added to one another, such as messages of the log."""
    flusher, recipients = QuietFlusher(), [Recipient() for _ in range(100)]
    for number in range(5):
        flusher.broadcast(message(number), set(recipients))
    flusher._flush_broadcasts(100)
    assert {recipient.received for recipient in recipients} == {bytes(range(5))}
    assert {(recipient.sends, recipient.enqueued) for recipient in recipients} == {(1, 1)}


def test_what_a_client_that_is_closed_causes_comes_after_all_before_it() -> None:
    class Closing(Recipient):
        def send_now(self, message: PreparedMessage) -> None:
            flusher.broadcast(left, set(recipients), join=True)
            flusher.flush_pending(recipients[0])
            recipients[0].send_now(own)

    left, own = message(7), message(8)
    flusher, recipients = QuietFlusher(), [Recipient() for _ in range(10)]
    closing = Closing()
    flusher.broadcast(message(0), {*recipients, closing})
    flusher.broadcast(message(1), {*recipients, closing})
    while flusher.broadcasts:
        flusher._flush_broadcasts(3)
    assert recipients[0].received == b"\0\1\7\10"
    assert {recipient.received for recipient in recipients[1:]} == {b"\0\1\7"}


def test_many_messages_are_joined_up_to_a_size() -> None:
    """Those that meet the limit are sent after the others, and still in few pieces."""
    flusher, recipients = QuietFlusher(), [Recipient() for _ in range(100)]
    half, expected = MAX_JOINED // 2, b""
    for number in range(7):
        data = bytes([number]) * half
        flusher.broadcast(PreparedMessage(data), set(recipients), join=True)
        expected += data
        flusher._flush_broadcasts(10)
    while flusher.broadcasts:
        flusher._flush_broadcasts(10)
    assert {recipient.received for recipient in recipients} == {expected}
    assert sum(recipient.sends for recipient in recipients) <= 250


def test_a_message_that_may_be_dropped_is_not_joined_nor_a_large_one() -> None:
    small, large = message(1), PreparedMessage(bytes(MAX_JOINED))
    droppable = message(2, droppable=True)
    assert small.joins(large) and not (small.joins(droppable) or droppable.joins(small))
    broadcast = Broadcast(small, set())
    assert not (broadcast.add(droppable) or broadcast.add(large))
    assert broadcast.add(message(3)) and broadcast.add(message(4))
    assert broadcast.message.data == b"\1\3\4"
