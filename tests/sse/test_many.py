"""A thousand readers of one room."""

import re
import signal

from tests.conftest import MakeServer
from tests.sse.conftest import Open, counted, room_stream
from tests.support.server import LiveServer
from tests.support.sse import bodies
from tests.support.wait import wait_until

READERS = 1000
TEXTS = ["0", "1", "2", "3", "4"]
MESSAGES = len(TEXTS)


def printed(server: LiveServer, what: str) -> int | None:
    """Return a number that the server has printed."""
    found = re.findall(rf"^{what}: (\d+)$", server.log, re.M)
    return int(found[-1]) if found else None


def test_a_thousand_readers_cost_one_encoding_per_message(
    make_server: MakeServer, connect: Open
) -> None:
    """Once live, and once more for all that reconnect from the same position."""
    server = make_server(entry="counting")
    streams = [connect(server, room_stream("lobby"), buffer=8192) for _ in range(READERS)]
    assert counted(server, "me_api_streams") == READERS
    server.process.send_signal(signal.SIGUSR1)
    assert wait_until(lambda: printed(server, "greenlets")) < READERS / 10, (
        "none for each, not even a dead one"
    )
    for text in TEXTS:
        body = {"nick": "mos", "text": text}
        sent = server.post("/chat/rooms/lobby/messages", body).json["data"]
    for stream in streams:
        stream.wait(lambda message: message == sent)
        assert [message["text"] for message in bodies(stream)] == TEXTS
        stream.close()
    start = str(sent["rev"] - MESSAGES)
    streams = [connect(server, room_stream("lobby"), last=start) for _ in range(READERS)]
    for stream in streams:
        stream.wait(lambda message: message == sent)
        assert [message["text"] for message in bodies(stream)] == TEXTS
    server.stop()
    assert printed(server, "encoded") == 2 * MESSAGES
    assert (printed(server, "subscribers"), printed(server, "hidden")) == (0, 0), "nothing is left"
