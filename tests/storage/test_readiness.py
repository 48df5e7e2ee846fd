"""F32: `/readyz` says whether something can be stored, and else why not."""

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.faults.disk import Disk, limit_files, locked
from tests.storage.files import post, ready, texts
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Disk]:
    """Mount a small file system of its own."""
    folder = tmp_path / "disk"
    folder.mkdir()
    disk = Disk(folder)
    if os.geteuid():
        pytest.skip("only root may mount a tmpfs")
    # Root that cannot, as in CI, lacks a part of the tests: that is a failure.
    assert disk.mounted
    yield disk
    disk.close()


def on(disk: Disk, server: LiveServer) -> LiveServer:
    """Move the database of a server that is not running to another disk."""
    path = disk.folder / server.database.name
    path.write_bytes(server.database.read_bytes())
    server.database = path
    server.settings["database_url"] = f"sqlite:///{path}"
    return server


def test_f32_a_full_disk(make_server: MakeServer, small_disk: Disk) -> None:
    server = on(small_disk, make_server(start=False)).start()
    assert post(server, "before") == 201
    with small_disk.full(server):
        assert post(server, "lost") == 503
        assert ready(server) == (503, ["disk_full"])
        assert texts(server) == ["before"]
    wait_until(lambda: ready(server) == (200, []), what="an idle server being ready again")
    assert post(server, "after") == 201


def test_f32_an_idle_server_notices_a_full_disk(make_server: MakeServer, small_disk: Disk) -> None:
    server = on(small_disk, make_server(start=False)).start()
    with small_disk.full(server):
        wait_until(lambda: ready(server) == (503, ["disk_full"]))
    wait_until(lambda: ready(server) == (200, []))


def test_f32_a_read_only_disk(make_server: MakeServer, small_disk: Disk) -> None:
    server = on(small_disk, make_server(start=False)).start()
    assert post(server, "before") == 201
    server.kill()
    mount = ["mount", "-o", "remount,ro", str(small_disk.folder)]
    subprocess.run(mount, check=True, capture_output=True)
    server.spawn()
    server.wait_alive()
    wait_until(lambda: ready(server) == (503, ["read_only"]))
    assert post(server, "lost") == 503
    assert texts(server) == ["before"]
    server.kill()
    subprocess.run([*mount[:2], "remount,rw", mount[3]], check=True, capture_output=True)
    server.start()
    assert texts(server) == ["before"]


def test_f32_a_read_only_database(make_server: MakeServer) -> None:
    server = make_server()
    server.stop()
    server.settings["database_url"] = f"sqlite:///file:{server.database}?mode=ro&uri=true"
    server.spawn()
    server.wait_alive()
    wait_until(lambda: ready(server) == (503, ["read_only"]))
    assert post(server, "lost") == 503
    assert ready(server) == (503, ["read_only"])


def test_f32_a_lock_that_stays(make_server: MakeServer) -> None:
    server = make_server(entry="short_busy_timeout")
    assert post(server, "before") == 201
    with locked(server.database):
        assert post(server, "lost") == 503
        assert ready(server) == (503, ["locked"])
    wait_until(lambda: ready(server) == (200, []))


def test_f32_files_that_may_not_grow(make_server: MakeServer) -> None:
    """An error that has no code of its own."""
    server = make_server()
    limit_files(server, 40_000)
    wait_until(lambda: post(server, "x" * 3000) == 503, what="a full file")
    assert ready(server) == (503, ["storage_unavailable"])
    assert server.log.count("nothing can be stored") <= 1, "said once, not at every try"
    limit_files(server, -1)
    wait_until(lambda: ready(server) == (200, []))
