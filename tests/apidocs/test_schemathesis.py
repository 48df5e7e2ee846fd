"""The OpenAPI document says what is checked: Schemathesis generates requests from it.

Valid ones must be accepted, invalid ones refused, and all responses as described.
"""

import subprocess
import sys
from pathlib import Path

from tests.chat.clients import make_token
from tests.conftest import MakeServer
from tests.support.server import python_environment

CONFIG = Path(__file__).parent / "schemathesis.toml"
COMMAND = Path(sys.executable).parent / "st"


def test_schemathesis_finds_nothing(make_server: MakeServer) -> None:
    """F52: it once found fourteen faults."""
    server = make_server(entry="held_pools", message_max_length=100_000)
    owner = f"x-access-token:{make_token(server, 'owner', 'owner')}"
    where = [f"{server.url}/openapi.json", "--header", owner]
    done = subprocess.run(
        [COMMAND, "--config-file", CONFIG, "--no-color", "run", *where, "--seed", "1"],
        cwd=server.folder,  # Where it keeps what it has found.
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in server.log, server.log
