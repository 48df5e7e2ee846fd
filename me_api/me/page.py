"""The me-page as Vite built it, kept in memory: a request for it never waits for the disk."""

from __future__ import annotations

import gzip
import re
from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag
from werkzeug.wrappers import Response as WerkzeugResponse

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""What is served; a file of another kind is not the page's."""
INDEX = "index.html"
ASSETS = "assets"
HASHED = "public, max-age=31536000, immutable"
"""A name with a hash never means another file."""
_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; "
    "font-src 'self'; connect-src 'self'{sockets}; form-action 'none'; base-uri 'none'; "
    "frame-ancestors 'none'"
)
_HOST = re.compile(r"[\w.-]+(:\d+)?|\[[\da-fA-F:.]+\](:\d+)?")


@dataclass(frozen=True, slots=True)
class File:
    """One file of the page, plain and compressed."""

    body: bytes
    zipped: bytes
    kind: str

    @classmethod
    def read(cls, path: Path) -> File:
        """Read and compress a file."""
        body = path.read_bytes()
        return cls(body, gzip.compress(body, mtime=0), TYPES[path.suffix])

    def respond(self, request: Request, caching: str) -> WerkzeugResponse:
        """Send it in the form that the browser takes; 304 to who has it already."""
        gzipped = request.accept_encodings["gzip"] > 0 and len(self.zipped) < len(self.body)
        response = Response(self.zipped if gzipped else self.body, content_type=self.kind)
        if gzipped:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = caching
        response.headers["X-Content-Type-Options"] = "nosniff"
        response.set_etag(generate_etag(response.data))
        return response.make_conditional(request)


class Page:
    """The files of one build."""

    def __init__(self, folder: Path = FOLDER) -> None:
        index = folder / INDEX
        self._index = File.read(index) if index.is_file() else None
        self._assets = {
            path.name: File.read(path)
            for path in folder.glob(f"{ASSETS}/*")
            if self.is_built and path.suffix in TYPES
        }

    @property
    def is_built(self) -> bool:
        """Tell whether there is anything to show; without a build there is only the API."""
        return self._index is not None

    def prefers_html(self, request: Request) -> bool:
        """Tell whether a browser asks: curl takes anything, and gets JSON."""
        kinds = request.accept_mimetypes
        return self.is_built and kinds["text/html"] > kinds["application/json"]

    def show(self, request: Request) -> WerkzeugResponse:
        """Send the page, which may run its own files and talk to its own host, nothing else."""
        assert self._index is not None, "ask is_built first"
        response = self._index.respond(request, "no-cache")
        response.vary.add("Accept")
        response.headers["Content-Security-Policy"] = policy(request.host)
        response.headers["Referrer-Policy"] = "no-referrer"
        return response

    def asset(self, request: Request, name: str) -> WerkzeugResponse:
        """Send a file that the page names."""
        if name not in self._assets:
            raise NotFound(f"The page has no file {name!r}.")
        return self._assets[name].respond(request, HASHED)


def policy(host: str) -> str:
    """Write the Content-Security-Policy; older browsers do not count sockets as 'self'."""
    sockets = f" ws://{host} wss://{host}" if _HOST.fullmatch(host) else ""
    return _POLICY.format(sockets=sockets)
