"""Closing the committer: what is queued is stored, and the thread ends."""

import pytest

from me_api.errors import StorageUnavailable
from me_api.eventlog.commit import Commit
from tests.eventlog.conftest import Bench
from tests.eventlog.example_feature import Note
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess


def test_close_commits_queued_changes(
    bench: Bench, loop: StoppableLoop, other_process: OtherProcess
) -> None:
    for key in range(600):
        bench.committer.submit_nowait(Note(key=key))
    loop.together(bench.committer.close)
    assert len(other_process.notes()) == 600
    assert bench.submit(Note(key=600)) == 601, "the committer can be used again"


def test_close_of_an_unused_committer_does_nothing(bench: Bench) -> None:
    bench.committer.close()
    assert not bench.commits


def test_a_change_that_comes_while_the_committer_closes_is_stored(
    bench: Bench, other_process: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It was queued for a thread that had ended, and waited for ever."""
    bench.submit(Note(key=1))
    late = [Note(key=2)]

    def submit_late(commit: Commit) -> None:
        if commit.changes[0].change is None and late:
            bench.committer.submit_nowait(late.pop())

    monkeypatch.setattr(bench.committer, "_on_commit", submit_late)
    bench.loop.together(bench.committer.close)
    assert ("note:a", 2) in other_process.notes()


def test_close_ends_although_what_fails_is_tried_again(
    bench: Bench, other_process: OtherProcess
) -> None:
    """While another process held the write lock, a server that received SIGTERM went on."""
    bench.submit(Note(key=1))
    bench.faults.failing.add("COMMIT")
    tries: list[Note] = []

    def try_again() -> None:
        for key in range(2, 99):
            tries.append(Note(key=key))
            try:
                bench.committer.submit(tries[-1])
            except StorageUnavailable:
                continue

    trying = bench.loop.start([try_again])
    bench.loop.together(bench.committer.close)
    attempts = [text for text in bench.faults.statements if text == "COMMIT"]
    assert len(attempts) <= 3 < len(tries)
    bench.faults.failing.clear()
    assert bench.submit(Note(key=99)) == 2, "the committer can be used again"
    trying.wait()
