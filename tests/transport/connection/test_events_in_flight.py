"""A client with too many unanswered events is not read until some are answered."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from me_api.transport.connection.flow_control import MAX_IN_FLIGHT
from tests.conftest import StartServer
from tests.support.frames import TEXT, frame
from tests.support.packets import ACK
from tests.support.server import LiveServer
from tests.support.wire import WireClient
from tests.transport.assertions import CHAT, LOBBY, SECONDS, joined
from tests.transport.upgrader import Upgrader

MEMBERS = '42/chat,9999["members",{"room":"lobby"}]'


@pytest.fixture(scope="module")
def held_server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server whose commits can be blocked."""
    made = start_server("held", entry="held_commits")
    yield made
    made.stop()


@pytest.fixture
def server(held_server: LiveServer) -> LiveServer:
    """Use the server with blocked commits instead of the default one."""
    return held_server


@pytest.fixture
def hold(server: LiveServer) -> Iterator[Path]:
    """Return the path of the file that blocks all commits while it exists."""
    path = server.folder / "hold"
    yield path
    path.unlink(missing_ok=True)


@pytest.fixture
def other(server: LiveServer) -> Iterator[WireClient]:
    """Connect a client that is answered at once."""
    with joined(server, "other") as made:
        yield made


def events(count: int) -> list[str]:
    return [f'42/chat,{n}["post",{{"room":"lobby","text":"{n}"}}]' for n in range(count)]


def framed(event: str) -> bytes:
    return frame(TEXT, event.encode())


def fence(other: WireClient) -> None:
    """Wait until the server has read everything that was sent before."""
    for _ in range(5):
        assert "data" in other.call(CHAT, "members", LOBBY)


def acked(client: WireClient) -> list[int | None]:
    return [packet.id for packet in client.packets if packet.type == ACK]


def is_answered_now(client: WireClient, other: WireClient) -> bool:
    """Return whether an event that needs no disk is answered, sent after all that waits."""
    client.send(MEMBERS)
    fence(other)
    try:
        while 9999 not in acked(client):
            client.pump(0.5)
    except TimeoutError:
        return False
    return True


def test_below_the_bound_all_is_read(server: LiveServer, hold: Path, other: WireClient) -> None:
    with joined(server, "quick") as client:
        hold.touch()
        for event in events(MAX_IN_FLIGHT - 1):
            client.send(event)
        assert is_answered_now(client, other)
        hold.unlink()
        client.wait_ack(MAX_IN_FLIGHT - 2, SECONDS)


def test_at_the_bound_nothing_is_read_until_some_are_answered(
    server: LiveServer, hold: Path, other: WireClient
) -> None:
    count = MAX_IN_FLIGHT * 5
    with joined(server, "eager") as client:
        hold.touch()
        already = len(acked(client))
        client.socket.send_raw(b"".join(map(framed, events(count))))
        assert not is_answered_now(client, other)
        assert len(acked(client)) == already
        hold.unlink()
        client.wait_ack(9999, SECONDS)
        client.wait_ack(count - 1, SECONDS)
        answered = [number for number in acked(client)[already:] if number != 9999]
        assert answered == list(range(count))


def test_the_packets_of_one_poll_post_are_read_in_portions(
    server: LiveServer, hold: Path, other: WireClient
) -> None:
    count = MAX_IN_FLIGHT * 3
    poller = Upgrader(server)
    with ThreadPoolExecutor(1) as pool:
        hold.touch()
        posting = pool.submit(poller.send, *events(count), MEMBERS)
        fence(other)
        assert not posting.done()
        assert not any(packet.startswith("43/chat,9999[") for packet in poller.packets)
        hold.unlink()
        assert posting.result(SECONDS) == 200
    poller.wait(f"43/chat,{count - 1}[")
    answers = [int(p[8 : p.index("[")]) for p in poller.packets if p.startswith("43/chat,")]
    assert [n for n in answers[1:] if n != 9999] == list(range(count))
