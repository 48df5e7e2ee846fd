"""The event loop in the test's own thread, and a sink that records what is pushed."""

from collections.abc import Callable, Sequence
from typing import Any

from me_api.concurrency import Timer
from me_api.eventlog import ONE_BY_ONE, Batch, Entry
from me_api.transport import EventletLoop
from tests.support.wait import WAIT_SECONDS


class StoppableLoop(EventletLoop):
    """The real loop, whose timers are cancelled after the test."""

    def __init__(self) -> None:
        super().__init__()
        self.timers: list[Timer] = []

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run a function later, unless the test has ended."""
        timer = super().call_later(seconds, function, *args)
        self.timers.append(timer)
        return timer

    def stop(self) -> None:
        for timer in self.timers:
            timer.cancel()

    def start(self, acts: Sequence[Callable[[], Any]]) -> "Together":
        """Start each in a new greenlet, in this order."""
        return Together(self, acts)

    def together(self, *acts: Callable[[], Any]) -> list[Any]:
        """Run all concurrently; return what each returned or raised."""
        return self.start(acts).wait()

    def wait_until(self, condition: Callable[[], Any]) -> None:
        """Run the loop until a condition is true."""
        for _ in range(WAIT_SECONDS * 1000):
            if condition():
                return
            self.turn()
        raise AssertionError(f"{condition} did not become true")

    def turn(self) -> None:
        """Run all other greenlets that are ready."""
        self.event().wait(0.001)


class Together:
    """Running greenlets: their `outcomes`, and the order in which they have `ended`."""

    def __init__(self, loop: StoppableLoop, acts: Sequence[Callable[[], Any]]) -> None:
        self._loop = loop
        self.outcomes: list[Any] = [None] * len(acts)
        self.ended: list[int] = []
        for number, act in enumerate(acts):
            loop.spawn(self._run, number, act)

    def wait(self) -> list[Any]:
        """Wait until all have ended; return their outcomes."""
        self._loop.wait_until(lambda: len(self.ended) == len(self.outcomes))
        return self.outcomes

    def _run(self, number: int, act: Callable[[], Any]) -> None:
        try:
            self.outcomes[number] = act()
        except Exception as error:  # noqa: BLE001
            self.outcomes[number] = error
        self.ended.append(number)


class RecordingSink:
    """A sink that records entries; while it `holds`, they count as not sent."""

    broadcaster = ONE_BY_ONE

    def __init__(self, loop: StoppableLoop) -> None:
        self.entries: list[Entry] = []
        self.holds = False
        self.waiting = False
        self.closed = False
        self.target = self
        self._loop = loop

    @property
    def revs(self) -> list[int]:
        """The positions of the entries, in order of arrival."""
        return [entry.rev for entry in self.entries]

    @property
    def folded(self) -> dict[tuple[str, Any], dict[str, Any]]:
        """The newest version of each row, as every client keeps it."""
        return {(entry.topic, entry.key): entry.body for entry in self.entries}

    def fits(self, batch: Batch) -> bool:
        """Return whether the last batch has been sent."""
        return not self.waiting

    def push(self, batch: Batch) -> None:
        self.entries.extend(batch.entries)
        self.waiting = self.holds

    def drain(self) -> bool:
        """Wait until the last batch has been sent."""
        while self.waiting and not self.closed:
            self._loop.turn()
        return not self.closed
