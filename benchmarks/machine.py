"""What the figures were measured on: the machine, its disk, and the versions of everything."""

from __future__ import annotations

import json
import os
import platform
import re
import sqlite3
import subprocess
import tempfile
from importlib.metadata import version
from pathlib import Path
from time import perf_counter

from benchmarks.servers import HERE, NODE, PEERS, Redis

PACKAGES = (
    "Flask-SocketIO",
    "python-socketio",
    "python-engineio",
    "eventlet",
    "Flask",
    "SQLAlchemy",
)
NODE_PACKAGES = ("socket.io", "express", "better-sqlite3")


def describe() -> dict[str, str]:
    """Describe the machine, as lines of a table."""
    return {
        "Processor": f"{_processor()}, {os.cpu_count()} cores: one serves, one loads",
        "Memory": f"{os.sysconf('SC_PAGE_SIZE') * os.sysconf('SC_PHYS_PAGES') / 2**30:.0f} GiB",
        "System": f"{platform.system()} {platform.release()}",
        "Disk": f"fdatasync of 4 KB takes {_sync_micros():.0f} µs (median of 200)",
        "Python": f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}",
        "Libraries": ", ".join(f"{name} {version(name)}" for name in PACKAGES),
        "Node": f"{_line([str(NODE), '--version'])}, {_node_packages()}",
        "Redis": _redis(),
    }


def _processor() -> str:
    found = re.search(r"model name\s*: (.*)", Path("/proc/cpuinfo").read_text())
    return found[1] if found else platform.machine()


def _sync_micros() -> float:
    times = []
    with tempfile.NamedTemporaryFile(dir=HERE, prefix=".run-") as file:
        for _ in range(200):
            os.write(file.fileno(), bytes(4096))
            before = perf_counter()
            os.fdatasync(file.fileno())
            times.append(perf_counter() - before)
    return sorted(times)[100] * 1e6


def _node_packages() -> str:
    found = []
    for name in NODE_PACKAGES:
        package = PEERS / "node_modules" / name / "package.json"
        found.append(f"{name} {json.loads(package.read_text())['version']}")
    return ", ".join(found)


def _redis() -> str:
    if not Redis.installed():
        return "not installed: its rows are left out (Debian: `apt-get install redis-server`)"
    found = re.search(r"v=(\S+)", _line(["redis-server", "--version"]))
    return found[1] if found else "unknown"


def _line(command: list[str]) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=20)
    return done.stdout.strip()
