"""A write buffer: its order, its bounds, and a kernel that accepts only part of it."""

from me_api.transport.connection.prepared_message import Droppable
from tests.transport.socket_pairs import (
    LIMIT,
    MakePair,
    Pair,
    make_pair,
    pair,
    stuck,
    turn,
    turn_until,
)

__all__ = ["make_pair", "pair", "stuck"]

MANY = 1_000_000


def test_all_writes_of_one_turn_leave_in_one_send(make_pair: MakePair) -> None:
    one, other = make_pair(), make_pair()
    for number in range(10):
        assert one.write_buffer.write(b"%d" % number)
        assert other.write_buffer.write(b"x")
    assert one.counted.sends == []
    turn()
    assert (one.counted.sends, other.counted.sends) == ([10], [10])
    one.write_buffer.write(b"next")
    turn()
    assert one.counted.sends == [10, 4]
    assert one.read_all(14) == b"0123456789next"


def test_order_is_kept_over_partial_sends(make_pair: MakePair) -> None:
    pair = make_pair(MANY)
    pieces = [b"%06d " % number * (number % 97 * 5 + 1) for number in range(400)]
    for number, piece in enumerate(pieces):
        assert pair.write_buffer.write(piece)
        if number % 10 == 0:
            turn()
            pair.read()
    assert pair.write_buffer.size, "the kernel took it all: nothing is tested"
    expected = b"".join(pieces)
    assert pair.read_all(len(expected)) == expected
    turn_until(lambda: pair.write_buffer.size == 0)


def test_size_is_the_number_of_unsent_bytes(make_pair: MakePair) -> None:
    pair = make_pair(MANY)
    pair.write_buffer.write(b"x" * 500_000)
    assert pair.write_buffer.size == 500_000
    turn()
    assert pair.write_buffer.size == 500_000 - sum(pair.counted.sends) > 0


def test_a_blocked_socket_delays_no_other(stuck: Pair, make_pair: MakePair) -> None:
    tried = len(stuck.counted.sends)
    other = make_pair()
    for number in range(20):
        assert stuck.write_buffer.write(b"b")
        other.write_buffer.write(b"x")
        turn()
        other.read()
        assert other.counted.sends == [1] * (number + 1)
    assert len(stuck.counted.sends) == tried, "it is not tried before the socket is writable"
    stuck.read()
    turn_until(lambda: not stuck.write_buffer.size)
    stuck.read()
    assert stuck.received.endswith(b"." + b"a" + b"b" * 20)


def test_the_bound_is_in_bytes_and_an_empty_buffer_takes_any_one_piece(pair: Pair) -> None:
    assert pair.write_buffer.write(b"x" * MANY)
    assert not pair.write_buffer.write(b"y")
    assert pair.write_buffer.size > LIMIT
    assert pair.read_all(MANY) == b"x" * MANY


def test_up_to_the_bound_waits(stuck: Pair) -> None:
    room = LIMIT - stuck.write_buffer.size
    assert stuck.write_buffer.write(b"1" * (room - 1))
    assert stuck.write_buffer.write(b"2")
    assert not stuck.write_buffer.write(b"3")


def test_much_within_one_turn_is_sent_before_it_is_called_too_much(pair: Pair) -> None:
    for _ in range(4):
        assert pair.write_buffer.write(b"x" * (LIMIT - 1))
    assert pair.read_all(4 * (LIMIT - 1)) == b"x" * (4 * (LIMIT - 1))


def test_over_the_bound_droppable_pieces_are_dropped_first(stuck: Pair) -> None:
    for number in range(3):
        assert stuck.write_buffer.write(Droppable(b"e" * 100))
        assert stuck.write_buffer.write(b"%d" % number * 100)
    assert stuck.write_buffer.write(b"z" * (LIMIT - 301))
    assert stuck.write_buffer.size == LIMIT
    assert stuck.write_buffer.write(Droppable(b"f")), "one more is dropped without closing"
    assert stuck.write_buffer.size == LIMIT
    assert not stuck.write_buffer.write(b"!")
    stuck.read_all(1)
    turn_until(lambda: not stuck.write_buffer.size)
    stuck.read()
    expected = b"a" + b"0" * 100 + b"1" * 100 + b"2" * 100 + b"z" * (LIMIT - 301)
    assert stuck.received.lstrip(b".") == expected


def test_below_the_bound_droppable_pieces_are_sent(stuck: Pair) -> None:
    stuck.write_buffer.write(Droppable(b"e" * 10))
    stuck.read()
    turn_until(lambda: not stuck.write_buffer.size)
    stuck.read()
    assert stuck.received.endswith(b".a" + b"e" * 10)
