"""Follows the Dockerfile without Docker: in a plain folder, with this machine's Python.

`python -m deploy.dockerfile` copies what COPY names and runs what RUN says, stage after stage, then
starts the server as CMD does, asks as HEALTHCHECK does, and stops it. It knows only the
instructions that the Dockerfile uses, and ends with an error at any other. What it cannot show is
whether the base image has all that is needed.
"""

from __future__ import annotations

import json
import os
import shlex
import shutil
import socket
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from time import monotonic, sleep
from typing import Any

from deploy.nodes import ROOT

DOCKERFILE = ROOT / "Dockerfile"
START_SECONDS = 180
NOTED = ("EXPOSE", "VOLUME", "STOPSIGNAL", "USER")
"""They have no effect in a folder."""


Ignore = Callable[[Any, list[str]], Iterable[str]]


class DockerfileError(Exception):
    """The Dockerfile does not work; the text says where."""


@dataclass
class Stage:
    """A stage of the build: all instructions from one FROM to the next."""

    root: Path
    environment: dict[str, str]
    folder: Path = Path("/")
    health: list[str] = field(default_factory=list)
    command: list[str] = field(default_factory=list)

    def real(self, path: str) -> Path:
        """Return where a path of the image is on this machine."""
        return self.root / str(Path(self.folder, path)).lstrip("/")

    def run(self, command: list[str]) -> None:
        """Run a command in the present folder; raise `DockerfileError` if it fails."""
        done = subprocess.run(command, cwd=self.real("."), env=self.environment, check=False)
        if done.returncode:
            raise DockerfileError(f"it ends with {done.returncode}: {shlex.join(command)}")


def instructions(path: Path) -> list[tuple[str, str]]:
    """Read a Dockerfile: each instruction with its arguments, continued lines joined."""
    lines = [line for line in path.read_text().splitlines() if not line.startswith("#")]
    joined = "\n".join(lines).replace("\\\n", " ").splitlines()
    return [(name, rest.strip()) for name, _, rest in (x.partition(" ") for x in joined) if name]


def follow(path: Path, root: Path) -> Stage:
    """Build all stages below a folder and return the last; finished ones are beside it."""
    stages: dict[str, Path] = {}
    stage: Stage | None = None
    name = ""
    for number, (instruction, rest) in enumerate(instructions(path), start=1):
        print(f"{number}. {instruction} {rest}", flush=True)
        if instruction == "FROM":
            # All stages are built in one place, for a venv names its own.
            if stage is not None:
                stages[name] = root.with_name(f"stage-{name}")
                root.rename(stages[name])
            root.mkdir()
            name = rest.partition(" AS ")[2]
            stage = Stage(root, clean_environment())
        elif stage is None:
            raise DockerfileError("it begins with FROM")
        else:
            apply(stage, stages, instruction, rest)
    if stage is None:
        raise DockerfileError("it is empty")
    return stage


def clean_environment() -> dict[str, str]:
    """Return an environment in which `python` is the one that runs this, and no setting is made."""
    ours = {k: v for k, v in os.environ.items() if not k.startswith(("ME_API_", "PYTHON"))}
    path = Path(os.path.realpath(sys.executable)).parent
    return ours | {"PATH": f"{path}{os.pathsep}{os.environ['PATH']}"}


def apply(stage: Stage, stages: dict[str, Path], instruction: str, rest: str) -> None:
    """Do what one instruction says."""
    if instruction == "WORKDIR":
        stage.folder = Path(stage.folder, rest)
        stage.real(".").mkdir(parents=True, exist_ok=True)
    elif instruction == "ENV":
        stage.environment |= dict(pair.split("=", 1) for pair in shlex.split(rest))
    elif instruction == "COPY":
        copy(stage, stages, shlex.split(rest))
    elif instruction == "RUN":
        # Absolute paths of the image are below the folder here.
        stage.run(["sh", "-euc", rest.replace("/srv/", f"{stage.root}/srv/")])
    elif instruction == "HEALTHCHECK":
        stage.health = json.loads(rest.partition("CMD ")[2])
    elif instruction == "CMD":
        stage.command = json.loads(rest)
    elif instruction not in NOTED:
        raise DockerfileError(f"{instruction} is not known here")


def copy(stage: Stage, stages: dict[str, Path], arguments: list[str]) -> None:
    """Copy files of the project, or of another stage."""
    source = ROOT
    if arguments[0].startswith("--from="):
        source = stages[arguments.pop(0).removeprefix("--from=")]
    *names, target = arguments
    for name in names:
        origin = source / name.lstrip("/")
        goal = stage.real(target)
        if origin.is_dir():
            shutil.copytree(origin, goal, symlinks=True, dirs_exist_ok=True, ignore=ignored(source))
        else:
            goal = goal / origin.name if target.endswith("/") else goal
            goal.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(origin, goal)


def ignored(source: Path) -> Ignore | None:
    """Return what .dockerignore leaves out of the project's folders."""
    if source != ROOT:
        return None
    return shutil.ignore_patterns("node_modules", "__pycache__", "static", "dist")


def serve(stage: Stage) -> None:
    """Start the server, wait until it is healthy, and stop it."""
    settings = {"ME_API_HOST": "127.0.0.1", "ME_API_PORT": str(free_port())}
    stage.environment |= settings
    with subprocess.Popen(stage.command, cwd=stage.real("."), env=stage.environment) as server:
        try:
            wait_healthy(stage, server)
        finally:
            server.terminate()
    if server.returncode:
        raise DockerfileError(f"the server ends with {server.returncode}")


def free_port() -> int:
    """Return a port on which nothing listens."""
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def wait_healthy(stage: Stage, server: subprocess.Popen[bytes]) -> None:
    """Ask as HEALTHCHECK does until it says yes."""
    deadline = monotonic() + START_SECONDS
    while True:
        asked = subprocess.run(
            stage.health,
            cwd=stage.real("."),
            env=stage.environment,
            capture_output=True,
            check=False,
        )
        if not asked.returncode:
            return
        if server.poll() is not None or monotonic() > deadline:
            raise DockerfileError(f"the server is not healthy: {asked.stderr.decode()}")
        sleep(0.2)


def main() -> None:
    """Follow the Dockerfile; exit with one line if it does not work."""
    folder = Path(tempfile.mkdtemp(prefix="me-api-image-"))
    try:
        stage = follow(DOCKERFILE, folder / "root")
        serve(stage)
        print("The Dockerfile builds a server that starts, is healthy, and stops")
    except DockerfileError as error:
        sys.exit(f"Dockerfile: {error}")
    finally:
        shutil.rmtree(folder)


if __name__ == "__main__":
    main()
