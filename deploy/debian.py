"""Installing Debian's packages: programs that a cluster or the tests need and pip does not have."""

import os
import shutil
import subprocess

# Services of the packages are not started, by what policy-rc.d says: they would take the ports of a
# web server and of databases. A machine that has a policy keeps its own.
INSTALL = """
export DEBIAN_FRONTEND=noninteractive
if [ ! -e "$policy" ]; then
    trap '/bin/rm -f "$policy"' EXIT
    printf '#!/bin/sh\\nexit 101\\n' >"$policy" && /bin/chmod 755 "$policy"
fi
apt-get -qq update
apt-get -qq install --yes --no-install-recommends "$package"
"""
POLICY = "/usr/sbin/policy-rc.d"


def install(package: str) -> None:
    """Install a package, where there is an apt-get that needs no password; otherwise do nothing.

    Its services are not started now, but when the machine starts the next time.
    """
    root = [] if os.geteuid() == 0 else ["sudo", "-n"]
    if not shutil.which("apt-get") or (root and not may_become_root()):
        return
    print(f"The machine lacks a program: installing Debian's {package}", flush=True)
    subprocess.run(
        [*root, "/usr/bin/env", f"package={package}", f"policy={POLICY}", "/bin/sh", "-c", INSTALL],
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
