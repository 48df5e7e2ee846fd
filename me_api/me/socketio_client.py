"""The files of socket.io-client, where pages find them on Node's servers."""

from __future__ import annotations

from pathlib import Path

from flask import Request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from me_api.me.page import FOLDER, File

BUILDS = ("socket.io", "socket.io.min", "socket.io.esm.min")
TYPES = {"js": "text/javascript; charset=utf-8", "js.map": "application/json"}
NAMES = {f"{build}.{kind}": kind for build in BUILDS for kind in TYPES}
"""The files of the package that are served, and their kinds."""
REVALIDATED = "public, no-cache"
"""A name stays when the package is upgraded: caches ask whether the content has changed."""


class SocketIOClient:
    """The files of the pinned package, which `make page` copies.

    Each is read when it is first requested, and then held in memory.
    """

    def __init__(self, folder: Path = FOLDER / "socket.io") -> None:
        self._folder = folder
        self._files: dict[str, File] = {}

    def respond(self, request: Request, name: str) -> Response:
        """Return a file; raise `NotFound` if it has not been copied."""
        if name not in self._files:
            self._files[name] = self._read(name)
        return self._files[name].respond(request, REVALIDATED)

    def _read(self, name: str) -> File:
        path = self._folder / name
        if name not in NAMES or not path.is_file():
            raise NotFound(f"{name} is not here: make page copies it.")
        return File.read(path, TYPES[NAMES[name]])
