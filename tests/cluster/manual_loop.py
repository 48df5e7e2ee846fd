"""A loop and a log without a server, for the tests of one node's parts."""

from collections.abc import Callable
from typing import Any

import psycopg

from me_api.cluster.rings import Ring

FAILURE = psycopg.OperationalError("the server is gone")
BUG = ValueError("a bug")


class ManualLoop:
    """A loop whose functions run when the test says so."""

    def __init__(self) -> None:
        self.spawned: list[Callable[[], Any]] = []
        self.later: list[tuple[float, Callable[[], Any]]] = []

    def spawn(self, function: Callable[..., Any], *args: Any) -> None:
        self.spawned.append(lambda: function(*args))

    def call_later(self, seconds: float, function: Callable[..., Any], *args: Any) -> None:
        self.later.append((seconds, lambda: function(*args)))

    def run(self) -> None:
        """Run what was spawned, and what is spawned by that."""
        while self.spawned:
            self.spawned.pop(0)()


class FakeLog:
    """A log that reads up to `head`, or raises the next of its `errors`."""

    epoch = "epoch"

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.delivered = self.head = 0
        self.is_current = False
        self.reads = 0
        self.noted: list[Ring] = []

    def catch_up(self) -> None:
        self.reads += 1
        if self.errors:
            raise self.errors.pop(0)
        self.delivered = self.head

    def note(self, ring: Ring) -> None:
        self.noted.append(ring)

    def on_commit(self, handler: object) -> None: ...
