"""Clients that vanish without closing the connection."""

from tests.conftest import MakeServer
from tests.sse.conftest import Open, counted, room_stream
from tests.support.sse import bodies
from tests.support.wait import wait_until

LONG = 100_000


def test_a_client_that_acknowledges_no_bytes_is_disconnected(
    make_server: MakeServer, connect: Open
) -> None:
    """The write buffer is not full: TCP_USER_TIMEOUT closes the connection."""
    server = make_server(
        ping_interval=0.3, ping_timeout=0.2, outbox_bytes=100_000_000, message_max_length=LONG
    )
    silent, reader = (connect(server, room_stream("lobby"), buffer=size) for size in (4096, None))
    for _ in range(100):
        body = {"nick": "mos", "text": "x" * LONG}
        last = server.post("/chat/rooms/lobby/messages", body).json["data"]
        reader.wait(lambda message, last=last: message == last)
    wait_until(lambda: counted(server, "me_api_streams") == 1, 30, "the silent one being forgotten")
    assert counted(server, 'me_api_slow_clients_total{interface="sse"}') == 0
    silent.drain()
    back = connect(server, room_stream("lobby"), last=silent.last_id)
    back.wait(lambda message: message == last)
    assert len(bodies(silent) + bodies(back)) == 100
