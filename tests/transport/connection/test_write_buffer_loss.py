"""How a write buffer ends, and when `drain` returns."""

import eventlet
from eventlet import hubs

from tests.transport.socket_pairs import MakePair, Pair, make_pair, pair, stuck, turn, turn_until

__all__ = ["make_pair", "pair", "stuck"]


def spawn_drains(pair: Pair, count: int = 3) -> list[int]:
    """Spawn greenlets that drain the buffer; return the list of those that have finished."""
    done: list[int] = []
    for number in range(count):
        eventlet.spawn(lambda n=number: (pair.write_buffer.drain(), done.append(n)))
    turn()
    turn()
    return done


def test_drain_returns_at_once_when_the_buffer_is_empty(pair: Pair) -> None:
    with eventlet.Timeout(20):
        pair.write_buffer.drain()


def test_every_drain_returns_when_the_last_byte_is_sent(stuck: Pair) -> None:
    done = spawn_drains(stuck)
    assert done == []
    stuck.read()
    turn_until(lambda: sorted(done) == [0, 1, 2])
    assert stuck.write_buffer.size == 0


def test_drain_does_not_return_while_more_is_written(stuck: Pair) -> None:
    done = spawn_drains(stuck)
    stuck.write_buffer.write(b"x" * 900)
    turn()
    assert done == []
    stuck.read_all(1)
    turn_until(lambda: len(done) == 3)


def test_every_drain_returns_when_the_buffer_is_closed(stuck: Pair) -> None:
    done = spawn_drains(stuck)
    stuck.write_buffer.close()
    turn_until(lambda: sorted(done) == [0, 1, 2])


def test_a_closed_buffer_sends_and_holds_nothing_more(stuck: Pair) -> None:
    tried = len(stuck.counted.sends)
    stuck.write_buffer.close()
    for _ in range(100):
        assert stuck.write_buffer.write(b"x" * 900), "there is nobody left to be closed"
        turn()
    stuck.write_buffer.flush()
    stuck.read()
    turn()
    assert len(stuck.counted.sends) == tried
    assert stuck.write_buffer.size == 0
    with eventlet.Timeout(20):
        stuck.write_buffer.drain()


def test_a_reset_socket_ends_the_connection(make_pair: MakePair) -> None:
    pair = make_pair()
    pair.far.close()
    pair.write_buffer.write(b"x")
    turn()
    assert pair.losses == 1
    pair.write_buffer.write(b"y")
    turn()
    assert len(pair.counted.sends) == 1, "it is not tried again"


def test_a_socket_closed_with_much_buffered_ends_the_connection(stuck: Pair) -> None:
    done = spawn_drains(stuck)
    stuck.far.close()
    turn_until(lambda: stuck.losses == 1)
    turn_until(lambda: len(done) == 3)


def test_a_closed_socket_does_not_stop_the_flush_of_others(make_pair: MakePair) -> None:
    dead, lively = make_pair(), make_pair()
    dead.far.close()
    dead.write_buffer.write(b"x")
    lively.write_buffer.write(b"y")
    turn()
    assert (dead.losses, lively.counted.sends) == (1, [1])


def test_a_buffer_closed_after_a_write_is_not_flushed(pair: Pair) -> None:
    pair.write_buffer.write(b"x")
    pair.write_buffer.close()
    turn()
    assert pair.counted.sends == []


def test_bytes_written_during_a_flush_are_sent(make_pair: MakePair) -> None:
    first, second = make_pair(), make_pair()
    send = first.counted.send

    def send_and_write(data: bytes) -> int:
        second.write_buffer.write(b"late")
        return send(data)

    first.counted.send = send_and_write  # type: ignore[method-assign]
    first.write_buffer.write(b"x")
    turn_until(lambda: second.counted.sends == [4])


def test_an_error_of_the_hub_ends_the_connection(stuck: Pair) -> None:
    (listener,) = [one for one in hubs.get_hub().get_writers() if one.fileno == stuck.near.fileno()]
    listener.tb(OSError("the socket cannot be polled"))
    assert stuck.losses == 1
    assert stuck.write_buffer.size == 0


def test_another_file_of_the_same_number_is_left_alone(stuck: Pair) -> None:
    hubs.get_hub().mark_as_reopened(stuck.near.fileno())
    other = hubs.get_hub().add("write", stuck.near.fileno(), print, print, print)
    assert stuck.write_buffer._listener is None
    stuck.write_buffer.close()
    assert other in hubs.get_hub().get_writers()
    hubs.get_hub().remove(other)
