"""A run: all clients at work, one fault after the other, and the comparison at the end."""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from contextlib import ExitStack, closing
from dataclasses import dataclass
from random import Random
from threading import Event
from time import monotonic

from tests.faults import checker
from tests.faults.checker import Message, Violation
from tests.faults.harness import Harness
from tests.faults.load import Load
from tests.faults.plan import Step
from tests.faults.posters import RestPoster
from tests.support.node import NodeClients
from tests.support.wait import wait_until

RECOVERY_SECONDS = 30
"""Seconds after a fault in which all clients have to be up to date."""


@dataclass
class Tally:
    """How often a fault happened, and what came of it."""

    times: int = 0
    refused: int = 0
    longest_write: float = 0
    longest_delivery: float = 0


class Session:
    """Clients of every kind on a server; faults happen one after the other."""

    def __init__(self, harness: Harness, node: NodeClients, seed: int, pace: float) -> None:
        self.harness = harness
        self.load = Load(harness, node, seed, pace)
        self.tallies: dict[str, Tally] = defaultdict(Tally)
        # It does not use the proxy: what it posts shows how soon the others work again.
        where = harness.checker, harness.rooms
        self.beacon = RestPoster(harness.server, "beacon", *where, seed, pace)

    def run(self, steps: Iterable[Step]) -> list[Violation]:
        """Provoke all faults, then compare; return all violations."""
        try:
            for step in steps:
                self._run_step(step)
            self.load.stop_posting()
            self._deliver()
        finally:
            self.load.stop()
        self.harness.server.restart(kill=True)
        self._check_database()
        self._check_log()
        return self.harness.checker.finish(self.history())

    def history(self) -> list[Message]:
        """Return all messages of all rooms."""
        world = self.harness.world
        return [message for room in self.harness.rooms for message in world.history(room)]

    def _run_step(self, step: Step) -> None:
        print(f"{', '.join(fault.name for fault in step.faults)}: {step.hold:.2f} s", flush=True)
        goal = self.load.acknowledged + step.messages
        wait_until(lambda: self._has_acknowledged(goal), 60, "acknowledgements")
        refused = self.load.refused
        self._provoke(step)
        ended = monotonic()
        self.harness.recover()
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
                faults.enter_context(fault.act(self.harness, moments))
            Event().wait(step.hold)

    def _deliver(self) -> tuple[float, float]:
        """Post in all rooms and wait until all clients have it; return when both had happened."""
        posted = [self.beacon.post(room) for room in self.harness.rooms]
        written = monotonic()
        while missing := self.load.missing(posted):
            self.load.check()
            if monotonic() - written > RECOVERY_SECONDS:
                for listener in missing:
                    self.harness.checker.report(checker.STUCK, listener.name, f"{posted}")
                raise AssertionError(f"not recovered: {self.harness.checker.violations}")
            Event().wait(0.005)
        return written, monotonic()

    def _check_database(self) -> None:
        with closing(sqlite3.connect(self.harness.database)) as database:
            ((found,),) = database.execute("PRAGMA integrity_check")
        if found != "ok":
            self.harness.checker.report(checker.CHANGED, "database", found)

    def _check_log(self) -> None:
        """Check that the server met no error that it did not expect."""
        head, *traces = self.harness.server.log.split("Traceback (most recent call last):")
        for before, trace in zip([head, *traces], traces, strict=False):
            what = f"{before[-200:]}...{trace[:2000]}"
            self.harness.checker.report(checker.UNEXPECTED, "server", what)
