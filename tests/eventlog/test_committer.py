"""Group commit: one transaction for all queued changes, one outcome for each."""

import logging
import threading
from functools import partial

import pytest
from eventlet import patcher
from sqlalchemy import Engine
from sqlalchemy.exc import DBAPIError, IntegrityError

from me_api.errors import Conflict
from tests.eventlog.conftest import Bench
from tests.eventlog.example_feature import Crash, Note, Orphan, Refused, Twin
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess

BAD = [
    pytest.param(Refused, Conflict, id="refused"),
    pytest.param(Twin, IntegrityError, id="breaks a constraint"),
    pytest.param(Orphan, IntegrityError, id="breaks a constraint at COMMIT"),
    pytest.param(Crash, ZeroDivisionError, id="has a bug"),
]


def test_a_change_is_on_disk_when_submit_returns(bench: Bench, other_process: OtherProcess) -> None:
    assert bench.submit(Note(text="hej")) == 1
    assert other_process.notes()["note:a", 1]["text"] == "hej"
    assert other_process.head() == 1


def test_queued_changes_are_committed_in_one_transaction(
    bench: Bench, other_process: OtherProcess
) -> None:
    notes = [Note(key=key) for key in range(50)]
    revs = bench.batch(*notes)
    assert revs == list(range(2, 52))
    assert len({id(note.transaction) for note in notes}) == 1
    assert len(bench.commits) == 2, "the gate's own transaction, and one for the fifty"
    assert other_process.head() == 51


class Patient(Note):
    """A note that no author waits for."""

    deferred = True


def test_deferred_changes_are_committed_after_the_others(bench: Bench) -> None:
    """Posts wait neither for the removal of old messages, nor for its transaction."""
    revs = bench.batch(Patient(key=1), Note(key=2), Patient(key=3), Note(key=4))
    assert revs == [4, 2, 5, 3]
    assert [len(commit.changes) for commit in bench.commits] == [1, 2, 2]


def test_the_changes_of_a_turn_are_committed_in_one_transaction(bench: Bench) -> None:
    """The first was committed alone, and the others waited for that."""
    bench.submit(Note(key=0))
    give_way = patcher.original("time").sleep

    def submit(key: int) -> None:
        bench.committer.submit_nowait(Note(key=key))
        # The loop's thread waits, so that the committer's has time to begin too early.
        give_way(0.02)

    bench.loop.together(*[partial(submit, key) for key in (1, 2, 3)])
    bench.loop.wait_until(lambda: sum(len(commit.changes) for commit in bench.commits) == 4)
    assert [len(commit.changes) for commit in bench.commits] == [1, 3]


@pytest.mark.sqlite
def test_every_commit_is_synced_to_the_disk(bench: Bench) -> None:
    bench.submit(Note())
    with bench.engine.connect() as connection:
        settings = [
            connection.exec_driver_sql(f"PRAGMA {name}").scalar_one()
            for name in ("journal_mode", "synchronous", "foreign_keys")
        ]
    assert settings == ["wal", 2, 1]


def test_each_writer_gets_its_own_result(bench: Bench) -> None:
    outcomes = bench.batch(Note(key=1), Refused(), Note(key=2), Refused(), Note(key=3))
    assert outcomes[0::2] == [2, 3, 4]
    assert [error.code for error in outcomes[1::2]] == ["refused", "refused"]


@pytest.mark.parametrize(("bad", "error"), BAD)
def test_one_bad_change_does_not_fail_the_others(
    bench: Bench, other_process: OtherProcess, bad: type[Note], error: type[Exception]
) -> None:
    outcomes = bench.batch(Note(key=1), bad(key=99), Note(key=2), bad(key=98), Note(key=3))
    assert [type(outcomes[1]), type(outcomes[3])] == [error, error]
    assert outcomes[0::2] == [2, 3, 4], "revs are assigned in order, without gaps"
    stored = {key for topic, key in other_process.notes() if topic == "note:a"}
    assert stored == {1, 2, 3}
    assert other_process.head() == 4


@pytest.mark.parametrize(("bad", "error"), BAD)
def test_a_failure_leaves_no_gap(bench: Bench, bad: type[Note], error: type[Exception]) -> None:
    assert bench.submit(Note(key=1)) == 1
    assert isinstance(bench.submit(bad(key=2)), error)
    assert bench.submit(Note(key=3)) == 2


def test_writers_are_woken_in_the_order_of_their_changes(bench: Bench, loop: StoppableLoop) -> None:
    changes = [Note(key=key) for key in range(20)]
    greenlets = loop.start([lambda c=change: bench.committer.submit(c) for change in changes])
    revs = greenlets.wait()
    assert revs == sorted(revs)
    assert greenlets.ended == list(range(20))


def test_on_commit_is_called_before_writers_are_woken(bench: Bench, loop: StoppableLoop) -> None:
    def write() -> list[int]:
        bench.committer.submit(Note())
        return [commit.head for commit in bench.commits]

    assert loop.together(write) == [[1]]


def test_the_head_is_never_cached(bench: Bench, other_process: OtherProcess) -> None:
    assert bench.submit(Note(key=1)) == 1
    assert other_process.write(key=2) == 2
    assert bench.submit(Note(key=3)) == 3
    assert (bench.commits[-1].before, bench.commits[-1].head) == (2, 3)


def test_the_head_does_not_move_without_a_new_position(
    bench: Bench, other_process: OtherProcess
) -> None:
    bench.submit(Refused())
    assert other_process.head() == 0
    assert not [text for text in bench.faults.statements if text.startswith("UPDATE log")]


def test_submit_nowait_stores_the_change_or_logs_its_failure(
    bench: Bench, other_process: OtherProcess, caplog: pytest.LogCaptureFixture
) -> None:
    bench.committer.submit_nowait(Refused())
    bench.committer.submit_nowait(Note(key=1))
    assert bench.submit(Note(key=2)) == 2
    assert {key for _, key in other_process.notes()} == {1, 2}
    assert [record.getMessage() for record in caplog.records] == ["a change was not stored: no"]


def test_the_thread_does_not_need_the_lock_of_logging(bench: Bench) -> None:
    bench.submit(Note())
    outcomes: list[object] = []
    with logging._lock:  # type: ignore[attr-defined]
        outcomes += bench.batch(Note(key=1), Twin(key=2), Crash(key=3), Note(key=4))
        bench.faults.failing.add("COMMIT")
        outcomes += [bench.submit(Note(key=5))]
    assert [isinstance(outcome, Exception) for outcome in outcomes] == [
        False,
        True,
        True,
        False,
        True,
    ]


def test_the_thread_never_logs(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []
    monkeypatch.setattr(logging.Logger, "handle", lambda *_: threads.append(threading.get_ident()))
    bench.batch(Note(), Refused(), Twin(key=2), Crash(key=3))
    bench.faults.failing.add("COMMIT")
    bench.committer.submit_nowait(Note())
    bench.submit(Note())
    assert set(threads) == {threading.get_ident()}


@pytest.mark.sqlite
def test_the_log_is_locked_before_its_head_is_read(
    bench: Bench, other_process: OtherProcess
) -> None:
    gate, waiting = bench.hold(Note(key=2))
    other_process.wait_for_no_lock()
    with pytest.raises(bench.engine.dialect.loaded_dbapi.OperationalError, match="lock"):
        other_process.write(key=1)
    gate.opened.set()
    assert waiting.wait() == [2]


def test_readers_cannot_write(readers: Engine) -> None:
    with readers.connect() as connection, pytest.raises(DBAPIError, match=r"read-?only"):
        connection.exec_driver_sql("UPDATE log SET head = 7")
