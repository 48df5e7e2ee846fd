"""What all clients that receive have in common."""

from contextlib import suppress
from threading import Event
from typing import Any

from tests.faults import checker
from tests.faults.checker import Checker
from tests.faults.clients import LOST, Address, is_passing, pause_after
from tests.support.http import HttpClient


class Listener:
    """Receives everything in its rooms, on one connection after the other."""

    kind = ""

    def __init__(
        self, address: Address, collected: Checker, rooms: list[str], name: str = ""
    ) -> None:
        self.name = name or self.kind
        self.rooms = rooms
        self.connections = 0
        self.epoch = ""
        self.cursor = 0
        self.server = HttpClient("127.0.0.1", address.port)
        self.checker = collected
        collected.add_client(self.name, rooms)

    def run(self, stop: Event) -> None:
        """Receive until `stop` is set."""
        failures = 0
        while not stop.is_set():
            before = self.connections
            with suppress(*LOST):
                self.listen(stop)
            failures = failures + 1 if self.connections == before else 1
            stop.wait(pause_after(failures))

    def listen(self, stop: Event) -> None:
        """Receive over one connection until it is lost, or until `stop` is set."""
        raise NotImplementedError

    def take(self, message: Any) -> None:
        """Receive a message; the cursor moves to it."""
        self.checker.receive(self.name, message)
        self.cursor = max(self.cursor, message["rev"])

    def refused(self, status: int, body: Any) -> None:
        """Check that a refusal is one that passes."""
        if not is_passing(body) or body["errors"][0]["status"] != status:
            what = f"from {self.cursor}: {status} {body}"
            self.checker.report(checker.UNEXPECTED, self.name, what)
