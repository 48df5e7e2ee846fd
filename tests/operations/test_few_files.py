"""A process with a low limit of open files warns, and survives reaching the limit."""

import socket
from pathlib import Path

from tests.conftest import MakeServer
from tests.support.server import ROOT
from tests.support.wait import wait_until

ALLOWED = 64


def limited(folder: Path) -> Path:
    """Write an entry point that starts the server with a low limit of open files."""
    entry = folder / "limited.py"
    entry.write_text(
        "import resource, runpy\n"
        f"resource.setrlimit(resource.RLIMIT_NOFILE, ({ALLOWED}, {ALLOWED}))\n"
        f"runpy.run_path({str(ROOT / 'app.py')!r}, run_name='__main__')\n"
    )
    return entry


def test_startup_warns_of_a_low_limit(make_server: MakeServer, tmp_path: Path) -> None:
    server = make_server(entry=limited(tmp_path))
    warnings = [line for line in server.log.splitlines() if "WARNING" in line]
    assert len(warnings) == 1
    assert f"at most about {ALLOWED - 32} clients fit: ulimit -n is {ALLOWED}" in warnings[0]


def test_startup_does_not_warn_of_a_high_limit(make_server: MakeServer) -> None:
    assert "WARNING" not in make_server().log


def test_connections_over_the_limit_are_only_delayed(
    make_server: MakeServer, tmp_path: Path
) -> None:
    server = make_server(entry=limited(tmp_path))
    crowd = [socket.create_connection((server.host, server.port)) for _ in range(2 * ALLOWED)]
    wait_until(lambda: "a connection waits to be accepted" in server.log, 20, "running out")
    for one in crowd:
        one.close()
    wait_until(lambda: server.get("/healthz").status == 200, 20, "answering again")
