"""Describe the machine of a measurement: processor, disk, and versions of the software."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import tempfile
from collections.abc import Iterable
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.peer_servers import BUN, NODE, PEERS, Redis
from benchmarks.servers import HERE

PACKAGES = (
    "Flask-SocketIO",
    "python-socketio",
    "python-engineio",
    "eventlet",
    "Flask",
    "SQLAlchemy",
    "FastAPI",
    "uvicorn",
    "uvloop",
    "httptools",
)
NODE_PACKAGES = ("socket.io", "express", "fastify", "better-sqlite3", "marked")
BUN_PACKAGES = ("@socket.io/bun-engine",)


def describe() -> dict[str, str]:
    """Return the rows of the table "The machine", as names and texts."""
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores: one serves, one loads",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Disk": f"fdatasync of 4 KB takes {_sync_micros():.0f} µs (median of 200)",
        "Python": f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "Libraries": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "Node": f"{_output([str(NODE), '--version'])}, {_versions(NODE_PACKAGES)}",
        "Bun": f"{_output([str(BUN), '--version'])}, {_versions(BUN_PACKAGES)}",
        "Load over HTTP": _output(["cc", "--version"]).splitlines()[0],
        "Redis": _redis(),
    }


def _processor() -> str:
    model = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return model[1] if model else platform.machine()


def _sync_micros() -> float:
    """Return the median time of fdatasync in µs, on the disk of the benchmarks' databases."""
    times = []
    with tempfile.NamedTemporaryFile(dir=HERE, prefix=".run-") as file:
        for _ in range(200):
            os.write(file.fileno(), bytes(4096))
            started = perf_counter()
            os.fdatasync(file.fileno())
            times.append(perf_counter() - started)
    return sorted(times)[100] * 1e6


def _versions(names: Iterable[str]) -> str:
    versions = []
    for name in names:
        package = PEERS / "node_modules" / name / "package.json"
        versions.append(f"{name} {json.loads(package.read_text())['version']}")
    return ", ".join(versions)


def _redis() -> str:
    if not Redis.installed():
        return "not installed: its rows are left out (Debian: `apt-get install redis-server`)"
    number = re.search(r"v=(\S+)", _output(["redis-server", "--version"]))
    return number[1] if number else "unknown"


def _output(command: list[str]) -> str:
    process = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return process.stdout.strip()
