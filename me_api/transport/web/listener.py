"""The listening socket, and the limit of open files."""

from __future__ import annotations

import errno
import logging
import resource
import socket
from collections.abc import Callable
from socket import IPPROTO_TCP, SO_KEEPALIVE, SO_REUSEADDR, SOL_SOCKET, TCP_NODELAY
from socket import socket as RawSocket
from typing import Any

import eventlet
from eventlet import hubs, patcher
from eventlet.greenio import GreenSocket

log = logging.getLogger(__name__)

MAX_CONNECTIONS = 65_536
BACKLOG = 4096
"""Connections that the kernel queues until they are accepted; others retry after seconds."""
MIN_FILES = 4096
"""With a lower limit of open files there is a warning at startup; each connection takes one."""
MAX_FILES = 2 * MAX_CONNECTIONS
OTHER_FILES = 32
"""Open files of the process that are not connections, about."""
RETRY_SECONDS = 0.1
KEEPALIVE_OPTIONS = {"TCP_KEEPIDLE": 60, "TCP_KEEPINTVL": 15, "TCP_KEEPCNT": 4}
"""Seconds until the first probe of a silent client, seconds between probes, and their number."""
_CLOSED = (errno.EBADF, errno.EINVAL)


class Listener(GreenSocket):
    """A listening socket that retries when a connection cannot be accepted.

    It cannot for want of file descriptors or kernel memory, or because the client has disconnected
    already.
    """

    def accept(self, make_room: Callable[[], bool] = lambda: False) -> tuple[RawSocket, Any]:
        """Return the raw socket of the next connection, non-blocking, and the client's address.

        Blocks. Raises `OSError` only if the listening socket is closed.

        `make_room` is called when a connection cannot be accepted; it closes another and returns
        True, or returns False if there is none that it may close.
        """
        waiting = False
        while True:
            try:
                sock, client = self.fd.accept()
            except BlockingIOError:
                self._trampoline(self.fd, read=True)
            except OSError as error:
                if error.errno in _CLOSED:
                    raise
                if make_room():
                    continue
                # Logged once, not ten times a second.
                if not waiting:
                    log.warning("a connection waits to be accepted: %s", error.strerror)
                waiting = True
                eventlet.sleep(RETRY_SECONDS)
            else:
                hubs.notify_opened(sock.fileno())
                sock.setblocking(False)
                return sock, client


def check_address(host: str, port: int) -> None:
    """Raise `OSError` if the system does not allow this process to listen on an address."""
    with patcher.original("socket").socket(_family(host)) as probe:
        # As for the listening socket: connections of a server that has ended do no harm.
        probe.setsockopt(SOL_SOCKET, SO_REUSEADDR, 1)
        probe.bind((host, port))


def listen(host: str, port: int) -> Listener:
    """Open the listening socket. Accepted connections inherit its options."""
    # With eventlet's default, SO_REUSEPORT, a second server of the same user would start on the
    # same port, and the kernel would divide the connections between the two.
    opened = eventlet.listen((host, port), _family(host), BACKLOG, reuse_port=False)
    listener = Listener(patcher.original("socket").socket(fileno=opened.fd.detach()))
    # Without Nagle's algorithm, which delays a small write until the one before is acknowledged.
    listener.setsockopt(IPPROTO_TCP, TCP_NODELAY, 1)
    # For clients that vanish between two requests: the server sends them nothing, so that only
    # probes of the kernel find out.
    listener.setsockopt(SOL_SOCKET, SO_KEEPALIVE, 1)
    for name, value in KEEPALIVE_OPTIONS.items():
        # Some systems lack these options; there, the kernel's defaults apply.
        if option := getattr(socket, name, None):
            listener.setsockopt(IPPROTO_TCP, option, value)
    return listener


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def file_limit() -> int:
    """Return how many files the process may have open."""
    return resource.getrlimit(resource.RLIMIT_NOFILE)[0]


def allow_files() -> None:
    """Raise the limit of open files as far as permitted; log a warning if it is low."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    # Never lowered, and not raised to a huge hard limit without need.
    limit = max(soft, min(hard, MAX_FILES))
    resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
    if limit < MIN_FILES:
        log.warning("at most about %d clients fit: ulimit -n is %d", limit - OTHER_FILES, limit)
