"""The private parts of eventlet that the transport relies on are where it left them."""

import inspect

import eventlet.green.socket
import eventlet.green.threading
from eventlet import hubs, patcher
from eventlet.green.threading import Event
from eventlet.greenio import GreenSocket

from me_api.transport import EventletLoop


def parameters(function: object) -> list[str]:
    return list(inspect.signature(function).parameters)  # type: ignore[arg-type]


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


def test_eventlet_s_socket_waits_for_its_descriptor() -> None:
    parts = parameters(GreenSocket._trampoline)
    assert parts == ["self", "fd", "read", "write", "timeout", "timeout_exc"]
    assert parameters(hubs.notify_opened) == ["fd"]


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
