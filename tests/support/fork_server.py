"""The process that forks the servers of the tests: it imports the application once, for all.

It speaks with `tests.support.forks` over the socket that is its standard input, and ends when that
is closed. It runs one thread and no event loop, so that a fork is as good as a new process.
"""

import ctypes
import gc
import importlib
import json
import os
import runpy
import signal
import sys
from os import waitpid  # Taken before eventlet replaces them: these block, and know no event loop.
from pathlib import Path
from select import POLLIN, poll
from socket import recv_fds, send_fds, socket
from typing import Any, NamedTuple

import coverage

LONGEST = 1_000_000
"""Bytes of an order."""
PR_SET_PDEATHSIG = 1


class Child(NamedTuple):
    """A server that has been forked, and the socket on which its end is reported."""

    pid: int
    channel: socket


def main() -> None:
    """Import the application; become a server at each order, in a process of its own."""
    # Started by coverage's .pth file, before eventlet replaces locks: coverage needs native ones.
    # Imports are not measured, they would take twice as long: the tests' own process measures them.
    measurement = coverage.Coverage.current()
    if measurement:
        measurement.stop()
    importlib.import_module("app")
    discard_hub()
    # The garbage collector of a forked process would copy the memory of all that it looks through.
    gc.collect()
    gc.freeze()
    order = serve(socket(fileno=sys.stdin.fileno()))
    if order:
        run(measurement, **order)


def discard_hub() -> None:
    """Close the hub that `monkey_patch` has made: processes must not share its epoll object."""
    hubs = importlib.import_module("eventlet.hubs")
    hubs.get_hub().poll.close()
    hubs.use_hub()


def serve(orders: socket) -> dict[str, Any] | None:
    """Fork for each order; return it in the new process, and None at the end in this one."""
    children: dict[int, Child] = {}
    events = poll()
    events.register(orders, POLLIN)
    while True:
        for fd, _ in events.poll():
            if fd != orders.fileno():
                events.unregister(fd)
                report(children.pop(fd), fd)
                continue
            message, fds, *_ = recv_fds(orders, LONGEST, 1)
            if not message:
                return None
            child = Child(os.fork(), socket(fileno=fds[0]))
            if not child.pid:
                close_inherited([orders, child.channel], children)
                return json.loads(message)
            pidfd = os.pidfd_open(child.pid)
            children[pidfd] = child
            events.register(pidfd, POLLIN)
            send_fds(child.channel, [str(child.pid).encode()], [pidfd])


def close_inherited(sockets: list[socket], children: dict[int, Child]) -> None:
    """Close, in a new process, what belongs to the fork server."""
    for pidfd, other in children.items():
        os.close(pidfd)
        other.channel.close()
    for one in sockets:
        one.close()


def report(child: Child, pidfd: int) -> None:
    """Send the exit code of a process that has ended."""
    code = os.waitstatus_to_exitcode(waitpid(child.pid, 0)[1])
    os.close(pidfd)
    with child.channel:
        child.channel.send(str(code).encode())


def run(
    measurement: coverage.Coverage | None, entry: str, environment: dict[str, str], log: str
) -> None:
    """Do as `python ENTRY` does, with this environment and with its output in a file."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(environment)
    redirect(log)
    if measurement and "COVERAGE_PROCESS_CONFIG" in environment:
        measurement.start()
        # Native threads are made with eventlet's own copy of `threading`.
        patcher = importlib.import_module("eventlet.patcher")
        patcher.original("threading").settrace(sys.modules["threading"].gettrace())
    sys.argv = [entry]
    sys.path[0] = str(Path(entry).parent)
    runpy.run_path(entry, run_name="__main__")


def redirect(log: str) -> None:
    """Read nothing, and print to the end of a file."""
    os.open(os.devnull, os.O_RDONLY)  # It becomes 0, the lowest number that is free.
    file = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
    for output in (1, 2):
        os.dup2(file, output)
    os.close(file)


if __name__ == "__main__":
    main()
