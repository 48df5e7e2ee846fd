"""A client that is behind is pinged, too, and is alive as long as it reads."""

from types import SimpleNamespace

import pytest

from me_api.transport.connection.flow_control import MAX_IN_FLIGHT, FlowControl
from me_api.transport.connection.flusher import Flusher
from me_api.transport.connection.keepalive import PingState
from tests.transport.socket_pairs import LIMIT, MakePair, Pair, make_pair, turn_until

__all__ = ["make_pair"]
MUCH = 1_000_000


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Need no server."""


class Paces(FlowControl):
    """A connection on a pair of sockets."""

    def __init__(self, pair: Pair) -> None:
        super().__init__()
        self.pair = pair
        self.closed = False
        self.alive = 0
        self.went_on = 0
        self.pieces = 0
        self._ping_state = PingState(self)
        self._write_buffer = pair.write_buffer
        keepalive = SimpleNamespace(reset=self._note)
        self.registry = SimpleNamespace(  # type: ignore[assignment]
            write_buffer_limit=LIMIT, keepalive=keepalive, flusher=Flusher()
        )

    def _note(self, watch: PingState) -> None:
        assert watch is self._ping_state
        self.alive += 1

    @property
    def partial_reads(self) -> int:
        return self.pieces

    def _close_slow(self) -> None:
        self.closed = True

    def resume_reading(self) -> None:
        self.went_on += 1

    def _send_ping(self) -> None:
        assert self.pair.write_buffer.write(b"!", bounded=False)

    def _close_timed_out(self) -> None:
        self.closed = True


@pytest.fixture
def paces(make_pair: MakePair) -> Paces:
    """Connect."""
    return Paces(make_pair())


def test_who_goes_on_taking_what_was_sent_is_alive(paces: Paces) -> None:
    paces.pair.write_buffer.write(b"x" * MUCH)
    paces.pair.write_buffer.flush()
    for asked in (1, 2):
        paces.ping()
        waiting = paces.buffered
        turn_until(lambda waiting=waiting: paces.pair.read() or paces.buffered < waiting - 1)
        paces.ping_timed_out()
        assert (paces.alive, paces.closed) == (asked, False)
    paces.ping()
    paces.ping_timed_out()
    assert paces.closed, "it has taken nothing since"


def test_who_goes_on_sending_a_large_frame_is_alive(paces: Paces) -> None:
    paces.ping()
    paces.pieces += 1
    paces.ping_timed_out()
    assert (paces.alive, paces.closed) == (1, False)
    paces.ping()
    paces.ping_timed_out()
    assert paces.closed, "no more of it has come since"


def test_who_has_taken_everything_has_to_answer(paces: Paces) -> None:
    paces.ping()
    paces.ping_timed_out()
    assert (paces.alive, paces.closed) == (0, True)


def test_who_is_far_behind_is_not_read_until_it_has_taken_all(paces: Paces) -> None:
    paces.pair.write_buffer.write(b"x" * MUCH)
    paces.pause_reading()
    assert paces.reading_paused
    assert not paces.went_on
    paces.pair.read_all(MUCH)
    turn_until(lambda: paces.went_on == 1)
    assert not paces.reading_paused


def test_who_is_a_little_behind_is_read(paces: Paces) -> None:
    paces.pair.write_buffer.write(b"x" * (LIMIT // 2))
    paces.pause_reading()
    assert not paces.reading_paused


def test_who_is_owed_many_answers_is_not_read_until_half_are_given(paces: Paces) -> None:
    paces.in_flight = MAX_IN_FLIGHT
    assert paces.reading_paused
    while paces.in_flight > MAX_IN_FLIGHT // 2:
        assert not paces.went_on
        paces.event_done()
    assert paces.went_on == 1
