"""A name of a file is looked up quickly where the system can, and slowly elsewhere."""

import errno
import os
from pathlib import Path
from typing import Any

import pytest

from me_api.errors import StorageUnavailable
from me_api.storage import preparation, quick_stat
from me_api.storage.quick_stat import FileName


@pytest.fixture(params=["statx", "stat"])
def name(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    """Return a path, which is looked up in one way and in the other."""
    if request.param == "stat":
        monkeypatch.setattr(quick_stat, "_statx", None)
    return tmp_path / "å.sqlite"


def test_both_ways_find_the_same(name: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    name.write_text("hej")
    found = FileName(str(name)).find()
    assert found is not None
    stat = name.stat()
    assert found[0] == (os.major(stat.st_dev), os.minor(stat.st_dev), stat.st_ino)
    assert found[1] == (stat.st_mtime_ns, 3)
    (link := name.with_name("link")).symlink_to(name)
    monkeypatch.setattr(quick_stat, "_statx", None)
    assert FileName(str(link)).find() == found


def test_a_name_follows_what_happens_to_it(name: Path) -> None:
    watched = FileName(str(name))
    assert watched.find() is watched.identify() is None
    name.write_text("hej")
    first = watched.find()
    with name.open("a") as file:
        file.write("hej")
    second = watched.find()
    assert first and second and first[0] == second[0] and first[1] != second[1]
    (other := name.with_name("other")).write_text("hej")
    other.replace(name)
    assert watched.identify() != first[0]
    assert FileName(str(name / "below")).find() is None, "a file is no folder"


def test_what_cannot_be_looked_up_is_a_storage_failure(
    name: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Any) -> Any:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr("me_api.storage.quick_stat.os.stat", fail)
    with pytest.raises(StorageUnavailable, match="Input/output error"):
        FileName(str(name)).find()


def test_a_database_that_cannot_be_locked_is_used_nevertheless(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: Any) -> Any:
        raise OSError(errno.EROFS, "Read-only file system")

    monkeypatch.setattr("me_api.storage.server_lock.os.open", fail)
    assert preparation.lock(str(tmp_path / "me-api.sqlite")) is None
    assert "cannot be locked" in caplog.text and "Read-only" in caplog.text
