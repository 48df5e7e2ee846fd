"""The secrets by which a guest stays the same sender, kept in a file for each server."""

from __future__ import annotations

import json
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Guest:
    """The secret of a guest, and the nick that was used last."""

    secret: str
    nick: str | None = None


def state_folder() -> Path:
    """Return the folder for what programs keep (XDG Base Directory Specification)."""
    base = os.environ.get("XDG_STATE_HOME") or Path.home() / ".local" / "state"
    return Path(base) / "me-api"


def load(url: str) -> Guest:
    """Return the guest of a server; a new one, if there is none or the file cannot be read."""
    try:
        kept = json.loads(_path(url).read_text(encoding="utf-8"))
        return Guest(kept["secret"], kept["nick"])
    except (OSError, ValueError, LookupError, TypeError):
        return Guest(secrets.token_urlsafe(32))


def save(url: str, guest: Guest) -> None:
    """Keep a guest, readable by this user only. Raises `OSError`."""
    path = _path(url)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    # It gets its name when it is complete: of two programs that start at once, one file stays.
    descriptor, temporary = tempfile.mkstemp(dir=path.parent)
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump({"secret": guest.secret, "nick": guest.nick}, file)
    os.replace(temporary, path)


def _path(url: str) -> Path:
    name = "".join(c if c.isalnum() or c in ".-" else "_" for c in url.rstrip("/"))
    return state_folder() / f"guest-{name}.json"
