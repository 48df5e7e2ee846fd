"""A cluster on this machine: PostgreSQL, Redis, three nodes, and nginx in front of them.

`python -m deploy.cluster run` starts it and ends all of it at Ctrl-C. Meanwhile
`python -m deploy.cluster kill b` ends a node, as a power cut does, and `start b` brings it back;
`stop`, `pause` and `resume` do what they say, also with `nginx`, `postgresql` and `redis`.
"""

from __future__ import annotations

import argparse
import fcntl
import os
import select
import signal
import socket
import sys
from pathlib import Path

from deploy import control, nodes
from deploy.local import ACTIONS, NODES, Cluster
from deploy.process import ClusterError
from deploy.programs import ProgramNotFoundError

FOLDER = nodes.ROOT / "instance" / "cluster"
PORT = 1337
LOOK_SECONDS = 0.5

BANNER = """\
me-api is at {url}: nginx, {count} nodes behind it, one PostgreSQL and one Redis

  in a browser          {url}
  post at node a        curl {a}/chat/rooms/lobby/messages -d nick=mos -d text=hej
  read at node b        curl {b}/chat/rooms/lobby/messages
  follow at node c      curl -N {c}/chat/rooms/lobby/stream
  post anywhere         curl {url}/chat/rooms/lobby/messages -d nick=mos -d text=hej

  a power cut at b      make cluster-kill NODE=b       (then the browser goes on at another node)
  bring it back         make cluster-start NODE=b
  stop it gracefully    make cluster-stop NODE=b
  freeze it             make cluster-pause NODE=b      and go on: make cluster-resume NODE=b
  the database          make cluster-kill NODE=postgresql, then cluster-start
  without Redis         make cluster-kill NODE=redis   (then it is slower, and nothing is lost)
{where}  look into it          psql -h {sockets} -U me_api postgres

Data and logs are in {folder}. Ctrl-C ends all of it.
"""

WHERE = """\
  (each of these        with DATA="{folder}")
"""


def run(folder: Path, port: int) -> None:
    """Run a cluster until SIGINT or SIGTERM."""
    folder.mkdir(parents=True, exist_ok=True)
    folder = folder.resolve()
    lock = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise ClusterError(f"a cluster runs in {folder} already") from None
    cluster = Cluster(folder, port)
    try:
        # SIGINT, too: a shell without job control has programs in the background ignore it.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        cluster.start()
        with control.listen(folder) as listener:
            print(banner(cluster), flush=True)
            serve(cluster, listener)
    except KeyboardInterrupt:
        print("\nStopping", flush=True)
    finally:
        # A second Ctrl-C, by an impatient hand, would leave half of it running.
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        cluster.close()


def serve(cluster: Cluster, listener: socket.socket) -> None:
    """Run commands, and say when a program has ended, until SIGINT."""
    running = set(cluster.processes)
    while True:
        ready, _, _ = select.select([listener], [], [], LOOK_SECONDS)
        if ready:
            control.answer(listener, cluster.run)
        now = {name for name, process in cluster.processes.items() if process.pid is not None}
        for name in sorted(running - now):
            code = cluster.processes[name].ended_with
            print(f"{name} has ended ({code}): make cluster-start NODE={name}", flush=True)
        for name in sorted(now - running):
            print(f"{name} runs again", flush=True)
        running = now


def banner(cluster: Cluster) -> str:
    """Return where everything is, what to try, and how to break it."""
    urls = {name: f"http://127.0.0.1:{port}" for name, port in cluster.ports.items()}
    return BANNER.format(
        url=f"http://127.0.0.1:{cluster.port}",
        count=len(NODES),
        sockets=cluster.sockets,
        folder=cluster.folder,
        where=WHERE.format(folder=cluster.folder) if cluster.folder != FOLDER.resolve() else "",
        **urls,
    )


def main() -> None:
    """Run the cluster, or send a command to the one that runs; exit with one line on errors."""
    parser = argparse.ArgumentParser(prog="python -m deploy.cluster", description=__doc__)
    parser.add_argument("action", choices=["run", "start", *ACTIONS])
    parser.add_argument("name", nargs="?", help="a, b, c, nginx, postgresql or redis")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where its data are")
    parser.add_argument("--port", type=int, default=PORT, help="nginx's; the nodes' follow it")
    given = parser.parse_args()
    try:
        if given.action == "run":
            run(given.folder, given.port)
        elif given.name is None:
            raise ClusterError("name a node, such as NODE=b")
        else:
            print(control.send(given.folder, f"{given.action} {given.name}"))
    except (ClusterError, ProgramNotFoundError) as error:
        sys.exit(f"make cluster: {error}")


if __name__ == "__main__":
    main()
