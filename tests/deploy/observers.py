"""Clients that follow a room through a proxy."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from operator import itemgetter
from typing import Any

from tests.recovery.rest_reader import received
from tests.recovery.scenario import Message
from tests.support.events import EventLog
from tests.support.python_client import PythonClient
from tests.support.wait import WAIT_SECONDS, wait_until

OBSERVER_SECONDS = 2 * WAIT_SECONDS
"""How long an observer may take: the Python client may wait 30 s before it reconnects."""


class Observer(ABC):
    """Collects the messages of a room from a position on."""

    messages: list[Message]

    @abstractmethod
    def close(self) -> None:
        """Disconnect, and do not reconnect any more."""


@contextmanager
def observing() -> Iterator[list[Observer]]:
    """Close the observers that are added to the list, also when another cannot be opened."""
    opened: list[Observer] = []
    try:
        yield opened
    finally:
        with ExitStack() as closing:
            for observer in opened:
                closing.callback(observer.close)


class StockObserver(Observer):
    """A stock client that is in the room already. It is closed by the fixture that has made it."""

    def __init__(self, client: EventLog) -> None:
        self.client = client

    @property
    def messages(self) -> list[Message]:  # type: ignore[override]
        return received(self.client)

    def close(self) -> None:
        pass


class PythonObserver(Observer):
    """The Python client as docs/clients.md has it: on each connection it joins from its position.

    With TLS it loses its connection now and then, because it reads in one thread while it writes in
    another: https://github.com/miguelgrinberg/python-engineio/issues/461.
    """

    def __init__(self, url: str, room: str, transports: tuple[str, ...]) -> None:
        self._room = room
        self._joined: list[dict[str, Any]] = []
        self._python = PythonClient(url, transports=transports, on_connect=self._join)
        try:
            wait_until(lambda: self._joined, OBSERVER_SECONDS, "the Python client joining")
        except BaseException:
            self.close()
            raise

    @property
    def messages(self) -> list[Message]:  # type: ignore[override]
        """Return what was received, by position: each event is handled in a thread of its own."""
        events = received(self._python)
        revs = {message["rev"] for message in events}
        # A join may return what arrives while it is requested.
        missed = [m for joined in self._joined for m in joined["messages"] if m["rev"] not in revs]
        return sorted([*events, *missed], key=itemgetter("rev"))

    def close(self) -> None:
        self._python.close()

    def _join(self, client: PythonClient) -> None:
        since = {"since": self._joined[-1]["rev"]} if self._joined else {}
        client.emit("join", {"room": self._room, **since}, partial(self._on_joined, client))

    def _on_joined(self, client: PythonClient, answer: dict[str, Any]) -> None:
        self._joined.append(answer["data"])
        if answer["data"]["more"]:
            self._join(client)
