"""What is built: small, hashed, and with nothing from elsewhere."""

import gzip
import re

from tests.support.server import ROOT

STATIC = ROOT / "me_api" / "static"
MOST_SCRIPT = 70_000
"""Bytes, compressed."""
SERVED = ("/docs", "/manifest.webmanifest", "/icons/180.png")
"""What the page names, and the server has without a build."""
HASHED = re.compile(r"[\w.-]+-[\w-]{8}\.(js|css|svg|woff2)")


def test_the_script_is_small() -> None:
    scripts = list((STATIC / "assets").glob("*.js"))
    assert scripts
    assert sum(len(gzip.compress(path.read_bytes())) for path in scripts) < MOST_SCRIPT


def test_every_name_but_the_pages_has_a_hash() -> None:
    # The files of socket.io-client keep their names: others link them.
    files = [path for path in STATIC.rglob("*") if path.parent != STATIC / "socket.io"]
    names = {path.name for path in files if path.is_file()}
    for name in names - {"index.html", ".made"}:
        assert HASHED.fullmatch(name), name


def test_the_page_names_only_its_own_files_and_runs_nothing_inline() -> None:
    page = (STATIC / "index.html").read_text()
    for address in re.findall(r'(?:src|href)="([^"]*)"', page):
        assert address in SERVED or (STATIC / address.lstrip("/")).is_file(), address
    assert re.findall(r"<script[^>]*>([^<]*)</script>", page) == [""]
    assert (
        "<style" not in page and " style=" not in page and " on" not in re.sub(">[^<]*<", "", page)
    )
