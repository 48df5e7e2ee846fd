"""A client that is behind is pinged, too, and counts as alive as long as it reads."""

from types import SimpleNamespace

import pytest

from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.connection.flow_control import MAX_IN_FLIGHT, FlowControl
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.keepalive import PingState
from tests.transport.socket_pairs import LIMIT, MakePair, Pair, make_pair, turn_until

__all__ = ["make_pair"]
MUCH = 1_000_000


class PacedConnection(FlowControl):
    """A connection with flow control on one end of a pair of sockets."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.address = "192.0.2.1"
        self.pair = pair
        self.closed = False
        self.alive = 0
        self.resumed = 0
        self.pieces = 0
        self._ping_state = PingState(self)
        self._write_buffer = pair.write_buffer
        keepalive = SimpleNamespace(reset=self._note)
        self.budget = ByteBudget(4 * MUCH)
        self.registry = SimpleNamespace(  # type: ignore[assignment]
            write_buffer_limit=LIMIT,
            keepalive=keepalive,
            flusher=Flusher(),
            output_budget=self.budget,
        )

    def _note(self, ping_state: PingState) -> None:
        assert ping_state is self._ping_state
        self.alive += 1

    @property
    def partial_reads(self) -> int:
        return self.pieces

    def _close_slow(self) -> None:
        self.closed = True

    def resume_reading(self) -> None:
        self.resumed += 1

    def _send_ping(self) -> None:
        assert self.pair.write_buffer.write(b"!", bounded=False)

    def _close_timed_out(self) -> None:
        self.closed = True


@pytest.fixture
def connection(make_pair: MakePair) -> PacedConnection:
    return PacedConnection(make_pair())


def test_a_client_that_keeps_reading_is_alive(connection: PacedConnection) -> None:
    connection.pair.write_buffer.write(b"x" * MUCH)
    connection.pair.write_buffer.flush()
    for asked in (1, 2):
        connection.ping()
        waiting = connection.buffered
        turn_until(
            lambda waiting=waiting: connection.pair.read() or connection.buffered < waiting - 1
        )
        connection.ping_timed_out()
        assert (connection.alive, connection.closed) == (asked, False)
    connection.ping()
    connection.ping_timed_out()
    assert connection.closed, "it has taken nothing since"


def test_a_client_that_keeps_sending_a_large_frame_is_alive(connection: PacedConnection) -> None:
    connection.ping()
    connection.pieces += 1
    connection.ping_timed_out()
    assert (connection.alive, connection.closed) == (1, False)
    connection.ping()
    connection.ping_timed_out()
    assert connection.closed, "no more of it has come since"


def test_a_client_that_has_read_everything_has_to_answer(connection: PacedConnection) -> None:
    connection.ping()
    connection.ping_timed_out()
    assert (connection.alive, connection.closed) == (0, True)


def test_reading_pauses_until_a_client_far_behind_has_read_all(connection: PacedConnection) -> None:
    connection.pair.write_buffer.write(b"x" * MUCH)
    connection.apply_backpressure()
    assert connection.reading_paused
    assert not connection.resumed
    connection.pair.read_all(MUCH)
    turn_until(lambda: connection.resumed == 1)
    assert not connection.reading_paused


def test_what_waits_for_a_client_is_counted_until_it_has_read_it(
    connection: PacedConnection,
) -> None:
    for _ in range(2):
        connection.pair.write_buffer.write(b"x" * (MUCH // 2), bounded=False)
        connection.apply_backpressure()
    assert MUCH * 0.9 < connection.budget.size <= MUCH
    connection.pair.read_all(MUCH)
    turn_until(lambda: connection.resumed == 1)
    assert connection.budget.size == 0


def test_a_client_for_which_too_much_waits_is_closed(connection: PacedConnection) -> None:
    connection.pair.write_buffer.write(b"x" * (3 * MUCH))
    connection.apply_backpressure()
    assert connection.closed
    assert connection.budget.size == 0


def test_reading_continues_for_a_client_a_little_behind(connection: PacedConnection) -> None:
    connection.pair.write_buffer.write(b"x" * (LIMIT // 2))
    connection.apply_backpressure()
    assert not connection.reading_paused


def test_reading_pauses_until_half_of_many_events_are_answered(connection: PacedConnection) -> None:
    connection.in_flight = MAX_IN_FLIGHT
    assert connection.reading_paused
    while connection.in_flight > MAX_IN_FLIGHT // 2:
        assert not connection.resumed
        connection.event_done()
    assert connection.resumed == 1


def test_a_throttled_client_is_read_again_after_a_while(connection: PacedConnection) -> None:
    connection.throttle(0.01)
    connection.throttle(60)  # It is throttled already.
    assert connection.reading_paused
    turn_until(lambda: connection.resumed)
    assert not connection.reading_paused
    connection.throttle(0.01)
    turn_until(lambda: connection.resumed == 2)
