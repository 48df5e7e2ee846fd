"""Worker processes: what they return, what they die of, and that nothing is left of them."""

import os
import signal
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from me_api.concurrency import WorkerLimits
from me_api.errors import WorkerFailed
from me_api.transport.worker_process import WorkerProcess
from tests.support.processes import children_of, wait_gone
from tests.support.wait import WAIT_SECONDS, wait_until

PATIENCE = 500
"""For how long a process may get little of a busy machine's processors."""
LIMITS = WorkerLimits(cpu_seconds=60, seconds=PATIENCE, memory=256 * 2**20)

PROGRAM = '''
import glob, os, time, pathlib

def call(text):
    """Do what the text says."""
    verb, _, rest = text.partition(" ")
    if verb == "touch":
        pathlib.Path(rest).touch()
        time.sleep(1000)
    return {
        "pid": lambda: str(os.getpid()),
        "repeat": lambda: "å€𝄞" * int(rest),
        "length": lambda: str(len(rest)),
        "fail": lambda: 1 / 0,
        "spin": lambda: [0 for _ in iter(int, 1)],
        "sleep": lambda: time.sleep(1000),
        "fill": lambda: str(len(bytearray(int(rest)))),
        "environment": lambda: " ".join(os.environ),
        "files": lambda: " ".join(map(os.path.realpath, glob.glob("/proc/self/fd/*"))),
    }[verb]()
'''

Make = Callable[[WorkerLimits], WorkerProcess]


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    """Create worker processes with other limits."""
    (tmp_path / "program.py").write_text(PROGRAM)
    made: list[WorkerProcess] = []

    def create(limits: WorkerLimits) -> WorkerProcess:
        made.append(WorkerProcess(tmp_path / "program.py", "call", limits))
        return made[-1]

    yield create
    for worker in made:
        worker.close()


@pytest.fixture
def worker(make: Make) -> WorkerProcess:
    return make(LIMITS)


def call(worker: WorkerProcess, text: str) -> str:
    """Return the result for one text, or raise its error."""
    (result,) = worker.call([text])
    if isinstance(result, WorkerFailed):
        raise result
    return result


def pid_of(worker: WorkerProcess) -> int:
    return int(call(worker, "pid"))


def test_one_process_started_by_the_first_call_returns_all_results(worker: WorkerProcess) -> None:
    before = children_of(os.getpid())
    pid = pid_of(worker)
    # In any order: process ids begin anew after the highest.
    assert sorted(children_of(os.getpid())) == sorted([*before, pid])
    assert call(worker, "repeat 1000000") == "å€𝄞" * 1_000_000
    assert call(worker, "repeat 0") == ""
    assert call(worker, "length " + "å€𝄞" * 1_000_000) == "3000000"
    assert pid_of(worker) == pid


def test_one_that_dies_of_an_error_is_replaced(
    worker: WorkerProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    pid = pid_of(worker)
    with pytest.raises(WorkerFailed) as caught:
        call(worker, "fail")
    assert (caught.value.status, caught.value.code) == (503, "worker_failed")
    assert "ZeroDivisionError" in capfd.readouterr().err
    wait_gone(pid)
    assert pid_of(worker) != pid


def test_many_texts_are_one_batch_in_their_order(worker: WorkerProcess) -> None:
    texts = ["repeat 1", "repeat 0", "length ", "length " + "å€𝄞" * 1_000_000, "repeat 1000000"]
    results = ["å€𝄞", "", "0", "3000000", "å€𝄞" * 1_000_000]
    assert worker.call(texts * 3) == results * 3


def test_of_a_batch_only_the_text_that_kills_it_fails(
    worker: WorkerProcess, capfd: pytest.CaptureFixture[str]
) -> None:
    pid = pid_of(worker)
    first, failed, last = worker.call(["length a", "fail", "repeat 1"])
    assert (first, last) == ("1", "å€𝄞")
    assert isinstance(failed, WorkerFailed)
    assert isinstance(failed.__cause__, OSError)
    assert "ZeroDivisionError" in capfd.readouterr().err
    assert pid_of(worker) != pid


def test_one_that_dies_while_idle_is_reaped_and_fails_no_call(worker: WorkerProcess) -> None:
    pid = pid_of(worker)
    os.kill(pid, signal.SIGKILL)
    wait_gone(pid)
    assert pid_of(worker) != pid


@pytest.mark.parametrize(
    ("limits", "text"),
    [
        (WorkerLimits(cpu_seconds=0.2, seconds=PATIENCE, memory=LIMITS.memory), "spin"),
        (LIMITS, f"fill {LIMITS.memory}"),
    ],
)
def test_one_that_exceeds_a_limit_is_killed(
    make: Make, limits: WorkerLimits, text: str, capfd: pytest.CaptureFixture[str]
) -> None:
    worker = make(limits)
    pid = pid_of(worker)
    with pytest.raises(WorkerFailed):
        call(worker, text)
    wait_gone(pid)
    assert call(worker, "fill 1000000") == "1000000"
    assert ("MemoryError" in capfd.readouterr().err) == text.startswith("fill")


def test_one_that_takes_too_long_is_killed(make: Make) -> None:
    before = children_of(os.getpid())
    with pytest.raises(WorkerFailed):
        call(make(WorkerLimits(cpu_seconds=60, seconds=0.2, memory=LIMITS.memory)), "sleep")
    assert children_of(os.getpid()) == before


def test_processor_time_is_limited_for_each_call(make: Make) -> None:
    worker = make(WorkerLimits(cpu_seconds=0.25, seconds=PATIENCE, memory=LIMITS.memory))
    pid = pid_of(worker)
    used = 0
    while used < 50:  # Clock ticks: half a second.
        call(worker, "repeat 300000")
        stat = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        used = int(stat[11]) + int(stat[12])
    assert pid_of(worker) == pid


def test_one_that_cannot_be_started_fails_the_call(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr("sys.executable", "/nowhere/python")
        with pytest.raises(WorkerFailed):
            call(worker, "pid")
    assert pid_of(worker)


def test_closing_ends_the_process_and_its_call(worker: WorkerProcess, tmp_path: Path) -> None:
    pid = pid_of(worker)
    caught: list[WorkerFailed] = []

    def touch() -> None:
        with pytest.raises(WorkerFailed) as error:
            call(worker, f"touch {tmp_path / 'begun'}")
        caught.append(error.value)

    thread = threading.Thread(target=touch)
    thread.start()
    wait_until((tmp_path / "begun").exists)
    worker.close()
    thread.join(WAIT_SECONDS)
    assert caught and pid not in children_of(os.getpid())
    worker.close()
    assert pid_of(worker) != pid


def test_closing_ends_a_batch(worker: WorkerProcess, tmp_path: Path) -> None:
    before = children_of(os.getpid())
    results: list[str | WorkerFailed] = []
    texts = [f"touch {tmp_path / name}" for name in ("begun", "second")]
    thread = threading.Thread(target=lambda: results.extend(worker.call(texts)))
    thread.start()
    wait_until((tmp_path / "begun").exists)
    worker.close()
    thread.join(WAIT_SECONDS)
    assert [type(result) for result in results] == [WorkerFailed, WorkerFailed]
    # None is tried again.
    assert children_of(os.getpid()) == before and not (tmp_path / "second").exists()


def test_signals_for_the_server_do_not_end_it(worker: WorkerProcess) -> None:
    pid = pid_of(worker)
    for number in (signal.SIGINT, signal.SIGTERM):
        os.kill(pid, number)
    assert pid_of(worker) == pid


def test_it_has_neither_settings_nor_files_of_the_server(
    worker: WorkerProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("ME_API_JWT_SECRET", "secret")
    monkeypatch.setenv("OTHER", "kept")
    with (tmp_path / "open").open("wb") as file:
        names = call(worker, "environment").split()
        assert file.name not in call(worker, "files").split()
    assert "OTHER" in names and not [name for name in names if name.startswith("ME_API_")]
