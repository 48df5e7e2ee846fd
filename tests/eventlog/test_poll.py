"""The poll: what other processes have written is published, and the files are looked at."""

from unittest.mock import Mock

import pytest
from sqlalchemy.exc import OperationalError

from me_api.eventlog import EventLog, poll
from tests.eventlog.conftest import Subscribe
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess


def test_polling_publishes_changes_of_another_process(
    subscribe: Subscribe,
    loop: StoppableLoop,
    log: EventLog,
    other_process: OtherProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poll, "POLL_SECONDS", 0.01)
    poll.LogPoll(loop, log).start()
    _, sink = subscribe()
    other_process.write()
    loop.wait_until(lambda: sink.revs == [1])
    other_process.write()
    loop.wait_until(lambda: sink.revs == [1, 2])
    assert log.delivered == 2


def test_polling_continues_after_a_database_error(
    subscribe: Subscribe,
    loop: StoppableLoop,
    log: EventLog,
    other_process: OtherProcess,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(poll, "POLL_SECONDS", 0.01)
    broken = Mock(side_effect=OperationalError("", {}, Exception("disk I/O error")))
    with monkeypatch.context() as patch:
        patch.setattr(log.source, "read_position", broken)
        poll.LogPoll(loop, log).start()
        loop.wait_until(lambda: broken.call_count > 2)
    _, sink = subscribe()
    other_process.write()
    loop.wait_until(lambda: sink.revs == [1])


@pytest.mark.sqlite
def test_polling_looks_at_the_files_though_the_log_cannot_be_read(
    loop: StoppableLoop, log: EventLog, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The files may be why it cannot be read."""
    monkeypatch.setattr(poll, "POLL_SECONDS", 0.01)
    broken = Mock(side_effect=OperationalError("", {}, Exception("disk I/O error")))
    looked = Mock(side_effect=log.monitor.look)
    monkeypatch.setattr(log.source, "read_position", broken)
    monkeypatch.setattr(log.monitor, "look", looked)
    poll.LogPoll(loop, log).start()
    loop.wait_until(lambda: broken.call_count > 2)
    assert looked.call_count > 2
