"""A process that may open few files says so, and outlives that they are all in use."""

import socket
from pathlib import Path

from tests.conftest import MakeServer
from tests.support.server import ROOT
from tests.support.wait import wait_until

ALLOWED = 64


def limited(folder: Path) -> Path:
    """Write an entry that starts the server with few open files allowed."""
    entry = folder / "limited.py"
    entry.write_text(
        "import resource, runpy\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({ALLOWED}, {ALLOWED}))\n"
        f"runpy.run_path({str(ROOT / 'app.py')!r}, run_name='__main__')\n"
    )
    return entry


def test_the_start_warns_of_few_open_files(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(entry=limited(tmp_path))
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_the_start_is_silent_where_many_are_allowed(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_all_files_in_use_is_a_delay(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(entry=limited(tmp_path))
    crowd = [socket.create_connection((server.host, server.port)) for _ in range(2 * ALLOWED)]
    wait_until(lambda: "a connection waits to be accepted" in server.log, 20, "running out")
    for one in crowd:
        one.close()
    wait_until(lambda: server.get("/healthz").status == 200, 20, "answering again")
