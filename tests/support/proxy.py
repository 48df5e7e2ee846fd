"""A TCP proxy that loses connections on command."""

import contextlib
import selectors
import socket
import struct
import threading
from collections.abc import Callable

from tests.support.wait import WAIT_SECONDS

CHUNK = 65_536
RESET = struct.pack("ii", 1, 0)  # SO_LINGER: close sends RST, not FIN


class Side:
    """One end of a proxied connection, with what still has to be written to it."""

    def __init__(self, sock: socket.socket, *, is_server: bool) -> None:
        self.sock = sock
        self.is_server = is_server
        self.peer: Side = self
        self.pending = b""


class Proxy:
    """Forwards to one port of 127.0.0.1; one thread does everything.

    `cut()` resets all connections, `pause()` stops forwarding and closes nothing, so neither end
    notices; with `refuse = True` new connections are reset at once.
    """

    def __init__(self, target_port: int) -> None:
        self.target_port = target_port
        self.refuse = False
        self._paused = False
        self._sides: set[Side] = set()
        self._frozen: set[Side] = set()
        self._commands: list[tuple[Callable[[], None], threading.Event]] = []
        self._selector = selectors.DefaultSelector()
        self._wake_in, self._wake_out = socket.socketpair()
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=512)
        self.port: int = self._listener.getsockname()[1]
        self._selector.register(self._listener, selectors.EVENT_READ)
        self._selector.register(self._wake_out, selectors.EVENT_READ)
        self._running = True
        self._thread = threading.Thread(target=self._run, name="proxy", daemon=True)
        self._thread.start()

    @property
    def url(self) -> str:
        """Return the address of the proxy."""
        return f"http://127.0.0.1:{self.port}"

    def cut(self) -> None:
        """Reset every connection, both ways, also those that are frozen."""
        self._command(self._reset_all)

    def pause(self) -> None:
        """Stop forwarding; the connections stay open and silent."""
        self._command(lambda: self._set_paused(True))

    def resume(self) -> None:
        """Forward again, first of all what came meanwhile."""
        self._command(lambda: self._set_paused(False))

    def freeze(self) -> None:
        """Forward nothing any more on all present connections; new ones work."""
        self._command(self._freeze)

    def close(self) -> None:
        """Reset everything and end the thread."""
        self._command(self._end)
        self._thread.join(WAIT_SECONDS)
        for part in (self._selector, self._listener, self._wake_in, self._wake_out):
            part.close()

    def __enter__(self) -> "Proxy":
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _command(self, act: Callable[[], None]) -> None:
        done = threading.Event()
        self._commands.append((act, done))
        self._wake_in.send(b"!")
        assert done.wait(WAIT_SECONDS), "the proxy does not answer"

    def _run(self) -> None:
        while self._running:
            for key, mask in self._selector.select():
                if key.fileobj is self._listener:
                    self._accept()
                elif key.fileobj is self._wake_out:
                    self._obey()
                elif key.data in self._sides:
                    self._forward(key.data, mask)
        # Here, and not in `_end`, after which a connection may still be accepted.
        self._reset_all()

    def _obey(self) -> None:
        self._wake_out.recv(64)
        while self._commands:
            act, done = self._commands.pop(0)
            act()
            done.set()

    def _end(self) -> None:
        self._running = False

    def _freeze(self) -> None:
        for side in self._sides:
            with contextlib.suppress(KeyError):
                self._selector.unregister(side.sock)
        self._frozen |= self._sides
        self._sides.clear()

    def _set_paused(self, paused: bool) -> None:
        self._paused = paused
        for side in self._sides:
            self._watch(side)

    def _accept(self) -> None:
        near = Side(self._listener.accept()[0], is_server=False)
        try:
            if self.refuse:
                raise ConnectionRefusedError
            target = self._connect()
        except OSError:
            return close_hard(near.sock)
        far = Side(target, is_server=True)
        near.peer, far.peer = far, near
        for side in (near, far):
            side.sock.setblocking(False)
            if side.sock.family == socket.AF_INET:
                side.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            self._sides.add(side)
        self._watch(near)
        return self._watch(far)

    def _connect(self) -> socket.socket:
        """Return a new connection to the server."""
        return socket.create_connection(("127.0.0.1", self.target_port), timeout=5)

    def _watch(self, side: Side) -> None:
        """Read only when the other end has taken everything; write only what there is."""
        wanted = 0 if side.peer.pending else selectors.EVENT_READ
        wanted |= selectors.EVENT_WRITE if side.pending else 0
        with contextlib.suppress(KeyError):
            self._selector.unregister(side.sock)
        if wanted and not self._paused:
            self._selector.register(side.sock, wanted, side)

    def _forward(self, side: Side, mask: int) -> None:
        try:
            if mask & selectors.EVENT_WRITE:
                side.pending = side.pending[side.sock.send(side.pending) :]
            if mask & selectors.EVENT_READ:
                side.peer.pending = self._read(side)
                if not side.peer.pending:
                    return self._drop(side, hard=False)
        except BlockingIOError:
            pass
        except OSError:
            return self._drop(side, hard=True)
        self._watch(side)
        return self._watch(side.peer)

    def _read(self, side: Side) -> bytes:
        """Return what has arrived; nothing at the end of the connection."""
        return side.sock.recv(CHUNK)

    def _drop(self, side: Side, hard: bool) -> None:
        for one in (side, side.peer):
            self._sides.discard(one)
            with contextlib.suppress(KeyError):
                self._selector.unregister(one.sock)
            close_hard(one.sock) if hard else one.sock.close()

    def _reset_all(self) -> None:
        self._sides |= self._frozen
        self._frozen.clear()
        while self._sides:
            self._drop(next(iter(self._sides)), hard=True)


def close_hard(sock: socket.socket) -> None:
    """Close with a reset, as a broken cable's router does."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET)
    sock.close()
