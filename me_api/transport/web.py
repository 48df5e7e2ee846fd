"""The web server: eventlet's own, stopped gently by SIGTERM and SIGINT."""

from __future__ import annotations

import logging
import random
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from io import BufferedReader
from socket import socket as RawSocket
from typing import Any

import eventlet
import eventlet.wsgi
from eventlet import patcher
from eventlet.green.threading import Event
from flask import Flask
from flask_socketio import SocketIO

from me_api.plain import Reader
from me_api.transport import framing, sse
from me_api.transport.busy import Busy
from me_api.transport.doorstep import Ahead, Doorstep
from me_api.transport.frames import GOING_AWAY
from me_api.transport.hangup import Hangup
from me_api.transport.listener import MAX_CONNECTIONS, allow_files
from me_api.transport.loop import EventletLoop
from me_api.transport.memory import give_back
from me_api.transport.server import Server
from me_api.transport.shelf import Shelf

log = logging.getLogger(__name__)

GOODBYE_SECONDS = 1.0
LOOK_SECONDS = 0.01
REST_SECONDS = 2.0
"""How long the rest of a refused body is read before the connection is closed."""
SWITCH_SECONDS = 0.0005
"""How long a native thread may have to wait for Python's lock; 5 ms would cost it a disk write."""


def serve(
    app: Flask,
    listener: Any,
    socketio: SocketIO,
    loop: EventletLoop,
    reader: Reader,
    end_waits: Callable[[], None],
) -> None:
    """Serve until SIGTERM or SIGINT; then say goodbye to the clients.

    `end_waits` ends what requests wait for, so that they are answered.
    """
    sys.setswitchinterval(SWITCH_SECONDS)
    allow_files()
    give_back()
    stopping, busy = Event(), Busy()
    wake = loop.bridge(lambda _: stopping.set())
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: wake(None))
    server = eventlet.spawn(
        eventlet.wsgi.server,
        listener,
        app,
        protocol=partial(Protocol, reader, Shelf(reader.version), busy),
        max_size=MAX_CONNECTIONS,
        log_output=False,
        debug=False,
    )
    stopping.wait()
    listener.close()
    busy.stop()
    end_waits()
    say_goodbye(socketio.server, busy)
    server.kill()


def say_goodbye(server: Server, busy: Busy) -> None:
    """Tell every client that the server closes, each with a delay of its own to come back after."""
    for peer in list(server.peers.values()):
        peer.emit("closing", {"retry_after": round(random.uniform(0.2, 3), 2)})
    for stream in list(server.eio.registry.streams):
        stream.push(sse.retry(random.randint(200, 3000)))
    with eventlet.Timeout(GOODBYE_SECONDS, False):
        for leaving in [*server.peers.values(), *server.eio.registry.streams]:
            leaving.drained()
        busy.wait_idle()
    for stream in list(server.eio.registry.streams):
        stream.end()
    for link in list(server.eio.registry.links):
        link.leave(GOING_AWAY)
    with eventlet.Timeout(GOODBYE_SECONDS, False):
        while server.eio.registry.links:
            eventlet.sleep(LOOK_SECONDS)


class Protocol(eventlet.wsgi.HttpProtocol):
    """Serves one connection, which a request may take over (`environ["me_api.detach"]`)."""

    detached = False

    def __init__(
        self, reader: Reader, shelf: Shelf, busy: Busy, conn_state: Any, server: Any
    ) -> None:
        self._busy = busy
        self._doorstep = Doorstep(conn_state[1], reader, shelf)
        super().__init__(conn_state, server)

    def setup(self) -> None:
        """Let what the doorstep has read be read again."""
        super().setup()
        self._ahead = Ahead(self.rfile.detach())
        self.rfile: Any = BufferedReader(self._ahead)

    def handle_one_request(self) -> None:
        """Serve what the doorstep leaves to the web server."""
        if self._ahead.nothing_left(self.rfile):
            begun = self._doorstep.next()
            if begun is None:
                self.close_connection = True
                return
            self._ahead.push(begun)
        with self._busy.answering():
            super().handle_one_request()
        if self._busy.stopping:
            self.close_connection = True

    def parse_request(self) -> bool:
        """Read a head; refuse one that leaves in doubt where its request ends."""
        if not super().parse_request():
            return False
        if detail := framing.fault(self.headers):
            self.wfile.write(framing.refusal(detail))
            self.close_connection = True
            return False
        return True

    def get_environ(self) -> dict[str, Any]:
        """Offer the connection to the request; tell its version, which eventlet does not."""
        environ: dict[str, Any] = super().get_environ()
        environ["SERVER_PROTOCOL"] = self.request_version
        environ["me_api.detach"] = self.detach
        environ["me_api.hangup"] = self.watch
        return environ

    def watch(self, gone: Callable[[], None]) -> Callable[[], None]:
        """Call `gone` when the client closes the connection, until what this gives is called."""
        return Hangup(self.connection.fd, gone).end

    def detach(self) -> RawSocket:
        """Give the connection away; the web server will neither use nor close it any more."""
        self.detached = True
        self.conn_state[1] = _Gone()
        # The web server's own socket object closes what it still holds when it is collected.
        raw: RawSocket = patcher.original("socket").socket(fileno=self.connection.fd.detach())
        raw.setblocking(False)
        return raw

    def finish(self) -> None:
        """End the connection, if it is still ours."""
        if not self.detached:
            self._read_rest()
            super().finish()

    def _read_rest(self) -> None:
        """Read what is left of a body that was refused, or its sender would never see why."""
        body = getattr(self, "environ", {}).get("eventlet.input")
        if body is None or body.position >= (body.content_length or 0):
            return
        with suppress(OSError), eventlet.Timeout(REST_SECONDS, False):
            body.discard()


class _Gone:
    """Stands where the web server looks for a socket to close."""

    def shutdown(self, how: int) -> None:
        """Do nothing."""

    def close(self) -> None:
        """Do nothing."""
