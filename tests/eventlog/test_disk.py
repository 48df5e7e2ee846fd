"""The committer and a disk that fails: nobody is told ok who was not stored."""

from pathlib import Path

import pytest

from me_api.errors import StorageUnavailable
from me_api.storage import engines
from tests.eventlog.conftest import Bench
from tests.eventlog.example_feature import Crash, Elsewhere, Note, Refused, Twin
from tests.eventlog.loops import StoppableLoop

BIG = "x" * 200_000
STEPS = ["BEGIN", "SELECT", "INSERT", "UPDATE log", "COMMIT"]


def stored(elsewhere: Elsewhere) -> set[int]:
    return {key for topic, key in elsewhere.notes() if topic == "note:a"}


def failed(outcomes: list[object]) -> list[bool]:
    return [isinstance(outcome, StorageUnavailable) for outcome in outcomes]


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_disk_fails_all_and_stores_nothing(
    bench: Bench, elsewhere: Elsewhere, step: str
) -> None:
    bench.submit(Note(key=0))
    gate, waiting = bench.hold(Note(key=1), Refused(), Twin(key=2), Note(key=3))
    bench.sabotage.failing.add(step)
    gate.opened.set()
    assert failed(waiting.wait()) == [True] * 4
    assert stored(elsewhere) == {0}
    assert elsewhere.head() == len(elsewhere.notes())


@pytest.mark.parametrize("step", STEPS)
def test_it_works_again_when_the_disk_does(bench: Bench, elsewhere: Elsewhere, step: str) -> None:
    bench.sabotage.failing.add(step)
    assert failed([bench.submit(Note())]) == [True]
    bench.sabotage.failing.clear()
    assert bench.submit(Note()) == 1
    assert elsewhere.head() == 1


def test_the_error_says_what_the_disk_said(bench: Bench) -> None:
    bench.sabotage.failing.add("COMMIT")
    error = bench.submit(Note())
    assert (error.status, error.code) == (503, "storage_unavailable")
    assert "disk I/O error" in error.detail


def test_a_disk_full_in_the_middle_of_a_batch_stores_nothing(
    bench: Bench, elsewhere: Elsewhere
) -> None:
    bench.sabotage.pages = pages(elsewhere) + 10
    outcomes = bench.batch(Note(key=1), Note(key=2, text=BIG), Note(key=3), Note(key=4))
    assert failed(outcomes) == [True] * 4
    assert stored(elsewhere) == set()
    assert elsewhere.head() == 1, "the gate's own"


def test_a_disk_full_while_a_batch_is_redone_fails_the_rest(
    bench: Bench, elsewhere: Elsewhere
) -> None:
    bench.sabotage.pages = pages(elsewhere) + 10
    outcomes = bench.batch(Note(key=1), Crash(key=2), Note(key=3, text=BIG), Note(key=4))
    assert outcomes[0] == 2
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert failed(outcomes[2:]) == [True, True]
    assert stored(elsewhere) == {1}


def test_room_on_the_disk_again_is_enough(bench: Bench, elsewhere: Elsewhere) -> None:
    bench.sabotage.pages = pages(elsewhere) + 10
    assert failed([bench.submit(Note(key=1, text=BIG))]) == [True]
    bench.sabotage.pages = None
    assert bench.submit(Note(key=1, text=BIG)) == 1


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch, loop: StoppableLoop, database: Path) -> Bench:
    """Make a committer that waits a tenth of a second for a lock."""
    monkeypatch.setattr(engines, "WRITE_PATIENCE", 0.1)
    return Bench(loop, f"sqlite:///{database}")


def test_a_database_locked_by_another_is_waited_for(bench: Bench, elsewhere: Elsewhere) -> None:
    bench.submit(Note(key=1))
    elsewhere.connection.execute("BEGIN IMMEDIATE")
    waiting = bench.loop.start([lambda: bench.committer.submit(Note(key=2))])
    bench.loop.wait_until(lambda: bench.sabotage.statements[-1].startswith("BEGIN"))
    assert not waiting.ended
    elsewhere.connection.execute("ROLLBACK")
    assert waiting.wait() == [2]


def test_a_database_locked_for_too_long_fails_all_and_then_works(
    impatient: Bench, elsewhere: Elsewhere
) -> None:
    elsewhere.connection.execute("BEGIN IMMEDIATE")
    notes = [Note(key=1), Note(key=2), Refused()]
    outcomes = impatient.loop.together(
        *[lambda note=note: impatient.committer.submit(note) for note in notes]
    )
    assert failed(outcomes) == [True] * 3
    assert "locked" in outcomes[0].detail
    elsewhere.connection.execute("ROLLBACK")
    assert impatient.submit(Note(key=1)) == 1
    impatient.loop.together(impatient.committer.close)


def test_a_database_that_is_read_only_says_so(
    loop: StoppableLoop, database: Path, elsewhere: Elsewhere
) -> None:
    bench = Bench(loop, f"sqlite:///file:{database}?mode=ro&uri=true")
    error = bench.submit(Note())
    assert isinstance(error, StorageUnavailable)
    assert "readonly" in error.detail
    assert elsewhere.head() == 0
    loop.together(bench.committer.close)


def pages(elsewhere: Elsewhere) -> int:
    """Count the pages that the database has now."""
    count: int = elsewhere.connection.execute("PRAGMA page_count").fetchone()[0]
    return count
