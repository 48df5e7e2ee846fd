"""How many connections the HTTP server keeps, and which it closes for others, in this process."""

import socket
from collections.abc import Callable, Iterator
from unittest.mock import Mock

import eventlet
import pytest

from me_api.transport.connection.addresses import AddressCounter
from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.web import reception, server
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.listener import Listener, listen
from me_api.transport.web.reception import Reception
from me_api.transport.web.server import HttpLimits, HttpOptions, HttpServer
from tests.transport.socket_pairs import turn_until

MakeServer = Callable[..., "Served"]
LOCAL = "127.0.0.1"


class Served:
    """A server that accepts connections, and answers none."""

    def __init__(self, per_address: int | None = None) -> None:
        self.listener: Listener = listen(LOCAL, 0)
        self.address: tuple[str, int] = self.listener.getsockname()
        self.refused: list[str] = []
        limits = HttpLimits(60, 60, 60, None if per_address is None else 1)
        handler = Mock(handles=lambda path: False, never_waits=True)
        options = HttpOptions(handler, Mock(), limits, self.refused.append)
        budget = ByteBudget(2**20)
        registry = Mock(input_budget=budget, abort_oldest_closing=lambda: False)
        self.server = HttpServer(Mock(), self.listener, options, InFlight(), registry)
        if per_address is not None:
            self.server._addresses = AddressCounter(per_address)
        self.reception = Reception(self.listener)
        self.reception.start(self.server)
        self.clients: list[socket.socket] = []

    def connect(self) -> socket.socket:
        """Connect a client; return when the server has accepted it."""
        known = set(self.server.connections)
        self.clients.append(client := socket.create_connection(self.address, 20))
        client.setblocking(False)
        refused = len(self.refused)
        turn_until(lambda: self.server.connections - known or len(self.refused) > refused)
        return client

    def close(self) -> None:
        self.reception.end()
        for one in [*self.server.connections, *self.clients]:
            one.close()


@pytest.fixture
def make() -> Iterator[MakeServer]:
    made: list[Served] = []

    def make_server(per_address: int | None = None) -> Served:
        made.append(Served(per_address))
        return made[-1]

    yield make_server
    for one in made:
        one.close()


def rest(client: socket.socket) -> bytes:
    """Return what a client receives until the end of the connection."""
    parts: list[bytes] = []

    def ended() -> bool:
        try:
            parts.append(client.recv(65_536))
        except BlockingIOError:
            return False
        return not parts[-1]

    turn_until(ended)
    return b"".join(parts)


def is_open(client: socket.socket) -> bool:
    with pytest.raises(BlockingIOError):
        client.recv(1)
    return True


def test_one_address_has_so_many_connections(make: MakeServer) -> None:
    served = make(2)
    one, two = served.connect(), served.connect()
    refusal = rest(served.connect())
    assert refusal.startswith(b"HTTP/1.1 429 ") and b'"code":"too_many_connections"' in refusal
    assert served.refused == ["too_many_connections"]
    assert is_open(one) and is_open(two)
    one.close()
    turn_until(lambda: len(served.server.connections) == 1)
    assert is_open(served.connect()), "a connection that was closed makes room"


def test_the_address_of_a_proxy_is_not_counted(make: MakeServer) -> None:
    served = make(None)
    assert all(is_open(served.connect()) for _ in range(3))


def test_without_files_the_connection_that_has_waited_longest_is_closed(
    make: MakeServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(server, "file_limit", lambda: server.OTHER_FILES + 10**6)
    served = make(None)
    idle, incomplete, second = served.connect(), served.connect(), served.connect()
    incomplete.send(b"GET / HT")
    turn_until(lambda: bool(served.server._shared.heads._entries))
    served.server._last_file = 0
    last = served.connect()
    # Incomplete heads first, then what is idle.
    assert rest(incomplete) == b""
    assert is_open(idle) and is_open(second) and is_open(last)
    served.connect()
    assert rest(idle) == b"" and is_open(second) and is_open(last)


def test_a_new_connection_is_closed_only_if_all_others_are_busy(make: MakeServer) -> None:
    served = make(None)
    busy = served.connect()
    for connection in served.server.connections:
        connection.waiting_in, connection.serving = None, True
    served.server._last_file = 0
    served.clients.append(new := socket.create_connection(served.address, 20))
    new.setblocking(False)
    assert rest(new) == b""
    assert is_open(busy)


def test_it_accepts_until_the_listener_is_closed(make: MakeServer) -> None:
    served = make(None)
    accepting = served.reception._accepting
    served.connect()
    served.listener.close()
    accepting.wait()  # It returns, without an error.
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.address, 20)


def test_a_closed_reception_opens_again_when_the_address_is_free(
    make: MakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reception, "RETRY_SECONDS", 0.01)
    served = make(None)
    idle = served.connect()
    served.reception.close()
    served.reception.close()
    assert rest(idle) == b""
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.address, 20)
    other = listen(*served.address)
    served.reception.open()
    turn_until(lambda: "the server cannot listen yet" in caplog.text)
    other.close()
    turn_until(lambda: served.reception.listener is not served.listener)
    eventlet.sleep(0)
    assert is_open(served.connect())
    served.reception.open()  # It is open.
    served.reception.end()
    served.reception.open()  # Too late.
    eventlet.sleep(0)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.address, 20)


def test_a_reception_that_is_closed_while_it_waits_for_its_address(
    make: MakeServer, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(reception, "RETRY_SECONDS", 0.01)
    served = make(None)
    served.reception.close()
    other = listen(*served.address)
    served.reception.open()
    turn_until(lambda: "the server cannot listen yet" in caplog.text)
    served.reception.end()
    other.close()
    eventlet.sleep(0.05)
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(served.address, 20)
