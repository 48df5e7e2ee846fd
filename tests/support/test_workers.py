"""`pytest -n 2`: what two forked processes do is reported as if one had done it."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.server import ROOT
from tests.support.workers.scheduling import FIRST, TOGETHER

CONFTEST = """
import pytest
from tests.support.workers import plugin

def pytest_addoption(parser):
    plugin.add_option(parser)

def pytest_configure(config):
    config.pluginmanager.register(plugin.Workers(config.getoption("workers")))

@pytest.fixture(scope="session")
def shared(tmp_path_factory):
    yield tmp_path_factory.mktemp("shared")
    with open("closed", "a") as file:
        file.write("x")
"""

FILE = """
import os, warnings

def test_it_passes(shared):
    with open("pids", "a") as file:
        file.write(f"{os.getpid()} ")

def test_it_prints_and_fails(shared):
    print("printed by", __name__)
    assert not shared.exists()

def test_it_warns():
    warnings.warn("a warning of " + __name__)
"""

PACKAGE = """
import os, pytest

@pytest.fixture(scope="package")
def of_the_folder():
    yield
    with open("closed", "a") as file:
        file.write("p")
    assert not os.path.exists("fail"), "it cannot be closed"
"""

IN_PACKAGE = """
def test_it(of_the_folder):
    with open("pids", "a") as file:
        file.write("x")
"""

ENDS = """
import os, time

def test_it_ends_the_process():
    while not os.path.exists("pids"):
        time.sleep(0.01)
    os._exit(3)
"""


def run(folder: Path, *options: str) -> str:
    """Run the tests of a folder by two workers; return what is printed."""
    (folder / "conftest.py").write_text(CONFTEST)
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-n", "2", "-p", "no:xdist", "-c", os.devnull, *options],
        cwd=folder,
        # Started beside a run that is measured, it is not a part of it.
        env={name: value for name, value in os.environ.items() if name != "TEST_COVERAGE"}
        | {"PYTHONPATH": str(ROOT)},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == pytest.ExitCode.TESTS_FAILED, done.stdout + done.stderr
    return done.stdout


def test_two_processes_run_the_tests(tmp_path: Path) -> None:
    for name in ("test_a.py", "test_b.py", "test_c.py"):
        (tmp_path / name).write_text(FILE)
    printed = run(tmp_path)
    assert "3 failed, 6 passed, 3 warnings" in printed
    for name in ("test_a", "test_b", "test_c"):
        # Alone, below its failure.
        assert re.search(rf"Captured stdout call -+\nprinted by {name}\n[_=]", printed)
        assert f"a warning of {name}" in printed
    assert len(set((tmp_path / "pids").read_text().split())) == 2
    assert (tmp_path / "closed").read_text() == "xx", "each has closed its fixtures"


def test_a_worker_that_dies_fails_the_run(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(ENDS)
    (tmp_path / "test_b.py").write_text(FILE)
    printed = run(tmp_path)
    assert "a worker ended with 3, in or after test_a.py::test_it_ends_the_process" in printed
    assert (tmp_path / "closed").read_text() == "x", "the other one has closed its fixtures"


def test_the_first_failure_may_stop_all(tmp_path: Path) -> None:
    for number in range(20):
        (tmp_path / f"test_{number}.py").write_text("def test_it():\n    assert False")
    printed = run(tmp_path, "-x")
    assert "stopping after 1 failures" in printed and "1 failed" in printed


def test_what_a_folder_shares_is_closed_after_its_last_file(tmp_path: Path) -> None:
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").touch()
        (folder / "conftest.py").write_text(PACKAGE)
        for file in ("test_a.py", "test_b.py"):
            (folder / file).write_text(IN_PACKAGE)
    (tmp_path / "fail").touch()
    printed = run(tmp_path, "-n", "1")
    assert (tmp_path / "closed").read_text() == "pp"
    assert "4 passed, 2 errors" in printed
    for name in ("one", "two"):
        assert f"ERROR {name}/test_b.py::test_it - AssertionError: it cannot be closed" in printed


def test_what_is_together_or_first_exists() -> None:
    assert all((ROOT / name).exists() for name in (*TOGETHER, *FIRST))
