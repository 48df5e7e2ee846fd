"""The TypeScript library's own tests, which Vitest runs."""

import os
import subprocess
import sys
from pathlib import Path

from tests.clients.conftest import CLIENT, MODULES
from tests.support.forks import ForkServer
from tests.support.node_process import NODE


def test_vitest(fork_server: ForkServer, empty_database: Path) -> None:
    assert empty_database.parent == fork_server.folder
    vitest = MODULES / "vitest" / "vitest.mjs"
    assert vitest.exists(), f"{vitest} is missing: run make test, which installs it"
    done = subprocess.run(
        [str(NODE), str(vitest), "run", "--no-color"],
        cwd=CLIENT,
        env=os.environ | {"PYTHON": sys.executable, "FORK_SERVER": str(fork_server.folder)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
