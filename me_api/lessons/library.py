"""The files of docs/kurs: pages in Markdown, and examples in HTML and Python."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import escape
from pathlib import Path

from me_api.concurrency import Worker
from me_api.extensions import app_extension
from me_api.rest.security import content_security_policy

FOLDER = Path(__file__).parents[2] / "docs" / "kurs"
ADDRESS = "/kurs"
EXAMPLES = "exempel"
INDEX = "README"
USUAL = "127.0.0.1:1337"
"""The server's address in the files; what is served has the address of the request instead."""
TEMPLATE = Path(__file__).with_name("page.html")
TYPES = {".html": "text/html; charset=utf-8", ".py": "text/plain; charset=utf-8"}
"""The types of examples."""

# So that an example also connects to the plain server beside it: `?server=http://127.0.0.1:5000`.
_LOOPBACK = "http://127.0.0.1:* ws://127.0.0.1:*"
_TITLE = re.compile(r"^# (.+)$", re.MULTILINE)
_PAGE = re.compile(r'(?<=<a href=")([\w-]+)\.md(?=["#])')
_EXAMPLE = re.compile(rf'(?<=<a href="){EXAMPLES}/')
_OUTSIDE = re.compile(r'<a href="\.\./[^"]*"[^>]*>(.*?)</a>')
"""A link to another document of docs/, which is not served."""
_SCRIPT = re.compile(r"<script>(.*?)</script>", re.DOTALL)
_STYLE = re.compile(r"<style>(.*?)</style>", re.DOTALL)
_HOST = re.compile(r"[\w.-]+(?::\d+)?|\[[\da-fA-F:.]+\](?::\d+)?")

# The process of the reports: rendering may take long, and needs libraries that the server does not.
_renderer: Worker = app_extension("renderer")


@dataclass(frozen=True, slots=True)
class Document:
    """A page or an example, as it is sent to one host."""

    text: str
    content_type: str
    policy: str | None = None
    """The Content-Security-Policy of HTML."""


class Library:
    """The pages and examples of a folder; each is read when it is first requested."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        self._texts: dict[Path, str] = {}

    def page(self, name: str, scheme: str, host: str) -> Document | None:
        """Return a page as HTML, or None if there is none; raise `Busy` or `WorkerFailed`."""
        path = self._folder / f"{name}.md"
        if path not in self._texts:
            if not _is_in(path, self._folder):
                return None
            self._texts[path] = _render(path.read_text("utf-8"))
        return _html(self._texts[path], scheme, host)

    def example(self, name: str, scheme: str, host: str) -> Document | None:
        """Return an example, or None if there is none."""
        path = self._folder / EXAMPLES / name
        if path not in self._texts:
            if path.suffix not in TYPES or not _is_in(path, path.parent):
                return None
            self._texts[path] = path.read_text("utf-8")
        if path.suffix == ".html":
            return _html(self._texts[path], scheme, host, _LOOPBACK)
        return Document(_address(self._texts[path], scheme, host), TYPES[path.suffix])


def _is_in(path: Path, folder: Path) -> bool:
    """Return whether a folder has this file; its name may come from a request."""
    return path in folder.glob(f"*{path.suffix}")


def _render(markdown: str) -> str:
    title = _TITLE.search(markdown)
    content = _OUTSIDE.sub(r"<code>docs/\1</code>", _renderer.call(markdown))
    # Absolute, since the index is also at an address without a slash at its end.
    content = _PAGE.sub(lambda link: f"{ADDRESS}/{'' if link[1] == INDEX else link[1]}", content)
    content = _EXAMPLE.sub(f"{ADDRESS}/{EXAMPLES}/", content)
    page = TEMPLATE.read_text("utf-8").replace("{title}", escape(title[1]) if title else "")
    return page.replace("{content}", content)


def _html(text: str, scheme: str, host: str, connect: str = "") -> Document:
    text = _address(text, scheme, host)
    script, style = _SCRIPT.search(text), _STYLE.search(text)
    policy = content_security_policy(host, script and script[1], style and style[1], connect)
    return Document(text, TYPES[".html"], policy)


def _address(text: str, scheme: str, host: str) -> str:
    """Return a text with this host in the place of the usual one, if it is a host at all."""
    if not _HOST.fullmatch(host):
        return text
    sockets = "wss" if scheme == "https" else "ws"
    text = text.replace(f"http://{USUAL}", f"{scheme}://{host}")
    return text.replace(f"ws://{USUAL}", f"{sockets}://{host}").replace(USUAL, host)
