"""The me-page as built by Vite, held in memory so that no request waits for the disk."""

from __future__ import annotations

import gzip
from dataclasses import dataclass
from pathlib import Path

from flask import Request, Response
from werkzeug.exceptions import NotFound
from werkzeug.http import generate_etag
from werkzeug.wrappers import Response as WerkzeugResponse

from me_api.rest.security import content_security_policy

FOLDER = Path(__file__).parent.parent / "static"
TYPES = {
    ".css": "text/css; charset=utf-8",
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".woff2": "font/woff2",
}
"""The types of files that are served; others are not part of the page."""
INDEX = "index.html"
ASSETS = "assets"
IMMUTABLE = "public, max-age=31536000, immutable"
"""For files with a hash in their names: the content of such a name never changes."""


@dataclass(frozen=True, slots=True)
class File:
    """A file, as it is and compressed."""

    body: bytes
    gzipped: bytes
    content_type: str

    @classmethod
    def read(cls, path: Path, content_type: str) -> File:
        """Read and compress a file."""
        body = path.read_bytes()
        return cls(body, gzip.compress(body, mtime=0), content_type)

    def respond(self, request: Request, cache_control: str) -> WerkzeugResponse:
        """Return the file, compressed if the client accepts that, or 304 Not Modified."""
        compress = request.accept_encodings["gzip"] > 0 and len(self.gzipped) < len(self.body)
        response = Response(self.gzipped if compress else self.body, content_type=self.content_type)
        if compress:
            response.content_encoding = "gzip"
        response.vary.add("Accept-Encoding")
        response.headers["Cache-Control"] = cache_control
        response.set_etag(generate_etag(response.data))
        return response.make_conditional(request)


class Page:
    """The files of one build, or none without a folder."""

    def __init__(self, folder: Path | None = FOLDER) -> None:
        self._index: File | None = None
        self._assets: dict[str, File] = {}
        if folder is not None and (index := folder / INDEX).is_file():
            self._index = File.read(index, TYPES[index.suffix])
            self._assets = {
                path.name: File.read(path, TYPES[path.suffix])
                for path in folder.glob(f"{ASSETS}/*")
                if path.suffix in TYPES
            }

    @property
    def is_built(self) -> bool:
        """Whether there is a page; without it there is only the API."""
        return self._index is not None

    def prefers_html(self, request: Request) -> bool:
        """Return whether the client, such as a browser, prefers HTML to JSON.

        curl accepts everything, and is sent JSON.
        """
        kinds = request.accept_mimetypes
        return self.is_built and kinds["text/html"] > kinds["application/json"]

    def show(self, request: Request) -> WerkzeugResponse:
        """Return the page as HTML; it must have been built."""
        assert self._index is not None, "ask is_built first"
        response = self._index.respond(request, "no-cache")
        response.vary.add("Accept")
        # Those of reports are shown as links. The owner's picture may be anywhere, and change while
        # the page is open.
        policy = content_security_policy(request.host, images="https:")
        response.headers["Content-Security-Policy"] = policy
        return response

    def asset(self, request: Request, name: str) -> WerkzeugResponse:
        """Return a file that the page refers to; raise `NotFound` if there is none."""
        if name not in self._assets:
            raise NotFound(f"The page has no file {name!r}.")
        return self._assets[name].respond(request, IMMUTABLE)
