"""The package me-api-client as npm would publish it."""

import re
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import CLIENT, MODULES, Package
from tests.support.node_process import NODE
from tests.support.server import ROOT, LiveServer

ADDRESS = "https://me.example.com"


def example() -> str:
    """Return the example of the README."""
    (found,) = re.findall(r"```ts\n(.*?)```", (CLIENT / "README.md").read_text(), re.S)
    program: str = found
    return program


def run(folder: Path, *command: str) -> str:
    """Run Node in the folder where the package is installed, and return its output."""
    done = subprocess.run(
        [str(NODE), *command], cwd=folder, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def test_it_holds_what_it_needs_and_nothing_else(package: Package) -> None:
    sources = [path.stem for path in (CLIENT / "src" / "lib").glob("*.ts")]
    built = [f"dist/{name}{end}" for name in sources for end in (".js", ".d.ts")]
    assert sorted(package.files) == sorted([*built, "LICENSE", "README.md", "package.json"])
    assert (CLIENT / "LICENSE").read_text() == (ROOT / "LICENSE").read_text()


@pytest.mark.parametrize("module", ["NodeNext", "ESNext"])
def test_its_types_are_found(package: Package, module: str) -> None:
    resolution = "NodeNext" if module == "NodeNext" else "Bundler"
    (package.folder / "right.mts").write_text(example())
    (package.folder / "wrong.mts").write_text(example().replace("room.post(", "room.pots("))
    compiler = MODULES / "typescript" / "lib" / "tsc.js"
    options = ["--noEmit", "--strict", "--target", "ES2022", "--lib", "ES2022,DOM"]
    modules = ["--module", module, "--moduleResolution", resolution]
    with pytest.raises(AssertionError, match="'pots'") as told:
        run(package.folder, str(compiler), *options, *modules, "right.mts", "wrong.mts")
    errors = re.findall(r"^(\S+)\(.*error", str(told.value), re.M)
    assert errors == ["wrong.mts"]


def test_the_readmes_example_runs(package: Package, server: LiveServer) -> None:
    program = example()
    assert len(program.splitlines()) <= 10
    assert ADDRESS in program
    (package.folder / "example.ts").write_text(program.replace(ADDRESS, server.url))
    assert "doe: hej" in run(package.folder, "example.ts")
    stored = server.get("/chat/rooms/lobby/messages").json["data"]
    assert [message["text"] for message in stored] == ["hej"]
