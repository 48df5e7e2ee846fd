"""The contexts in which event handlers are started, and what they wait for, in this process."""

from collections.abc import Callable
from contextvars import copy_context

import eventlet
import pytest
from eventlet import hubs

from me_api.transport.connection.dispatch import EventQueue
from tests.transport.socket_pairs import turn_until

Start = Callable[[Callable[[], object]], None]


class Counter:
    """Stands in for a connection: counts its events in flight."""

    def __init__(self) -> None:
        self.in_flight = 0

    def event_done(self) -> None:
        self.in_flight -= 1


def from_the_hub(act: Callable[[], object]) -> None:
    """Call a function in the hub's own greenlet, as for a readable socket."""
    done: list[bool] = []

    def called() -> None:
        act()
        done.append(True)

    hubs.get_hub().schedule_call_global(0, called)
    turn_until(lambda: bool(done))


def here(act: Callable[[], object]) -> None:
    """Call a function in this greenlet, as for a poll."""
    act()


@pytest.fixture(params=[here, from_the_hub])
def start(request: pytest.FixtureRequest) -> Start:
    """Return each way of starting a handler: in a poll's greenlet, or in the hub's."""
    chosen: Start = request.param
    return chosen


@pytest.fixture
def counter() -> Counter:
    return Counter()


@pytest.fixture
def queue(counter: Counter) -> EventQueue:
    """Return an event queue that is not open yet."""
    return EventQueue(counter, copy_context())


@pytest.fixture
def notes() -> list[str]:
    """Return the list in which a test records what happens, in order."""
    return []


class Disk:
    """An event that handlers wait for, as they wait for the disk."""

    def __init__(self) -> None:
        self._written = eventlet.Event()

    def wait(self) -> object:
        return self._written.wait()

    def write(self, what: object = None) -> None:
        self._written.send(what)
