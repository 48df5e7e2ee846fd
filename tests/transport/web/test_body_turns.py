"""Requests that receive large bodies go on in turn."""

from collections.abc import Iterator
from functools import partial

import pytest
from greenlet import greenlet

from me_api.transport.web import body_turns
from me_api.transport.web.body_turns import TURN_SECONDS, BodyTurns


class Hub:
    """A clock and a hub, whose turns the test begins."""

    def __init__(self) -> None:
        self.now = 0.0
        self.timers: list[object] = []
        self.log = ""

    def monotonic(self) -> float:
        return self.now

    def get_hub(self) -> "Hub":
        return self

    def switch(self) -> None:
        parent = greenlet.getcurrent().parent
        assert parent is not None
        parent.switch()

    def schedule_call_global(self, seconds: float, call: object) -> None:
        assert seconds == 0
        self.timers.append(call)

    def turn(self) -> str:
        """Begin a turn of the hub; return what has been resumed in it."""
        timers, self.timers, self.log = self.timers, [], ""
        assert len(timers) <= 1
        for call in timers:
            call()  # type: ignore[operator]
        return self.log


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    made = Hub()
    monkeypatch.setattr(body_turns, "monotonic", made.monotonic)
    monkeypatch.setattr(body_turns, "hubs", made)
    return made


def start(hub: Hub, turns: BodyTurns, address: str, name: str, seconds: float) -> greenlet:
    """Start a request that waits for its turn, and takes so much of it."""

    def run() -> None:
        turns.wait(address)
        hub.log += name
        hub.now += seconds

    started = greenlet(run)
    started.switch()
    return started


def test_one_with_many_does_not_hold_up_another(hub: Hub) -> None:
    """F21: four hundred with chunks of a byte made everybody else wait for five seconds."""
    turns = BodyTurns()
    begin = partial(start, hub, turns, seconds=TURN_SECONDS * 0.6)
    for number in range(6):
        begin("bad", f"{number}")
    begin("good", "a")
    begin("good", "b")
    assert [hub.turn() for _ in range(5)] == ["0a", "1b", "23", "45", ""]


def test_little_work_is_done_in_one_turn(hub: Hub) -> None:
    turns = BodyTurns()
    for _ in range(1000):
        start(hub, turns, "same", "x", 0)
    assert hub.turn() == "x" * 1000
    assert not hub.timers


def test_one_that_does_not_wait_any_more_is_not_resumed(hub: Hub) -> None:
    turns = BodyTurns()
    gone = start(hub, turns, "same", "gone", 0)
    with pytest.raises(TimeoutError):
        gone.throw(TimeoutError)
    start(hub, turns, "same", "next", 0)
    assert hub.turn() == "next"
