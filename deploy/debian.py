"""Installing Debian's packages: programs that a cluster or the tests need and pip does not have."""

import os
import shutil
import subprocess

QUIET = "DEBIAN_FRONTEND=noninteractive"


def install(package: str) -> None:
    """Install a package, where there is an apt-get that needs no password; otherwise do nothing."""
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not may_become_root()):
        return
    print(f"The machine lacks a program: installing Debian's {package}", flush=True)
    for command in ("update", f"install --yes --no-install-recommends {package}"):
        subprocess.run(
            [*root, "/usr/bin/env", QUIET, "apt-get", "-qq", *command.split()],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            check=False,
        )


def may_become_root() -> bool:
    """Return whether sudo works without a password."""
    asked = ["sudo", "-n", "true"]
    return bool(shutil.which("sudo")) and (
        subprocess.run(asked, capture_output=True, check=False).returncode == 0
    )
