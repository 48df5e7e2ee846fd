"""Recording which sessions are connected, while nothing can be stored; in this process."""

from typing import Any

import pytest

from me_api.errors import StorageUnavailable
from me_api.recovery import heartbeat as heartbeats
from me_api.recovery.changes import EndSessions
from me_api.recovery.heartbeat import SessionHeartbeat
from tests.cluster.manual_loop import ManualLoop


class FakeLog:
    """Records what is committed, unless it fails."""

    def __init__(self) -> None:
        self.fails = False
        self.committed: list[Any] = []

    def commit(self, change: Any) -> None:
        if self.fails:
            raise StorageUnavailable("Nothing was stored: the disk is full.")
        self.committed.append(change)


class FakeRecovery:
    """Makes a change of the sessions that are connected: a list of them."""

    refresh = 5

    def touch(self, pids: list[str]) -> list[str]:
        return pids


class World:
    """A heartbeat, and what it works with."""

    def __init__(self, *connected: str) -> None:
        self.loop, self.log = ManualLoop(), FakeLog()
        parts: Any = self.loop, self.log, FakeRecovery(), lambda: connected
        self.heartbeat = SessionHeartbeat(*parts, node=None)

    @property
    def ended(self) -> list[tuple[str, ...]]:
        """The sessions that were ended on disk."""
        return [one.pids for one in self.log.committed if isinstance(one, EndSessions)]


def test_a_session_that_could_not_be_ended_is_ended_later_and_not_resumed_meanwhile(
    caplog: pytest.LogCaptureFixture,
) -> None:
    world = World()
    world.log.fails = True
    world.heartbeat.end_session("a")
    world.loop.run()
    assert "a session was not ended on disk yet: Nothing was stored" in caplog.text
    world.heartbeat.record()
    assert "who is connected was not noted: Nothing was stored" in caplog.text
    assert (world.heartbeat.ended, world.ended) == ({"a"}, [])
    world.log.fails = False
    world.heartbeat.end_session("b")
    world.heartbeat.record()
    assert [sorted(pids) for pids in world.ended] == [["a", "b"]]
    assert world.heartbeat.ended == set()


def test_many_are_recorded_in_batches(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heartbeats, "MAX_BATCH", 2)
    world = World("a", "b", "c")
    world.heartbeat.start()
    assert world.log.committed == [["a", "b"], ["c"]]
    assert [seconds for seconds, _ in world.loop.later] == [FakeRecovery.refresh]
    world.log.committed.clear()
    world.heartbeat.ended.update("def")
    world.heartbeat.record()
    assert sorted("".join(map("".join, world.ended))) == ["d", "e", "f"]
    assert [len(pids) for pids in world.ended] == [2, 1]


def test_sessions_that_have_expired_are_deleted_although_nobody_is_connected() -> None:
    world = World()
    world.heartbeat.record()
    assert world.log.committed == [[]]
