"""The process that forks the servers of the tests: it imports the application once, for all.

`python -m tests.support.fork_server FOLDER` listens on a Unix socket there, and makes an SQLite
database with all tables; it prints a line when it has done the one, and the other. With names of
modules after the folder, it imports these instead, for programs that use them.

Each connection is a process: the client sends one line of JSON, `{"entry", "environment", "log"}`,
also `"errors"` if they are not printed to the log, a file for its standard `"input"`, and the
program's `"arguments"` if it has any; the answer is a line with the process's id, and another with
its exit code when it has ended. When standard input is closed all processes end.

It runs one thread and no event loop, so that a forked process is as good as a new one.
"""

import atexit
import ctypes
import faulthandler
import gc
import importlib
import json
import os
import runpy
import signal
import sys
import threading
import warnings
from collections.abc import Sequence
from os import waitpid  # Taken before eventlet replaces it: this one needs no event loop.
from pathlib import Path
from select import POLLIN, poll
from socket import AF_UNIX, socket
from typing import Any, NamedTuple

from tests.support import measurement

PR_SET_PDEATHSIG = 1


class Child(NamedTuple):
    """A server that has been forked, and the connection to which its end is reported."""

    pid: int
    connection: socket


def main(folder: Path, modules: Sequence[str] = ()) -> None:
    """Import the application, or some modules, and fork a process for each order."""
    # Of libraries' own, nothing but the transport is tested.
    measurement.start("transport" if modules else "")
    listener = socket(AF_UNIX)
    listener.bind(str(folder / "socket"))
    listener.listen()
    print("listens", flush=True)
    if modules:
        warnings.simplefilter("ignore")
        for name in modules:
            importlib.import_module(name)
    else:
        listener = prepare_application(folder, listener)
    assert len(os.listdir("/proc/self/task")) == 1, "a forked process would lack the other threads"
    measurement.settle()
    # Garbage collection in a forked process would copy the memory of all that it looks through.
    gc.collect()
    gc.freeze()
    gc.enable()
    if order := serve(listener):
        run(**order)
    measurement.save()


def prepare_application(folder: Path, listener: socket) -> socket:
    """Import the application, and start it once; return the listener as it can be used then."""
    importlib.import_module("app")
    # The only large module that a server imports later than at its start.
    importlib.import_module("engineio.async_drivers.eventlet")
    patcher = importlib.import_module("eventlet.patcher")
    # Eventlet has replaced what `accept` makes of a connection, but not in its own copy.
    listener = patcher.original("socket").socket(fileno=listener.detach())
    importlib.import_module("tests.support.priority").make_equal()
    importlib.import_module("tests.support.hashing").make_cheap()
    importlib.import_module("tests.support.once").start_once(folder)
    print("has made a database", flush=True)
    discard_hub()
    made: socket = listener
    return made


def discard_hub() -> None:
    """Close the hub that `monkey_patch` has made: processes must not share its epoll object."""
    hubs = importlib.import_module("eventlet.hubs")
    hubs.get_hub().poll.close()
    hubs.use_hub()


def serve(listener: socket) -> dict[str, Any] | None:
    """Fork for each order; return it in the new process, and None at the end in this one."""
    children: dict[int, Child] = {}
    events = poll()
    for fd in (sys.stdin.fileno(), listener.fileno()):
        events.register(fd, POLLIN)
    while True:
        for fd, _ in events.poll():
            if fd in children:
                events.unregister(fd)
                report(fd, children.pop(fd))
            elif fd != listener.fileno():
                return None
            elif order := receive(connection := listener.accept()[0]):
                child = Child(os.fork(), connection)
                if not child.pid:
                    close([listener, connection], children)
                    return json.loads(order)
                pidfd = os.pidfd_open(child.pid)
                children[pidfd] = child
                events.register(pidfd, POLLIN)
                connection.send(b"%d\n" % child.pid)
            else:
                connection.close()


def receive(connection: socket) -> bytes:
    """Read a line; return an empty one if the client has closed the connection."""
    line = b""
    while not line.endswith(b"\n"):
        data = connection.recv(65_536)
        if not data:
            return b""
        line += data
    return line


def close(sockets: list[socket], children: dict[int, Child]) -> None:
    """Close, in a new process, what belongs to the fork server."""
    for pidfd, child in children.items():
        os.close(pidfd)
        child.connection.close()
    for one in sockets:
        one.close()


def report(pidfd: int, child: Child) -> None:
    """Send the exit code of a process that has ended; it is negative for a signal."""
    os.close(pidfd)
    code = os.waitstatus_to_exitcode(waitpid(child.pid, 0)[1])
    with child.connection:
        child.connection.send(b"%d\n" % code)


def run(
    entry: str,
    environment: dict[str, str],
    log: str,
    errors: str | None = None,
    input: str = os.devnull,
    arguments: Sequence[str] = (),
) -> None:
    """Do as `python ENTRY ARGUMENTS` does, with this environment and with its output in files."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    os.environ.clear()
    os.environ.update(environment)
    redirect(input, log, errors or log)
    faulthandler.register(signal.SIGUSR1)
    measurement.forget()
    sys.argv = [entry, *arguments]
    sys.path[0] = str(Path(entry).parent)
    try:
        runpy.run_path(entry, run_name="__main__")
    except SystemExit as end:
        exit_quickly(end.code)
    exit_quickly(None)


def exit_quickly(code: Any) -> None:
    """Exit as Python does, but leave the memory to the system.

    To free what the application is made of, the process would copy it first. An exit by anything
    else than `SystemExit` is Python's own.
    """
    if isinstance(code, str):
        print(code, file=sys.stderr)
    threading._shutdown()
    atexit._run_exitfuncs()
    measurement.save()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code if isinstance(code, int) else code is not None)


def redirect(given: str, output: str, errors: str) -> None:
    """Read from a file, and print to the ends of files."""
    for target, path in enumerate((given, output, errors)):
        how = os.O_WRONLY | os.O_APPEND | os.O_CREAT if target else os.O_RDONLY
        opened = os.open(path, how, 0o644)
        os.dup2(opened, target)
        os.close(opened)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
