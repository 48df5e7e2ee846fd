"""The OpenAPI document says what is checked: Schemathesis generates requests from it.

Valid ones must be accepted, invalid ones refused, and all responses as described.
"""

import subprocess
import sys
from pathlib import Path

from tests.apidocs import given
from tests.conftest import MakeServer
from tests.support.server import LiveServer, python_environment
from tests.support.wait import free_port

CONFIG = Path(__file__).parent / "schemathesis.toml"
COMMAND = Path(sys.executable).parent / "st"
METHODS = ("get", "put", "post", "patch", "delete")
NEVER_ENDS = "a stream, which does not end"
HANDSHAKE = "a handshake of another protocol, without a success in HTTP"
UNSEEN = {
    "GET /broadcast": HANDSHAKE,
    "GET /chat/rooms/{room}/stream": NEVER_ENDS,
    "GET /echo": HANDSHAKE,
    "GET /me/stream": NEVER_ENDS,
    "GET /reports/stream": NEVER_ENDS,
    "GET /openapi.json": "the document itself, which Schemathesis reads but does not test",
    "GET /stream": NEVER_ENDS,
    "GET /ws": HANDSHAKE,
    "GET /ws/broadcast": HANDSHAKE,
    "GET /ws/chat": HANDSHAKE,
    "GET /ws/echo": HANDSHAKE,
}
"""The operations that need not be answered with a success, and why."""


def test_schemathesis_finds_nothing(make_server: MakeServer) -> None:
    """F52: it once found fourteen faults. Then all tokens had ended, and it saw little but 401."""
    server = make_server(
        entry="held_pools",
        message_max_length=100_000,
        # Nobody listens there: what would be sent to emails that it has seen goes nowhere.
        smtp_url=f"smtp://127.0.0.1:{free_port()}",
        mail_from="site@example.com",
        public_url="https://example.com",
    )
    given.write(server)
    document = f"{server.url}/openapi.json"
    done = subprocess.run(
        [COMMAND, "--config-file", CONFIG, "--no-color", "run", document, "--seed", "1"],
        # Where it keeps what it has found, the hooks the answers, and we what the hooks need.
        cwd=server.folder,
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Traceback" not in server.log, server.log
    assert operations(server) - successes(server) == UNSEEN.keys()


def operations(server: LiveServer) -> set[str]:
    """Return the operations of the document, as Schemathesis names them."""
    paths = server.get("/openapi.json").json["paths"]
    return {
        f"{method.upper()} {path}"
        for path, described in paths.items()
        for method in METHODS
        if method in described
    }


def successes(server: LiveServer) -> set[str]:
    """Return the operations that were answered with a success at least once."""
    answers = (server.folder / "answers.txt").read_text().splitlines()
    found = set()
    for answer in answers:
        operation, _, status = answer.rpartition(" ")
        if status.startswith("2"):
            found.add(operation)
    return found
