"""Reading what other nodes have committed, also while the database fails; in this process."""

from typing import Any
from unittest.mock import Mock

import pytest

from me_api.cluster import doorbell as doorbells
from me_api.cluster import rings
from me_api.cluster.doorbell import CHANNEL, REDIS_GATHER_SECONDS, Doorbell
from me_api.cluster.native_connection import GATHER_SECONDS
from me_api.cluster.rings import Ring
from tests.cluster.manual_loop import BUG, FAILURE, FakeLog, ManualLoop


@pytest.fixture
def loop() -> ManualLoop:
    return ManualLoop()


class Bell:
    """A doorbell of node a whose connection is open; node b rings."""

    def __init__(self, loop: ManualLoop, *errors: Exception, bus: Any = None) -> None:
        self.loop, self.log = loop, FakeLog(*errors)
        self.doorbell = Doorbell(loop, Mock(), "a", bus)  # type: ignore[arg-type]
        self.gather_seconds = self.doorbell.connection._gather_seconds
        self.doorbell.connection = Mock(is_open=True)
        self.doorbell.start(self.log)  # type: ignore[arg-type]

    def ring(self, head: int) -> None:
        """Announce a commit of node b, and do what follows."""
        self.log.head = head
        ring = Ring(head - 1, head, 0, 0, "b")
        self.doorbell._notified(CHANNEL, ring.encode())
        self.loop.run()


def test_a_ring_for_which_nothing_can_be_read_is_left_to_the_next(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bell = Bell(loop, FAILURE, FAILURE)
    for head in (1, 2):
        bell.ring(head)
    assert (bell.log.delivered, bell.log.reads) == (0, 2)
    assert caplog.text.count("the log cannot be read for a ring: the server is gone") == 1
    monkeypatch.setattr(doorbells, "monotonic", lambda: 1e9)  # Reads are some time apart.
    bell.ring(3)
    assert bell.log.delivered == 3


def test_a_bug_while_it_reads_leaves_the_doorbell_working(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell = Bell(loop, BUG)
    with pytest.raises(ValueError, match="a bug"):
        bell.ring(1)
    monkeypatch.setattr(doorbells, "monotonic", lambda: 1e9)
    bell.ring(2)
    assert bell.log.delivered == 2


def test_what_is_no_ring_of_this_version_or_epoch_is_ignored(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    bell = Bell(loop)
    ring = Ring(0, 1, 0, 0, "b", ("entry",))
    bell.doorbell._notified(CHANNEL, "no ring")
    bell.doorbell._carried("another", "b", ring.encode_with_entries())
    with monkeypatch.context() as later:
        later.setattr(rings, "VERSION", rings.VERSION + 1)
        announced, carried = ring.encode(), ring.encode_with_entries()
    bell.doorbell._notified(CHANNEL, announced)
    bell.doorbell._carried("epoch", "b", carried)
    assert bell.log.noted == [] and loop.spawned == []
    bell.doorbell._carried("epoch", "b", ring.encode_with_entries())
    assert [noted.process for noted in bell.log.noted] == ["b"]


def test_a_listener_without_heartbeats_is_replaced_unless_the_loop_is_late(
    loop: ManualLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr(doorbells, "monotonic", lambda: now)
    bell = Bell(loop)
    restart = bell.doorbell.connection.restart
    bell.doorbell._opened()
    # After a pause, the timer runs before what has arrived is read.
    for now, restarts in ((101, 0), (102, 0), (132, 0), (133, 1), (134, 2), (164, 2)):
        _, look = loop.later.pop()
        look()
        assert restart.call_count == restarts, now
    bell.doorbell._notified(bell.doorbell._heartbeat_channel, "")
    now = 165
    loop.later.pop()[1]()
    assert restart.call_count == 2


def test_while_redis_carries_commits_notifications_seldom_wake_the_loop(loop: ManualLoop) -> None:
    bus = Mock(is_up=True)
    bell = Bell(loop, bus=bus)
    assert bell.gather_seconds() == REDIS_GATHER_SECONDS
    loop.later.clear()
    bell.log.delivered = 1
    bell.ring(1)  # Redis has been faster.
    assert loop.later == []
    assert [ring.head for ring in bell.log.noted] == [1]
    bell.ring(2)
    assert len(loop.later) == 1 and bell.log.reads == 0
    bus.is_up = False
    assert bell.gather_seconds() == GATHER_SECONDS
    bell.ring(3)
    assert bell.log.reads == 1
    assert Bell(loop).gather_seconds() == GATHER_SECONDS
