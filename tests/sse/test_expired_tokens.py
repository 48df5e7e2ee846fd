"""Streams that were opened with a token end with it (F46)."""

import pytest

from tests.chat.clients import make_token
from tests.recovery.scenario import World
from tests.sse.conftest import Open
from tests.support.frames import Cut

SHORT = 3 / 3600


@pytest.mark.parametrize("path", ["/stream", "/reports/stream", "/chat/rooms/lobby/stream"])
def test_a_stream_ends_when_its_token_expires(
    world: World, connect: Open, follow: Open, path: str
) -> None:
    headers = {"x-access-token": make_token(world.server, f"reader of {path}", hours=SHORT)}
    stream, anonymous = follow(path, headers=headers), follow(path)
    with pytest.raises(Cut, match="closed by the server"):
        while True:
            stream.pump(10)
    refused = connect(world.server, path, headers=headers)
    assert (refused.status, refused.json["errors"][0]["code"]) == (401, "expired_token")
    with pytest.raises(TimeoutError):
        anonymous.wait_until(lambda: anonymous.closed, 0.1)
