"""What starts events, and what they wait for, in this process."""

from collections.abc import Callable
from contextvars import copy_context

import eventlet
import pytest
from eventlet import hubs

from me_api.transport.connection.dispatch import EventQueue
from tests.transport.socket_pairs import turn_until

Start = Callable[[Callable[[], object]], None]


class Counter:
    """Counts as a socket does."""

    def __init__(self) -> None:
        self.in_flight = 0

    def event_done(self) -> None:
        self.in_flight -= 1


def from_the_hub(act: Callable[[], object]) -> None:
    """Call something in the hub's own greenlet, as a socket that is readable does."""
    done: list[bool] = []

    def called() -> None:
        act()
        done.append(True)

    hubs.get_hub().schedule_call_global(0, called)
    turn_until(lambda: bool(done))


def here(act: Callable[[], object]) -> None:
    """Call something in this greenlet, as a poll does."""
    act()


@pytest.fixture(params=[here, from_the_hub])
def start(request: pytest.FixtureRequest) -> Start:
    """Give each way in which events are started: by a poll's greenlet, or by the hub."""
    chosen: Start = request.param
    return chosen


@pytest.fixture
def counter() -> Counter:
    """Count the events of one connection."""
    return Counter()


@pytest.fixture
def lane(counter: Counter) -> EventQueue:
    """Make a lane that is not open yet."""
    return EventQueue(counter, copy_context())


@pytest.fixture
def notes() -> list[str]:
    """Note what happens, in order."""
    return []


class Disk:
    """Something to wait for."""

    def __init__(self) -> None:
        self._written = eventlet.Event()

    def wait(self) -> object:
        return self._written.wait()

    def write(self, what: object = None) -> None:
        self._written.send(what)
