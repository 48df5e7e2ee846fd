"""The main program of a worker process: `worker_main.py FILE FUNCTION CPU_SECONDS BYTES`.

Loads a function from a file, and calls it with the texts that it reads from the socket that is its
standard input, one after the other. The results are sent back there when all have been made. The
process ends when the socket is closed, and dies of what the function raises, or of its limits:
processor time for a call, bytes of memory.

It imports nothing of `me_api`, which would import all of it; the file may import its neighbours.
"""

from __future__ import annotations

import os
import resource
import signal
import struct
import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from importlib.util import module_from_spec, spec_from_file_location
from socket import socket
from types import ModuleType
from typing import Any

HEADER = struct.Struct("!I")
NICENESS = 19
"""The least of the processor that a process can ask for: everything else comes first."""


def main(path: str, function: str, cpu_seconds: float, memory: int) -> None:
    """Serve until the socket is closed."""
    os.nice(NICENESS)
    _limit(resource.RLIMIT_AS, memory)
    # What kills it may be anybody's text, and would fill the disk with its memory.
    _limit(resource.RLIMIT_CORE, 0)
    connection = socket(fileno=sys.stdin.fileno())
    # The server that is gone reads no result; a closed socket with unread bytes is a reset.
    with suppress(ConnectionError):
        _serve(connection, path, function, cpu_seconds)
    connection.close()


def _serve(connection: socket, path: str, function: str, cpu_seconds: float) -> None:
    """Answer requests until the socket is closed.

    What the function raises leaves it open: once it is closed, the server kills this process, which
    is to print the traceback before.
    """
    with _time_limit(cpu_seconds):
        call = _load(path, function)
    requests = connection.makefile("rb")
    while header := requests.read(HEADER.size):
        results = []
        for text in unpack(requests.read(*HEADER.unpack(header))):
            with _time_limit(cpu_seconds):
                results.append(call(text))
        connection.sendall(pack(results))


def pack(texts: Iterable[str]) -> bytes:
    """Encode texts as they are sent: the bytes of all, and for each its length and its UTF-8.

    Lengths have four bytes.
    """
    encoded = [text.encode() for text in texts]
    content = b"".join([part for text in encoded for part in (HEADER.pack(len(text)), text)])
    return HEADER.pack(len(content)) + content


def unpack(content: bytes | bytearray) -> Iterator[str]:
    """Yield the texts that `pack` has encoded, from what follows the first length."""
    start = 0
    while start < len(content):
        (length,) = HEADER.unpack_from(content, start)
        start += HEADER.size
        yield content[start : start + length].decode()
        start += length


class _time_limit:
    """Kills the process if what is in this context takes more processor time."""

    # By SIGPROF, which nothing handles: a server that was killed cannot kill this process. Not by
    # the clock, since a process that is stopped, or waits for a processor, does nothing wrong.

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds

    def __enter__(self) -> None:
        signal.setitimer(signal.ITIMER_PROF, self._seconds)

    def __exit__(self, *_: object) -> None:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _limit(kind: int, most: int) -> None:
    """Lower a limit of the system; leave one that is lower already."""
    _, hard = resource.getrlimit(kind)
    limit = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (limit, limit))


def _load(path: str, function: str) -> Callable[[str], str]:
    spec = spec_from_file_location(_add_packages(path), path)
    assert spec is not None and spec.loader is not None, path
    module = sys.modules[spec.name] = module_from_spec(spec)
    spec.loader.exec_module(module)
    loaded: Any = getattr(module, function)
    return loaded  # type: ignore[no-any-return]


def _add_packages(path: str) -> str:
    """Add the packages that a file is in, without running them; return the file's dotted name.

    So it can import its neighbours, and nothing else is imported with them.
    """
    folder, file = os.path.split(os.path.abspath(path))
    folders = []
    while os.path.exists(os.path.join(folder, "__init__.py")):
        folders.append(folder)
        folder = os.path.dirname(folder)
    name = ""
    for folder in reversed(folders):
        name += os.path.basename(folder)
        sys.modules[name] = package = ModuleType(name)
        package.__path__ = [folder]
        name += "."
    return name + os.path.splitext(file)[0]


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], float(sys.argv[3]), int(sys.argv[4]))
