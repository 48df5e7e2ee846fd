"""A school of 300 behind one address, each with a connection of its own: nobody is refused."""

from me_api.rate_limits import RATE_LIMITS
from tests.limits.conftest import MakeSender
from tests.limits.senders import CourseSender, NativeSender, RestSender, SocketSender, refusals
from tests.support.server import LiveServer

ADDRESS = "192.0.2.1"
SOCKETS, OTHERS = 240, 20
PEOPLE = SOCKETS + 3 * OTHERS


def test_three_hundred_greet_at_once_and_go_on(server: LiveServer, open_sender: MakeSender) -> None:
    sockets = [
        open_sender(SocketSender, server, ADDRESS, nick=f"socket{number}")
        for number in range(SOCKETS)
    ]
    others = [
        open_sender(kind, server, ADDRESS, nick=f"{kind.__name__}{number}")
        for kind in (NativeSender, CourseSender, RestSender)
        for number in range(OTHERS)
    ]
    assert len(sockets) + len(others) == PEOPLE == 300
    for text in ("hej", "how are you?"):
        # All of them before the first answer is read: nobody waits for anybody.
        started = [(socket, socket.start(text)) for socket in sockets]  # type: ignore[attr-defined]
        for other in others:
            assert other.codes([text]) == [""]
        for socket, number in started:
            assert "data" in socket.client.wait_ack(number)  # type: ignore[attr-defined]
    assert set(refusals(server)) == {*RATE_LIMITS, "connections", "rooms"}
    assert set(refusals(server).values()) == {0}


def test_a_restart_lets_all_of_them_in_again(server: LiveServer, open_sender: MakeSender) -> None:
    for _ in range(2):
        sockets = [
            open_sender(
                SocketSender, server, ADDRESS, nick=f"socket{number}", guest=f"{number:022}"
            )
            for number in range(PEOPLE)
        ]
        for socket in sockets:
            socket.client.emit("/chat", "join", {"room": "lobby"}, ack_id=1)  # type: ignore[attr-defined]
        for socket in sockets:
            assert "data" in socket.client.wait_ack(1)  # type: ignore[attr-defined]
        server.restart(kill=True)
