"""Where the programs are that tests and a cluster need; Debian's packages are installed if missing.

`python -m deploy.programs` prints where they are, or ends with one line that says what to do.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from deploy.debian import install

DEBIAN_POSTGRESQL = Path("/usr/lib/postgresql")
"""Debian's packages put the programs of each version into a folder of its own, not into PATH."""
SYSTEM_PROGRAMS = ":/usr/local/sbin:/usr/sbin:/sbin"
"""Where nginx is; PATH of an ordinary user does not name them."""


class ProgramNotFoundError(Exception):
    """A program is missing; the text is one line that says what to do."""


def find_postgresql() -> Path:
    """Return the folder of PostgreSQL's programs: Debian's newest, else that of PATH's initdb."""
    versions = sorted(
        DEBIAN_POSTGRESQL.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3])
    )
    if versions:
        return versions[-1].parent
    if found := shutil.which("initdb"):
        return Path(found).resolve().parent
    raise ProgramNotFoundError(
        "there is no PostgreSQL: install Debian's package postgresql, "
        "or put the folder of its initdb into PATH"
    )


def find_nginx() -> Path:
    """Return the path of nginx."""
    return _find("nginx", "nginx", "nginx")


def find_redis() -> Path:
    """Return the path of Redis' server."""
    return _find("redis-server", "Redis", "redis-server")


def find_caddy() -> Path:
    """Return the path of Caddy."""
    return _find("caddy", "Caddy", "caddy")


def find_promtool() -> Path:
    """Return the path of promtool, which checks the files of Prometheus."""
    return _find("promtool", "promtool", "prometheus")


def find_systemd_analyze() -> Path:
    """Return the path of systemd-analyze, which checks units."""
    return _find("systemd-analyze", "systemd-analyze", "systemd")


def _find(program: str, name: str, package: str) -> Path:
    if found := shutil.which(program, path=os.environ.get("PATH", "") + SYSTEM_PROGRAMS):
        return Path(found)
    raise ProgramNotFoundError(f"there is no {name}: install Debian's package {package}")


def find_or_install(find: Callable[[], Path], package: str) -> Path:
    """Return where a program is, installing Debian's package before giving up."""
    try:
        return find()
    except ProgramNotFoundError:
        install(package)
        return find()


def postgresql() -> Path:
    """Return the folder of PostgreSQL's programs, which are installed if missing."""
    return find_or_install(find_postgresql, "postgresql")


def nginx() -> Path:
    """Return the path of nginx, which is installed if missing."""
    return find_or_install(find_nginx, "nginx")


def redis() -> Path:
    """Return the path of Redis' server, which is installed if missing."""
    return find_or_install(find_redis, "redis-server")


def caddy() -> Path:
    """Return the path of Caddy, which is installed if missing."""
    return find_or_install(find_caddy, "caddy")


def promtool() -> Path:
    """Return the path of promtool, which is installed with Prometheus if missing."""
    return find_or_install(find_promtool, "prometheus")


def systemd_analyze() -> Path:
    """Return the path of systemd-analyze, which is installed with systemd if missing."""
    return find_or_install(find_systemd_analyze, "systemd")


def main() -> None:
    """Print where the programs are, or exit with one line."""
    try:
        print(f"PostgreSQL is in {postgresql()}, nginx is {nginx()}, Redis is {redis()}")
        print(
            f"Caddy is {caddy()}, promtool is {promtool()}, systemd-analyze is {systemd_analyze()}"
        )
    except ProgramNotFoundError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main()
