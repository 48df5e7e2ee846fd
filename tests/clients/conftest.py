"""The client library, packed and installed as a package, and the programs that use it."""

import fcntl
import functools
import json
import os
import subprocess
import sys
import tarfile
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser

from tests.browser.conftest import browser
from tests.clients.snippets import Page, Program
from tests.conftest import MakeServer
from tests.support.server import ROOT, LiveServer

__all__ = ["browser"]

CLIENT = ROOT / "client"
MODULES = CLIENT / "node_modules"
BIN = Path(sys.executable).parent

Chatter = Program | Page
Start = Callable[[str, str], Chatter]


class Package(NamedTuple):
    """The files that npm would publish, and a folder in which they are installed."""

    files: list[str]
    folder: Path


@pytest.fixture(scope="package")
def package(tmp_path_factory: pytest.TempPathFactory) -> Package:
    """Pack the library with npm, and install it in a folder of its own."""
    assert (MODULES / "socket.io-client").exists(), f"{MODULES} is missing: run make test"
    folder = tmp_path_factory.mktemp("installed")
    npm = [str(BIN / "npm"), "pack", "--json", "--pack-destination", str(folder)]
    environment = os.environ | {"PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}"}
    # It builds `dist` anew, which another worker may be packing.
    with (MODULES / ".packing").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        done = subprocess.run(
            npm, cwd=CLIENT, env=environment, capture_output=True, text=True, check=False
        )
    assert done.returncode == 0, done.stdout + done.stderr
    (packed,) = json.loads(done.stdout[done.stdout.index("[") :])
    modules = folder / "node_modules"
    modules.mkdir()
    for module in MODULES.iterdir():
        (modules / module.name).symlink_to(module)
    with tarfile.open(folder / packed["filename"]) as archive:
        archive.extractall(folder, filter="data")
    (folder / "package").rename(modules / "me-api-client")
    return Package([file["path"] for file in packed["files"]], folder)


class Quiet(SimpleHTTPRequestHandler):
    """Serves the files of a folder without logging requests."""

    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    return make_server()


@pytest.fixture
def start(server: LiveServer, request: pytest.FixtureRequest) -> Iterator[Start]:
    """Start programs of docs/clients.md, each with a nick."""
    programs = ExitStack()

    def make(language: str, nick: str) -> Chatter:
        if language == "html":
            page: Chatter = request.getfixturevalue("open_page")(nick)
            return page
        return programs.enter_context(Program(language, server.url, nick))

    with programs:
        yield make


@pytest.fixture
def open_page(
    server: LiveServer, package: Package, browser: Browser
) -> Iterator[Callable[[str], Page]]:
    """Open the browser's program, which is served with its modules from another origin."""
    handler = functools.partial(Quiet, directory=str(package.folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as site, ExitStack() as tabs:
        thread = threading.Thread(target=site.serve_forever)
        thread.start()
        url = f"http://127.0.0.1:{site.server_port}"
        try:
            yield lambda nick: Page(
                # That of the tests behind a proxy is known to nobody.
                tabs.enter_context(browser.new_page(ignore_https_errors=True)),
                package.folder,
                url,
                server.url,
                nick,
            )
        finally:
            site.shutdown()
            thread.join()
