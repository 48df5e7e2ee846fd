"""What a failed test leaves open is closed, and fails no other test."""

import subprocess
import sys
from pathlib import Path

from tests.support.processes import exists
from tests.support.server import ROOT, python_environment

FAILING = """
import pytest
import socket
import subprocess
from pathlib import Path

class Program:
    def __init__(self):
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(["cat"], stdin=pipe, stdout=pipe)
        self.socket = socket.socket()
        self.itself = self
        with Path("started").open("a") as file:
            print(self.process.pid, file=file)

@pytest.fixture
def returned():
    return Program()

@pytest.fixture
def fails_before():
    program = Program()
    assert not program

@pytest.fixture
def fails_after():
    program = Program()
    yield
    assert not program

def test_variable():
    program = Program()
    assert not program

def test_context():
    try:
        program = Program()
        raise ValueError
    except ValueError:
        assert not program

def test_value_of_a_fixture(returned):
    assert not returned

def test_fixture_fails_before(fails_before):
    pass

def test_fixture_fails_after(fails_after):
    pass
"""
INNOCENT = """
import gc
from hypothesis import given, settings, strategies as st

@settings(max_examples=3)
@given(st.integers())
def test_property(number):
    gc.collect()
"""


def test_a_failed_test_fails_no_other(tmp_path: Path) -> None:
    (tmp_path / "test_a.py").write_text(FAILING)
    (tmp_path / "test_b.py").write_text(INNOCENT)
    options = ["-c", str(ROOT / "pyproject.toml"), "--rootdir", str(tmp_path)]
    options += ["-p", "tests.conftest", "-p", "no:cacheprovider", "-q"]
    environment = python_environment() | {"PYTEST_ADDOPTS": ""}
    environment.pop("TEST_COVERAGE", None)  # Its folder may be relative to this one.
    run = subprocess.run(
        [sys.executable, "-m", "pytest", *options, "test_a.py", "test_b.py"],
        cwd=tmp_path,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert "3 failed, 2 passed, 2 errors" in run.stdout, run.stdout + run.stderr
    assert not any(map(exists, map(int, (tmp_path / "started").read_text().split())))
    # pytest shows no output of the teardown below a test whose setup has failed.
    assert run.stdout.count("is still running") == run.stdout.count("unclosed <socket.socket") == 4
