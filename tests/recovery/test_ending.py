"""F34: a session that its client has ended stays ended, though that was not stored at once."""

from tests.conftest import MakeServer
from tests.recovery.raw_clients import Wires, recovered
from tests.support import databases
from tests.support.server import LiveServer
from tests.support.wait import wait_until

WINDOW = 0.01
"""Hours for which a session can be resumed: 36 s, in which the server must have restarted.

An eighth of that passes between heartbeats, one of which is waited for.
"""


def sessions(server: LiveServer) -> int:
    ((count,),) = server.query("SELECT count(*) FROM sessions")
    return int(count)


def test_f34_ending_a_session_is_tried_again_until_it_is_stored(make_server: MakeServer) -> None:
    server = make_server(entry="short_busy_timeout", recovery_hours=WINDOW)
    wires = Wires(server)
    client, other = wires.open(nick="leaves"), wires.open(nick="stays")
    assert sessions(server) == 2
    with server.other_process() as writer:
        databases.block_writes(writer)
        client.disconnect()
        wait_until(lambda: "a session was not ended on disk yet" in server.log)
    wait_until(lambda: sessions(server) == 1, what="the session being deleted")
    server.restart(kill=True)
    assert not recovered(client, wires.again(client))
    assert recovered(other, wires.again(other))
    wires.close()
