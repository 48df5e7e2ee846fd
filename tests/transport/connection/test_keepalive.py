"""The one timer of all pings, with a clock that the test moves."""

from collections.abc import Iterator

import pytest

from me_api.transport.connection import keepalive
from me_api.transport.connection.keepalive import KeepAlive, PingState

INTERVAL, TIMEOUT = 2.5, 1.25
STEP = 1.25 / keepalive.TICKS


class Clock:
    """A clock and a hub's timers, both moved by the test."""

    def __init__(self) -> None:
        self.now = 1000.0
        self.timers: list[tuple[float, object]] = []
        self.greenlet = None

    def monotonic(self) -> float:
        return self.now

    def get_hub(self) -> "Clock":
        return self

    def schedule_call_global(self, seconds: float, call, *args) -> None:
        self.timers.append((self.now + seconds, lambda: call(*args)))

    def pass_time(self, seconds: float) -> None:
        """Move the clock; run each timer when it is due."""
        end = self.now + seconds
        while due := [timer for timer in self.timers if timer[0] <= end]:
            timer = min(due, key=lambda one: one[0])
            self.timers.remove(timer)
            self.now = max(self.now, timer[0])
            timer[1]()
        self.now = end


class Client:
    """A connection that records its pings, and answers them unless it is silent."""

    def __init__(self, clock: Clock, wheel: KeepAlive, *, answers: bool = True) -> None:
        self.clock, self.wheel, self.answers = clock, wheel, answers
        self.pings: list[float] = []
        self.lateness: list[float] = []
        self.ended: list[float] = []
        self.born = clock.now
        self.state: PingState = wheel.add(self)

    def ping(self) -> None:
        self.pings.append(self.clock.now - self.born)
        self.lateness.append(self.wheel.lateness)
        if self.answers:
            self.wheel.reset(self.state)

    def ping_timed_out(self) -> None:
        self.ended.append(self.clock.now - self.born)
        self.state.stop()


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Iterator[Clock]:
    made = Clock()
    monkeypatch.setattr(keepalive, "monotonic", made.monotonic)
    monkeypatch.setattr(keepalive, "hubs", made)
    return made


@pytest.fixture
def wheel(clock: Clock) -> KeepAlive:
    return KeepAlive(INTERVAL, TIMEOUT)


def near(found: list[float], expected: list[float]) -> bool:
    """Return whether times are equal to within the precision of the timer."""
    return found == pytest.approx(expected, abs=3 * STEP)


def test_a_client_that_answers_is_pinged_at_each_interval(clock: Clock, wheel: KeepAlive) -> None:
    client = Client(clock, wheel)
    clock.pass_time(INTERVAL * 4.5)
    assert len(client.pings) == 4
    gaps = [b - a for a, b in zip([0.0, *client.pings], client.pings, strict=False)]
    assert near(gaps, [INTERVAL] * 4)
    assert client.ended == []


def test_a_silent_client_times_out_once_after_one_ping(clock: Clock, wheel: KeepAlive) -> None:
    client = Client(clock, wheel, answers=False)
    clock.pass_time(INTERVAL * 10)
    assert near(client.pings, [INTERVAL])
    assert near(client.ended, [INTERVAL + TIMEOUT])
    assert client.ended[0] - client.pings[0] >= TIMEOUT, "it has all its time to answer"


def test_an_answer_in_time_is_enough(clock: Clock, wheel: KeepAlive) -> None:
    client = Client(clock, wheel, answers=False)
    for _ in range(5):
        clock.pass_time(INTERVAL + 3 * STEP)
        count = len(client.pings)
        clock.pass_time(TIMEOUT - 5 * STEP)
        assert len(client.pings) == count
        wheel.reset(client.state)
    assert (len(client.pings), client.ended) == (5, [])
    clock.pass_time(INTERVAL + TIMEOUT + 5 * STEP)
    assert len(client.ended) == 1


def test_unsolicited_pongs_change_nothing(clock: Clock, wheel: KeepAlive) -> None:
    client = Client(clock, wheel)
    for _ in range(int(INTERVAL * 3.5 / STEP)):
        wheel.reset(client.state)
        clock.pass_time(STEP)
    assert len(client.pings) == 3, "they neither postpone the next ping nor add one"


def test_each_client_has_its_own_schedule(clock: Clock, wheel: KeepAlive) -> None:
    clients = []
    for number in range(40):
        clients.append(Client(clock, wheel, answers=number % 2 == 0))
        clock.pass_time(INTERVAL / 30)
    clock.pass_time(INTERVAL * 2 + TIMEOUT)
    assert all(client.ended == [] for client in clients[::2])
    assert all(near(client.ended, [INTERVAL + TIMEOUT]) for client in clients[1::2])
    assert all(near(client.pings[:2], [INTERVAL, 2 * INTERVAL]) for client in clients[::2])


def test_a_stopped_client_is_neither_pinged_nor_timed_out(clock: Clock, wheel: KeepAlive) -> None:
    early, late = Client(clock, wheel), Client(clock, wheel, answers=False)
    early.state.stop()
    clock.pass_time(INTERVAL + 2 * STEP)
    late.state.stop()
    clock.pass_time(INTERVAL * 3)
    assert (early.pings, early.ended, late.ended) == ([], [], [])
    wheel.reset(late.state)
    clock.pass_time(INTERVAL * 3)
    assert len(late.pings) == 1


def test_one_timer_serves_all_and_stops_with_the_last_client(
    clock: Clock, wheel: KeepAlive
) -> None:
    clients = [Client(clock, wheel) for _ in range(100)]
    clock.pass_time(INTERVAL / 2)
    assert len(clock.timers) == 1
    for client in clients:
        client.state.stop()
    clock.pass_time(INTERVAL + TIMEOUT)
    assert clock.timers == []
    again = Client(clock, wheel)
    clock.pass_time(INTERVAL * 1.5)
    assert near(again.pings, [INTERVAL])


def test_a_loop_that_was_blocked_catches_up(clock: Clock, wheel: KeepAlive) -> None:
    client, silent = Client(clock, wheel), Client(clock, wheel, answers=False)
    clock.now += INTERVAL * 5
    clock.pass_time(0)
    assert (len(client.pings), len(silent.pings), silent.ended) == (1, 1, [])
    clock.pass_time(INTERVAL + 3 * STEP)
    assert (len(client.pings), len(silent.ended)) == (2, 1)


def test_an_error_with_one_does_not_stop_the_pings_of_the_others(
    clock: Clock, wheel: KeepAlive
) -> None:
    broken, client = Client(clock, wheel), Client(clock, wheel)
    broken.ping = lambda: 1 / 0  # type: ignore[method-assign]
    broken.ping_timed_out = lambda: 1 / 0  # type: ignore[method-assign]
    clock.pass_time(INTERVAL * 4.5)
    assert len(client.pings) == 4


@pytest.mark.parametrize(("interval", "timeout"), [(25, 20), (0.05, 20), (25, 0.05), (12.345, 6.5)])
def test_any_interval_and_timeout_are_respected(
    clock: Clock, interval: float, timeout: float
) -> None:
    wheel = KeepAlive(interval, timeout)
    step = min(interval, timeout) / keepalive.TICKS
    lively, silent = Client(clock, wheel), Client(clock, wheel, answers=False)
    clock.pass_time(interval * 3.5)
    expected = [interval, 2 * interval, 3 * interval]
    assert lively.pings[:3] == pytest.approx(expected, abs=6 * step)
    clock.pass_time(timeout)
    assert silent.ended == pytest.approx([interval + timeout], abs=4 * step)


def test_it_shows_how_late_a_ping_is(clock: Clock, wheel: KeepAlive) -> None:
    client = Client(clock, wheel)
    clock.pass_time(INTERVAL * 0.5)
    clock.now += INTERVAL
    clock.pass_time(INTERVAL * 2.1)
    assert near(client.pings, [INTERVAL * 1.5, INTERVAL * 2.5, INTERVAL * 3.5])
    assert near(client.lateness, [INTERVAL * 0.5, 0, 0])
