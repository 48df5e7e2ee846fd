"""The programs of a cluster on this machine, and what can be done with each of them."""

from __future__ import annotations

import shutil
import socket
import tempfile
from collections.abc import Callable
from pathlib import Path

from deploy import nginx, nodes, postgresql, programs, redis
from deploy.process import ClusterError, Process

NODES = ("a", "b", "c")

ACTIONS: dict[str, tuple[Callable[[Process], None], str]] = {
    "kill": (Process.kill, "was killed"),
    "stop": (Process.stop, "has stopped"),
    "pause": (Process.pause, "is paused"),
    "resume": (Process.resume, "goes on"),
}


class Cluster:
    """The programs of the cluster, in the order in which they start."""

    def __init__(self, folder: Path, port: int) -> None:
        self.folder = folder
        self.ports = {name: port + number for number, name in enumerate(NODES, start=1)}
        self.port = port
        # PostgreSQL's account may not be able to enter the folder, and a path of a socket is short.
        self.temporary = Path(tempfile.mkdtemp(prefix="me-api-cluster-"))
        self.sockets = self.temporary / "postgresql"
        self.processes: dict[str, Process] = {}

    def start(self) -> None:
        """Start everything; raise `ClusterError` if something cannot start."""
        for port in (self.port, *self.ports.values()):
            check_free(port)
        self.temporary.chmod(0o711)
        self.sockets.mkdir(mode=0o700)
        database = postgresql.make(
            programs.postgresql(), self.folder / "postgresql", self.sockets, self._log("postgresql")
        )
        self._start(database)
        accelerator = self.temporary / "redis"
        accelerator.mkdir(mode=0o700)
        self._start(redis.make(programs.redis(), accelerator, self._log("redis")))
        shared = nodes.environment(
            self.folder, postgresql.url(self.sockets), redis.url(accelerator)
        )
        nodes.migrate(shared)
        made = [nodes.make(n, port, shared, self._log(n)) for n, port in self.ports.items()]
        # The first one creates the rooms.
        self._start(made[0])
        self._start(*made[1:])
        balancer = self.temporary / "nginx"
        balancer.mkdir(mode=0o700)
        self._start(
            nginx.make(programs.nginx(), balancer, self.port, self.ports, self._log("nginx"))
        )

    def run(self, command: str) -> str:
        """Do what a command says, such as `kill b`; return one line."""
        action, _, name = command.partition(" ")
        if name not in self.processes:
            return f"there is no {name}: choose from {', '.join(self.processes)}"
        process = self.processes[name]
        try:
            if action == "start":
                process.start()
                process.wait_ready()
                return f"{name} runs"
            act, done = ACTIONS[action]
            act(process)
        except ClusterError as error:
            return str(error)
        return f"{name} {done}"

    def close(self) -> None:
        """Stop everything, first what depends on others, and delete what is temporary.

        Nodes and nginx have `STOP_SECONDS` together, then what they use has as long again.
        """
        for name in NODES:
            if name in self.processes:
                self.processes[name].begin_stop()
        for process in reversed(self.processes.values()):
            process.stop()
        shutil.rmtree(self.temporary)

    def _start(self, *processes: Process) -> None:
        for process in processes:
            self.processes[process.name] = process
            process.start()
        for process in processes:
            process.wait_ready()

    def _log(self, name: str) -> Path:
        return self.folder / f"{name}.log"


def check_free(port: int) -> None:
    """Raise `ClusterError` if something listens on the port already."""
    with socket.socket() as probe:
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise ClusterError(f"port {port} is in use: choose others with PORT=8080")
