"""Both ways to fill a disk refuse posts, until there is space again."""

from pathlib import Path

import pytest

from tests.conftest import MakeServer
from tests.faults.harness import make_harness
from tests.support.wait import wait_until


@pytest.mark.parametrize("mount", [True, False])
def test_a_full_disk_refuses_posts_until_it_has_room(
    make_server: MakeServer, empty_database: Path, mount: bool
) -> None:
    harness = make_harness(make_server(start=False), empty_database, mount=mount)
    path = f"/chat/rooms/{harness.rooms[0]}/messages"

    def post() -> int:
        return harness.server.post(path, {"text": "hej", "nick": "mos"}).status

    try:
        assert post() == 201
        with harness.disk.full(harness.server):
            wait_until(lambda: post() == 503, what="a full disk")
        assert post() == 201
        harness.server.stop()
    finally:
        harness.close()
