"""A forked server is as good as a new process, and does not outlive the tests."""

import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path

from tests.conftest import MakeServer
from tests.support.forks import ForkedServer, fork_server_in
from tests.support.server import ROOT, LiveServer, python_environment
from tests.support.wait import wait_until


def open_files(server: LiveServer) -> list[str]:
    """Return what the process has open; sockets and pipes only by their kind."""
    assert server.process is not None
    folder = Path(f"/proc/{server.process.pid}/fd")
    targets = []
    for fd in folder.iterdir():
        with suppress(FileNotFoundError):  # A connection was closed meanwhile.
            targets.append(os.readlink(fd))
    return sorted(target.partition(":[")[0].replace(str(server.folder), "") for target in targets)


def is_served(port: int) -> bool:
    """Return whether a server listens on a port."""
    with suppress(ConnectionRefusedError), socket.create_connection(("127.0.0.1", port), timeout=5):
        return True
    return False


def start_and_wait(folder: str) -> None:
    """Start a server, print its port and wait to be killed."""
    with fork_server_in(Path(folder)) as forks:
        print(ForkedServer(forks, Path(folder)).start().port, flush=True)
        time.sleep(1000)


def test_it_has_the_same_files_open(make_server: MakeServer) -> None:
    # The fork server has something open for the second when it forks the third.
    new, _, forked = make_server(forked=False), make_server(), make_server()
    # The connection that asked whether it is ready is closed soon, not at once.
    wait_until(
        lambda: open_files(forked) == open_files(new),
        what=f"{open_files(forked)} and {open_files(new)}",
    )


def test_it_ends_when_the_tests_are_killed(tmp_path: Path) -> None:
    program = "import sys; from tests.support.test_forks import *; start_and_wait(sys.argv[1])"
    with subprocess.Popen(
        [sys.executable, "-c", program, str(tmp_path)],
        cwd=ROOT,
        # It is killed: nothing of it is measured.
        env={
            name: given for name, given in python_environment().items() if name != "TEST_COVERAGE"
        },
        stdout=subprocess.PIPE,
    ) as tests:
        assert tests.stdout is not None
        port = int(tests.stdout.readline())
        assert is_served(port)
        tests.send_signal(signal.SIGKILL)
    wait_until(lambda: not is_served(port))
