"""Long-polls: requests for changes that wait for the first."""

from typing import NamedTuple

from me_api.concurrency import Event
from me_api.eventlog import EventLog
from tests.eventlog.conftest import Write
from tests.eventlog.example_feature import Note
from tests.eventlog.loops import StoppableLoop


class Seconds(NamedTuple):
    """A wait of some seconds."""

    seconds: float

    def wait(self, event: Event) -> None:
        event.wait(self.seconds)


class Broken:
    """A wait that ends with an error."""

    def wait(self, event: Event) -> None:
        raise ZeroDivisionError


def test_a_long_poll_ends_with_the_first_change(
    loop: StoppableLoop, log: EventLog, write: Write
) -> None:
    waiting = loop.start([lambda: log.changes("note:a", 0, 10, Seconds(30))])
    loop.turn()
    write(Note("note:b"))
    assert not waiting.ended, "a change of another topic does not wake it"
    write(Note("note:a"))
    page = waiting.wait()[0]
    assert [entry.rev for entry in page.entries] == [2]
    assert (page.upto, page.more) == (2, False)


def test_a_long_poll_without_a_change_returns_an_empty_page(
    loop: StoppableLoop, log: EventLog
) -> None:
    page = loop.together(lambda: log.changes("note:a", 0, 10, Seconds(0.01)))[0]
    assert (page.entries, page.upto, page.more) == ([], 0, False)


def test_a_long_poll_is_removed_however_it_ends(loop: StoppableLoop, log: EventLog) -> None:
    for client_wait in (Seconds(0.01), Broken()):
        loop.together(lambda wait=client_wait: log.changes("note:a", 0, 10, wait))
        assert (log.long_polls, len(log.tail._live)) == (0, 0)


def test_cancel_wakes_all_long_polls_for_good(loop: StoppableLoop, log: EventLog) -> None:
    waiting = loop.start([lambda: log.changes("note:a", 0, 10, Seconds(30))] * 3)
    loop.wait_until(lambda: log.long_polls == 3)
    log.cancel_long_polls()
    assert [page.upto for page in waiting.wait()] == [0] * 3
    loop.together(lambda: log.changes("note:a", 0, 10, Seconds(30)))
    assert log.long_polls == 0
