"""The committer on a failing disk: no writer gets a result unless its change is stored."""

import pytest

from me_api.errors import StorageUnavailable
from me_api.storage import engines
from tests.eventlog.conftest import Bench
from tests.eventlog.example_feature import Crash, Note, Refused, Twin
from tests.eventlog.loops import StoppableLoop
from tests.eventlog.other_process import OtherProcess
from tests.support.databases import DATABASE
from tests.support.wait import WAIT_SECONDS

BIG = "x" * 200_000
STEPS = ["BEGIN", "SELECT", "INSERT", "UPDATE log", "COMMIT"]
if DATABASE == "postgresql":
    # Its other statements, and its locks, are tested in `tests/writers`.
    STEPS = ["INSERT", "COMMIT"]


def stored(other_process: OtherProcess) -> set[int]:
    return {key for topic, key in other_process.notes() if topic == "note:a"}


def failed(outcomes: list[object]) -> list[bool]:
    return [isinstance(outcome, StorageUnavailable) for outcome in outcomes]


@pytest.mark.parametrize("step", STEPS)
def test_a_failing_disk_fails_the_batch_and_stores_nothing(
    bench: Bench, other_process: OtherProcess, step: str
) -> None:
    bench.submit(Note(key=0))
    gate, waiting = bench.hold(Note(key=1), Refused(), Twin(key=2), Note(key=3))
    bench.faults.failing.add(step)
    gate.opened.set()
    assert failed(waiting.wait()) == [True] * 4
    assert stored(other_process) == {0}
    assert other_process.head() == len(other_process.notes())


@pytest.mark.parametrize("step", STEPS)
def test_commits_succeed_again_when_the_disk_recovers(
    bench: Bench, other_process: OtherProcess, step: str
) -> None:
    bench.faults.failing.add(step)
    assert failed([bench.submit(Note())]) == [True]
    bench.faults.failing.clear()
    assert bench.submit(Note()) == 1
    assert other_process.head() == 1


def test_the_error_contains_the_database_error(bench: Bench) -> None:
    bench.faults.failing.add("COMMIT")
    error = bench.submit(Note())
    assert (error.status, error.code) == (503, "storage_unavailable")
    assert "disk I/O error" in error.detail


@pytest.mark.sqlite
def test_a_disk_that_fills_up_during_a_batch_stores_nothing(
    bench: Bench, other_process: OtherProcess
) -> None:
    bench.faults.pages = pages(other_process) + 10
    outcomes = bench.batch(Note(key=1), Note(key=2, text=BIG), Note(key=3), Note(key=4))
    assert failed(outcomes) == [True] * 4
    assert stored(other_process) == set()
    assert other_process.head() == 1, "the gate's own"


@pytest.mark.sqlite
def test_a_disk_that_fills_up_while_a_batch_is_retried_fails_the_rest(
    bench: Bench, other_process: OtherProcess
) -> None:
    bench.faults.pages = pages(other_process) + 10
    outcomes = bench.batch(Note(key=1), Crash(key=2), Note(key=3, text=BIG), Note(key=4))
    assert outcomes[0] == 2
    assert isinstance(outcomes[1], ZeroDivisionError)
    assert failed(outcomes[2:]) == [True, True]
    assert stored(other_process) == {1}


@pytest.mark.sqlite
def test_commits_succeed_again_when_there_is_space(
    bench: Bench, other_process: OtherProcess
) -> None:
    bench.faults.pages = pages(other_process) + 10
    assert failed([bench.submit(Note(key=1, text=BIG))]) == [True]
    bench.faults.pages = None
    assert bench.submit(Note(key=1, text=BIG)) == 1


@pytest.fixture
def impatient_bench(monkeypatch: pytest.MonkeyPatch, loop: StoppableLoop, database: str) -> Bench:
    """Create a committer that waits a tenth of a second for a lock."""
    monkeypatch.setattr(engines, "WRITE_TIMEOUT", 0.1)
    return Bench(loop, database)


@pytest.mark.sqlite
def test_a_lock_of_another_process_is_waited_for(
    loop: StoppableLoop, database: str, other_process: OtherProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "WRITE_TIMEOUT", WAIT_SECONDS)
    bench = Bench(loop, database)
    bench.submit(Note(key=1))
    other_process.lock()
    waiting = bench.loop.start([lambda: bench.committer.submit(Note(key=2))])
    bench.loop.wait_until(lambda: bench.faults.statements[-1].startswith("BEGIN"))
    assert not waiting.ended
    other_process.unlock()
    assert waiting.wait() == [2]
    loop.together(bench.committer.close)


@pytest.mark.sqlite
def test_a_lock_held_too_long_fails_the_batch_only(
    impatient_bench: Bench, other_process: OtherProcess
) -> None:
    other_process.lock()
    notes = [Note(key=1), Note(key=2), Refused()]
    outcomes = impatient_bench.loop.together(
        *[lambda note=note: impatient_bench.committer.submit(note) for note in notes]
    )
    assert failed(outcomes) == [True] * 3
    assert "lock" in outcomes[0].detail
    other_process.unlock()
    assert impatient_bench.submit(Note(key=1)) == 1
    impatient_bench.loop.together(impatient_bench.committer.close)


@pytest.mark.sqlite
def test_a_read_only_database_fails_with_its_error(
    loop: StoppableLoop, database: str, other_process: OtherProcess
) -> None:
    bench = Bench(loop, f"{database.replace(':///', ':///file:')}?mode=ro&uri=true")
    error = bench.submit(Note())
    assert isinstance(error, StorageUnavailable)
    assert "readonly" in error.detail
    assert other_process.head() == 0
    loop.together(bench.committer.close)


def pages(other_process: OtherProcess) -> int:
    """Return the number of pages of the database."""
    count: int = other_process.connection.execute("PRAGMA page_count").fetchone()[0]
    return count
