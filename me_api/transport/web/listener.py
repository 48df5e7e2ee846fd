"""The listening socket, and the open files that connections take."""

from __future__ import annotations

import errno
import logging
import resource
import socket
from socket import IPPROTO_TCP, SO_KEEPALIVE, SOL_SOCKET, TCP_NODELAY
from typing import Any

import eventlet
from eventlet import patcher
from eventlet.greenio import GreenSocket

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 65_536
BACKLOG = 4096
"""Connections that may wait to be accepted; one more is dropped and tried again after seconds."""
FEW_FILES = 4096
"""With fewer open files allowed than this the start warns; each connection takes one."""
FILES = 2 * MAX_CONNECTIONS
OWN_FILES = 32
"""What the process opens beside its connections, roughly."""
PAUSE_SECONDS = 0.1
KEPT_ALIVE = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds and tries after which a silent client is asked, and then given up, by the kernel."""
_CLOSED = (errno.EBADF, errno.EINVAL)


class Listener(GreenSocket):
    """Waits where no connection can be accepted now: eventlet's server would end for ever.

    No file may be opened, or the kernel has no memory, or who came is gone already.
    """

    def accept(self) -> Any:
        """Wait for a connection."""
        waiting = False
        while True:
            try:
                return super().accept()
            except OSError as error:
                if error.errno in _CLOSED:
                    raise
                if not waiting:
                    log.warning("a connection waits to be accepted: %s", error.strerror)
                waiting = True
                eventlet.sleep(PAUSE_SECONDS)


def listen(host: str, port: int) -> Listener:
    """Open the listening socket; what it is told to do, the connections that it accepts do.

    What is sent to a client does not wait for its last answer. Who vanishes between two requests is
    found by the kernel: nothing is sent to them by which anybody else could.
    """
    opened = eventlet.listen((host, port), backlog=BACKLOG)
    listener = Listener(patcher.original("socket").socket(fileno=opened.fd.detach()))
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    listener.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    for name, value in KEPT_ALIVE.items():
        if option := getattr(socket, name, None):  # Not everywhere: then the kernel's own times.
            listener.setsockopt(IPPROTO_TCP, option, value)
    return listener


def allow_files() -> None:
    """Allow as many open files as one may; warn where these are few."""
    now, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    allowed = max(now, min(most, FILES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (allowed, most))
    if allowed < FEW_FILES:
        log.warning("at most about %d clients fit: ulimit -n is %d", allowed - OWN_FILES, allowed)
