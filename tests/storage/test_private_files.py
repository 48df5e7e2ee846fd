"""F83: the files that me-api makes are readable by its own account only."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from tests.support.app import make_user, open_app
from tests.support.databases import SqliteFiles

OWN = 0o600


@pytest.fixture(autouse=True)
def usual_umask() -> Iterator[None]:
    """Create files as most accounts do: readable by everybody."""
    before = os.umask(0o022)
    yield
    os.umask(before)


def modes(folder: Path) -> dict[str, int]:
    """Return the mode of each file of a folder."""
    return {path.name: stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()}


def flask(app: Flask, *arguments: str) -> None:
    result = app.test_cli_runner().invoke(args=arguments)
    assert result.exit_code == 0, result.output


def test_f83_the_instance_folder_and_the_database_in_it(tmp_path: Path) -> None:
    instance = tmp_path / "instance"
    with open_app(instance, instance / "me-api.sqlite") as app:
        assert stat.S_IMODE(instance.stat().st_mode) == 0o700
        flask(app, "db", "upgrade")
        make_user(app, "mos")
        found = modes(instance)
    assert {"me-api.sqlite", "me-api.sqlite-wal", "me-api.sqlite-shm"} <= found.keys()
    assert set(found.values()) == {OWN}


def test_f83_a_copy_of_a_database(tmp_path: Path, empty_database: Path) -> None:
    (tmp_path / "copy").mkdir()
    with open_app(
        tmp_path, Path(SqliteFiles(empty_database).create(tmp_path).partition(":///")[2])
    ) as app:
        target = f"sqlite:///{tmp_path}/copy/new.sqlite"
        flask(app, "db", "copy", app.config["SETTINGS"].database_url, target)
    assert set(modes(tmp_path / "copy").values()) == {OWN}


def test_f83_a_database_behind_a_link(tmp_path: Path) -> None:
    (tmp_path / "srv").mkdir()
    os.symlink(tmp_path / "srv" / "real.sqlite", tmp_path / "link.sqlite")
    with open_app(tmp_path, tmp_path / "link.sqlite") as app:
        flask(app, "db", "upgrade")
        assert modes(tmp_path / "srv")["real.sqlite"] == OWN


def test_f83_a_file_that_exists_keeps_its_mode(tmp_path: Path, empty_database: Path) -> None:
    path = Path(SqliteFiles(empty_database).create(tmp_path).partition(":///")[2])
    path.chmod(0o640)
    with open_app(tmp_path, path) as app:
        make_user(app, "mos")
        assert modes(tmp_path)["me-api.sqlite"] == 0o640


@pytest.mark.parametrize("mode", ["ro", "rw"])
def test_f83_what_may_only_be_opened_is_not_created(tmp_path: Path, mode: str) -> None:
    url = f"sqlite:///file:{tmp_path}/missing.sqlite?mode={mode}&uri=true"
    with open_app(tmp_path, url) as app:
        result = app.test_cli_runner().invoke(args=["chat", "say", "lobby", "hej"])
    assert result.exit_code == 1
    assert not (tmp_path / "missing.sqlite").exists()
