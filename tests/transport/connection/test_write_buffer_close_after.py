"""`WriteBuffer.close_after` sends what is buffered, then the last bytes, then nothing more."""

import eventlet

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


def rest_of(stuck: Pair) -> bytes:
    """Read until the buffer is empty; return what came after the bytes that the kernel held."""

    def left() -> bool:
        stuck.read()
        return not stuck.write_buffer.size

    turn_until(left)
    stuck.read()
    return stuck.received.lstrip(b".")


def test_the_last_bytes_leave_at_once_when_nothing_waits(pair: Pair) -> None:
    done: list[int] = []
    pair.write_buffer.close_after(b"bye", lambda: done.append(1))
    assert done == [1]
    assert pair.read_all(3) == b"bye"


def test_buffered_bytes_are_sent_before_the_last_ones(stuck: Pair) -> None:
    done: list[int] = []
    stuck.write_buffer.write(b"b" * 500)
    stuck.write_buffer.close_after(b"c" * LIMIT, lambda: done.append(1))
    stuck.write_buffer.write(b"d")
    stuck.write_buffer.send_now(b"e")
    turn()
    assert done == []
    assert rest_of(stuck) == b"a" + b"b" * 500 + b"c" * LIMIT
    assert done == [1]


def test_a_piece_that_is_partly_sent_is_never_dropped(make_pair: MakePair) -> None:
    made = make_pair(100_000)
    made.write_buffer.send_now(b"a" * 50_000)
    assert 0 < made.write_buffer.size < 50_000, "it has begun"
    made.write_buffer.write(b"b" * 500)
    made.write_buffer.write(Droppable(b"c" * 500))
    made.write_buffer.close_after(b"bye", lambda: None, drop=True)
    assert made.read_all(50_003) == b"a" * 50_000 + b"bye"


def test_pieces_that_have_not_begun_are_dropped(stuck: Pair) -> None:
    stuck.write_buffer.write(b"b" * 500)
    stuck.write_buffer.close_after(b"bye", lambda: None, drop=True)
    assert rest_of(stuck) == b"bye"


def test_drain_returns_once_the_buffer_is_closing(stuck: Pair) -> None:
    done: list[int] = []
    eventlet.spawn(lambda: (stuck.write_buffer.drain(), done.append(1)))
    turn()
    stuck.write_buffer.close_after(b"bye", lambda: None)
    turn_until(lambda: bool(done))


def test_an_unbounded_write_is_queued_beyond_the_limit(stuck: Pair) -> None:
    assert stuck.write_buffer.write(b"b" * LIMIT, bounded=False)
    assert not stuck.write_buffer.write(b"c")
    assert rest_of(stuck) == b"a" + b"b" * LIMIT


def test_a_buffer_closed_meanwhile_does_not_finish(stuck: Pair) -> None:
    done: list[int] = []
    stuck.write_buffer.close_after(b"bye", lambda: done.append(1))
    stuck.write_buffer.close()
    stuck.read()
    turn()
    assert done == []
