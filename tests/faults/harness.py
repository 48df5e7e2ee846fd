"""A server that is treated badly, and what the faults need of it."""

import shutil
import sqlite3
from contextlib import ExitStack, closing
from dataclasses import dataclass, field
from pathlib import Path
from threading import Event
from time import monotonic

from tests.chat.clients import make_token
from tests.faults.checker import CHANGED, Checker, Message
from tests.faults.disk import Disk
from tests.faults.faulty_proxy import FaultyProxy
from tests.faults.target import check_log
from tests.recovery.scenario import World
from tests.support.http import HttpClient
from tests.support.server import LiveServer

SETTINGS = {"ping_interval": 1, "ping_timeout": 1}
"""A dead connection is noticed within two seconds, by either side."""
START_SECONDS = 60
ROOMS = 2
PAUSE = 0.1

TOKEN_HOURS = 1000
"""The clock jumps meanwhile."""


@dataclass
class Harness:
    """A server with its database on a disk of its own, behind two proxies; and the rooms in it."""

    world: World
    disk: Disk
    to_listeners: FaultyProxy
    to_posters: FaultyProxy
    empty: Path
    rooms: list[str]
    checker: Checker = field(default_factory=Checker)
    failed_starts: int = 0
    stream_version: str = "1.1"

    @property
    def server(self) -> LiveServer:
        return self.world.server

    @property
    def direct(self) -> HttpClient:
        return self.server

    @property
    def token(self) -> str:
        return self.world.token

    @property
    def description(self) -> str:
        return f"the full disk {self.disk.description}"

    @property
    def database(self) -> Path:
        return self.server.database

    def spawn(self) -> None:
        """Start the process without waiting for it."""
        if not self.server.running:
            self.server.spawn()

    def recover(self) -> None:
        """Start the server until it is ready, as a supervisor does."""
        deadline = monotonic() + START_SECONDS
        while not self._ready():
            assert monotonic() < deadline, f"the server does not start:\n{self.server.log}"
            self.failed_starts += 1
            Event().wait(PAUSE)

    def _ready(self) -> bool:
        self.spawn()
        try:
            self.server.wait_ready(START_SECONDS)
        except AssertionError:
            if self.server.running:
                raise
            return False
        return True

    def finish(self) -> None:
        """Kill the server and start it; report what its log and its database show."""
        self.server.restart(kill=True)
        with closing(sqlite3.connect(self.database)) as database:
            ((found,),) = database.execute("PRAGMA integrity_check")
        if found != "ok":
            self.checker.report(CHANGED, "database", found)
        check_log(self.checker, "server", self.server.log)

    def history(self) -> list[Message]:
        """Return all messages of all rooms."""
        return [message for room in self.rooms for message in self.world.history(room)]

    def close(self) -> None:
        """End all; a server that is stopped or cannot end is killed."""
        self.to_listeners.close()
        self.to_posters.close()
        self.server.kill()
        self.disk.close()


def make_harness(server: LiveServer, empty: Path, *, mount: bool = True) -> Harness:
    """Start a server whose database is on a small disk, with empty rooms."""
    folder = server.folder / "disk"
    folder.mkdir()
    with ExitStack() as undo:
        disk = Disk(folder, mount=mount)
        undo.callback(disk.close)
        server.database = folder / "me-api.sqlite"
        server.settings |= {"database_url": f"sqlite:///{server.database}", **SETTINGS}
        shutil.copy(empty, server.database)
        undo.callback(server.kill)
        server.start()
        world = World(server)
        made = [world.room() for _ in range(ROOMS)]
        world.token = make_token(server, "user", hours=TOKEN_HOURS)
        undo.pop_all()
    to_listeners, to_posters = FaultyProxy(server.port), FaultyProxy(server.port)
    return Harness(world, disk, to_listeners, to_posters, empty, made)
