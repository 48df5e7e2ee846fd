"""The nodes of a cluster on this machine: servers with one database and one key."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

from deploy.process import ClusterError, Process

ROOT = Path(__file__).resolve().parents[1]
MIGRATE = [sys.executable, "-m", "flask", "--app", "wsgi", "db", "upgrade"]


def environment(folder: Path, database_url: str, redis_url: str) -> dict[str, str]:
    """Return the environment that all nodes share. Settings of the caller's stay in force."""
    return {
        **os.environ,
        "ME_API_DATABASE_URL": database_url,
        "ME_API_REDIS_URL": redis_url,
        "ME_API_JWT_SECRET": _secret(folder / "jwt_secret"),
        "ME_API_TRUSTED_PROXIES": "1",
        "PYTHONUNBUFFERED": "1",
    }


def _secret(path: Path) -> str:
    """Return the key that signs tokens, which is created once."""
    if not path.exists():
        path.touch(mode=0o600)
        path.write_text(secrets.token_urlsafe(48))
    return path.read_text()


def migrate(shared: dict[str, str]) -> None:
    """Create the tables, or bring them to this version; raise `ClusterError` if that fails."""
    made = subprocess.run(
        MIGRATE, cwd=ROOT, env=shared, capture_output=True, text=True, check=False
    )
    if made.returncode:
        raise ClusterError(f"the database cannot be migrated: {made.stderr.strip()}")


def make(name: str, port: int, shared: dict[str, str], log: Path) -> Process:
    """Return a node, not started."""
    own = {"ME_API_NODE": name, "ME_API_HOST": "127.0.0.1", "ME_API_PORT": str(port)}
    return Process(
        name,
        [sys.executable, ROOT / "app.py"],
        log,
        lambda: _is_ready(f"http://127.0.0.1:{port}/readyz"),
        environment=shared | own,
        folder=ROOT,
    )


def _is_ready(url: str) -> bool:
    try:
        with urllib.request.urlopen(url, timeout=2) as response:
            return bool(response.status == 200)
    except (urllib.error.URLError, OSError):
        return False
