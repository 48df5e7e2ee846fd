"""The loop in a test's own thread, and followers that remember what they were pushed."""

from collections.abc import Callable, Sequence
from typing import Any

from me_api.concurrency import Timer
from me_api.eventlog import DIRECT, Batch, Entry
from me_api.transport import EventletLoop

PATIENCE = 30
"""Seconds until a test gives up; none should ever wait for so long."""


class StoppableLoop(EventletLoop):
    """The real loop; what a test has set to happen later ends with the test."""

    def __init__(self) -> None:
        super().__init__()
        self.timers: list[Timer] = []

    def after(self, seconds: float, function: Callable[..., Any], *args: Any) -> Timer:
        """Run later, unless the test is over by then."""
        timer = super().call_later(seconds, function, *args)
        self.timers.append(timer)
        return timer

    def stop(self) -> None:
        """Cancel what has not happened."""
        for timer in self.timers:
            timer.cancel()

    def start(self, acts: Sequence[Callable[[], Any]]) -> "Together":
        """Run each in a greenlet of its own, in this order."""
        return Together(self, acts)

    def together(self, *acts: Callable[[], Any]) -> list[Any]:
        """Run all at the same time; return what each returned or raised."""
        return self.start(acts).wait()

    def wait_until(self, question: Callable[[], Any]) -> None:
        """Let the loop go on until something is true."""
        for _ in range(PATIENCE * 1000):
            if question():
                return
            self.turn()
        raise AssertionError(f"{question} did not become true")

    def turn(self) -> None:
        """Let everything else run for a moment."""
        self.event().wait(0.001)


class Together:
    """Greenlets under way; `outcomes` fills as they end, `ended` tells in which order."""

    def __init__(self, loop: StoppableLoop, acts: Sequence[Callable[[], Any]]) -> None:
        self._loop = loop
        self.outcomes: list[Any] = [None] * len(acts)
        self.ended: list[int] = []
        for number, act in enumerate(acts):
            loop.spawn(self._run, number, act)

    def wait(self) -> list[Any]:
        """Wait until all have ended."""
        self._loop.wait_until(lambda: len(self.ended) == len(self.outcomes))
        return self.outcomes

    def _run(self, number: int, act: Callable[[], Any]) -> None:
        try:
            self.outcomes[number] = act()
        except Exception as error:  # noqa: BLE001
            self.outcomes[number] = error
        self.ended.append(number)


class Listener:
    """A receiver that keeps what it is pushed; while it `holds`, that counts as not gone out."""

    channel = DIRECT

    def __init__(self, loop: StoppableLoop) -> None:
        self.entries: list[Entry] = []
        self.holds = False
        self.waiting = False
        self.gone = False
        self.member = self
        self._loop = loop

    @property
    def revs(self) -> list[int]:
        """Give the positions of what came, in the order of arrival."""
        return [entry.rev for entry in self.entries]

    @property
    def folded(self) -> dict[tuple[str, Any], dict[str, Any]]:
        """Do as every client does: keep the newest version of each row."""
        return {(entry.topic, entry.key): entry.body for entry in self.entries}

    def fits(self, batch: Batch) -> bool:
        """Take something only when the last has gone out."""
        return not self.waiting

    def push(self, batch: Batch) -> None:
        """Take changes."""
        self.entries.extend(batch.entries)
        self.waiting = self.holds

    def drained(self) -> bool:
        """Wait until what came has gone out."""
        while self.waiting and not self.gone:
            self._loop.turn()
        return not self.gone
