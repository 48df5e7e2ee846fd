"""The private parts of eventlet that the transport relies on are where it left them."""

import inspect

import eventlet.green.socket
import eventlet.green.threading
import eventlet.wsgi
import pytest
from eventlet import hubs, patcher
from eventlet.green.threading import Event

from me_api.transport import EventletLoop
from me_api.transport.web import protocol


@pytest.fixture(autouse=True)
def nothing_unexpected() -> None:
    """Replace the fixture that needs a server."""


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


def test_eventlet_serves_a_connection_as_ours_takes_it_over() -> None:
    stock = eventlet.wsgi.HttpProtocol
    assert parameters(stock.__init__) == ["self", "conn_state", "server"]
    assert parameters(stock.get_environ) == parameters(stock.finish) == ["self"]
    source = inspect.getsource(stock)
    assert "self.conn_state = conn_state" in source
    assert "conn = self.connection = self.request" in source
    assert "self.environ = self.get_environ()" in source
    assert "if WSGI_LOCAL.already_handled:" in source
    assert "conn_state[1].close()" in inspect.getsource(eventlet.wsgi.Server.process_request)
    assert "WSGI_LOCAL.already_handled = False" in source
    for name in ("shutdown", "close"):
        assert hasattr(protocol._DetachedSocket, name)
    assert {"position", "content_length"} <= set(eventlet.wsgi.Input.__init__.__code__.co_names)
    assert callable(eventlet.wsgi.Input.discard)


def test_eventlet_s_socket_gives_its_descriptor_away() -> None:
    near, far = eventlet.green.socket.socketpair()
    number = near.fd.detach()
    assert near.fd.fileno() == -1
    raw = patcher.original("socket").socket(fileno=number)
    raw.send(b"x")
    assert far.recv(1) == b"x"
    raw.close()
    near.close()
    far.close()


def test_eventlet_s_hub_offers_what_ours_calls() -> None:
    hub = hubs.get_hub()
    assert parameters(hub.add) == ["evtype", "fileno", "cb", "tb", "mac"]
    assert parameters(hub.remove) == ["listener"]
    assert parameters(hub.schedule_call_global) == ["seconds", "cb", "args", "kw"]
    assert hub.READ != hub.WRITE
    assert "switch_out()" in inspect.getsource(type(hub).switch)
    assert hub.greenlet is not None


def test_eventlet_s_originals_are_not_green() -> None:
    assert patcher.original("threading").Thread is not eventlet.green.threading.Thread
    assert patcher.original("queue").SimpleQueue
    assert patcher.original("socket").socketpair
    assert EventletLoop().event().__class__ is Event
