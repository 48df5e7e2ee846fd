"""Events that wait for database reads run in the order that they have where reads do not wait."""

from contextvars import copy_context

import eventlet
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.concurrency import Future
from me_api.transport import EventletLoop
from me_api.transport.connection.dispatch import EventQueue
from tests.transport.hub import Counter, Start, counter, from_the_hub, here, queue
from tests.transport.socket_pairs import turn_until

__all__ = ["counter", "queue"]

Steps = list[int | None]
"""What an event does: a read that takes so many turns of the loop, or None, a commit."""

events = st.lists(st.lists(st.none() | st.integers(0, 3), max_size=4), min_size=1, max_size=6)


class Run:
    """Runs events; records what they do, in order."""

    def __init__(self, *, slow: bool) -> None:
        self.loop = EventletLoop()
        self.notes: list[str] = []
        self._slow = slow
        self._submitted: list[Future] = []
        self._working = 0

    def of(self, start: Start, script: list[Steps], held: int) -> list[str]:
        """Run the events, of which the first `held` arrive before the queue is opened."""
        counter = Counter()
        queue = EventQueue(counter, copy_context())

        def arrive() -> None:
            for number, steps in enumerate(script):
                if number == held:
                    queue.open()
                queue.run(self._act, number, steps)
            if held >= len(script):
                queue.open()

        start(arrive)
        while counter.in_flight:
            turn_until(lambda: not counter.in_flight or self._is_quiet(queue))
            if self._submitted:
                futures, self._submitted = self._submitted, []
                self.notes.append("a commit")
                self.loop.wake(futures)
                eventlet.sleep(0)
        return self.notes

    def _act(self, number: int, steps: Steps) -> None:
        for step, turns in enumerate(steps):
            self.notes.append(f"event {number}, step {step}")
            if turns is None:
                future = self.loop.future()
                self._submitted.append(future)
                future.wait()
            elif self._slow:
                self._read(turns)
        self.notes.append(f"event {number} ends")

    def _read(self, turns: int) -> None:
        self._working += 1
        with self.loop.holding_turn():
            for _ in range(turns):
                eventlet.sleep(0)
        self._working -= 1

    def _is_quiet(self, queue: EventQueue) -> bool:
        return not (self._working or queue.busy or queue._held) and bool(self._submitted)


@pytest.mark.parametrize("start", [here, from_the_hub])
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(script=events, held=st.integers(0, 6))
def test_slow_reads_change_no_order(start: Start, script: list[Steps], held: int) -> None:
    expected = Run(slow=False).of(start, script, held)
    assert Run(slow=True).of(start, script, held) == expected


@pytest.mark.parametrize("start", [here, from_the_hub])
def test_an_event_that_reads_keeps_others_of_its_queue_waiting(
    start: Start, queue: EventQueue
) -> None:
    loop, gate, notes = EventletLoop(), eventlet.Event(), []

    def read() -> None:
        with loop.holding_turn():
            gate.wait()
        notes.append("read")

    other = EventQueue(Counter(), copy_context())

    def arrive() -> None:
        queue.open()
        other.open()
        queue.run(read)
        queue.run(notes.append, "after it")
        other.run(notes.append, "of another connection")

    eventlet.spawn(start, arrive)
    for _ in range(3):
        eventlet.sleep(0)
    blocked_by_its_starter = [] if start is here else ["of another connection"]
    assert notes == blocked_by_its_starter
    gate.send()
    turn_until(lambda: len(notes) == 3)
    assert [note for note in notes if note != "of another connection"] == ["read", "after it"]
