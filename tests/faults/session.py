"""A run: all clients at work, one fault after the other, and the comparison at the end."""

from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from random import Random
from threading import Event
from time import monotonic

from tests.faults import checker
from tests.faults.checker import Violation
from tests.faults.load import Load
from tests.faults.plan import Step
from tests.faults.posters import RestPoster
from tests.faults.target import Target
from tests.support.node import NodeClients
from tests.support.wait import wait_until

RECOVERY_SECONDS = 60
"""Seconds after a fault in which all clients have to be up to date."""


@dataclass
class Tally:
    """How often a fault happened, and what came of it."""

    times: int = 0
    refused: int = 0
    longest_write: float = 0
    longest_delivery: float = 0


class Session:
    """Clients of every kind on a target; faults happen to it one after the other."""

    def __init__(self, target: Target, node: NodeClients, seed: int, pace: float) -> None:
        self.target = target
        self.load = Load(target, node, seed, pace)
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        # It does not use the proxy: what it posts shows how soon the others work again.
        where = target.checker, target.rooms
        self.beacon = RestPoster(target.direct, "beacon", *where, seed, pace)

    def run(self, steps: Iterable[Step]) -> list[Violation]:
        """Provoke all faults, then compare; return all violations."""
        try:
            for step in steps:
                self._run_step(step)
            self.load.stop_posting()
            self._deliver()
        finally:
            self.load.stop()
        self.target.finish()
        return self.target.checker.finish(self.target.history())

    def _run_step(self, step: Step) -> None:
        print(f"{', '.join(fault.name for fault in step.faults)}: {step.hold:.2f} s", flush=True)
        goal = self.load.acknowledged + step.messages
        wait_until(lambda: self._has_acknowledged(goal), what="acknowledgements")
        refused = self.load.refused
        self._provoke(step)
        ended = monotonic()
        self.target.recover()
        written, delivered = self._deliver()
        for fault in step.faults:
            tally = self.tallies[fault.name]
            tally.times += 1
            tally.refused += self.load.refused - refused
            tally.longest_write = max(tally.longest_write, written - ended)
            tally.longest_delivery = max(tally.longest_delivery, delivered - ended)

    def _has_acknowledged(self, goal: int) -> bool:
        self.load.check()
        return self.load.acknowledged >= goal

    def _provoke(self, step: Step) -> None:
        moments = Random(step.seed)
        with ExitStack() as faults:
            for fault in step.faults:
                faults.enter_context(fault.act(self.target, moments))
            Event().wait(step.hold)

    def _deliver(self) -> tuple[float, float]:
        """Post in all rooms and wait until all clients have it; return when both had happened."""
        posted = [self.beacon.post(room) for room in self.target.rooms]
        written = monotonic()
        while missing := self.load.missing(posted):
            self.load.check()
            if monotonic() - written > RECOVERY_SECONDS:
                for listener in missing:
                    self.target.checker.report(checker.STUCK, listener.name, f"{posted}")
                raise AssertionError(f"not recovered: {self.target.checker.violations}")
            Event().wait(0.005)
        return written, monotonic()
