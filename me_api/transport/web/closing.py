"""How an HTTP connection ends: at once, or when its client has read the last response."""

from __future__ import annotations

from contextlib import suppress
from socket import SHUT_WR
from socket import socket as RawSocket

from me_api.errors import ApiError, RequestTimeout
from me_api.transport.connection.addresses import network
from me_api.transport.web.deadlines import DeadlineQueue
from me_api.transport.web.hijack import Hijacked
from me_api.transport.web.request_socket import RequestSocket
from me_api.transport.web.response import encode_error
from me_api.transport.web.shared import Shared

LINGER_SECONDS = 2.0
"""Time for which input is discarded before the connection of a refused request is closed."""


class ClosableConnection(RequestSocket):
    """A connection that waits in a queue of its server while it is not `serving`."""

    __slots__ = ("_shared", "due", "serving", "waiting_in")

    def __init__(self, sock: RawSocket, client: tuple[str, int], shared: Shared) -> None:
        super().__init__(
            sock, client, shared.progress_seconds, shared.input_budget, shared.output_budget
        )
        self._shared = shared
        self.serving = False
        """Whether a request is being served."""
        self.waiting_in: DeadlineQueue | None = None
        self.due = 0.0
        shared.idle.add(self)

    def wait_for_turn(self) -> None:
        self._shared.body_turns.wait(network(self.client[0]))

    def eof_received(self) -> None:
        self.eof = True
        self.stop_reading()
        if not self.serving:
            self.close()
        else:
            self.disconnected()

    def connection_lost(self, *_error: object) -> None:
        self.eof_received()

    def expire(self) -> None:
        """End the connection, whose client has sent nothing, or no complete head, for too long."""
        if self.waiting_in is self._shared.heads:
            self._refuse(RequestTimeout("The head of the request was not complete in time."))
        else:
            self.close()

    def close(self) -> None:
        """Close the socket at once."""
        if not self.closed:
            self._leave()
            self._sock.close()

    def detach(self, status: int) -> Hijacked:
        self._leave()
        return Hijacked(self._sock, self.received, [])

    def _refuse(self, error: ApiError) -> None:
        """Respond with an error to input that is no request, and close the connection."""
        self._shared.refused(error.code)
        with suppress(OSError):
            self._sock.send(self._refusal(error))
        self._linger()

    def _refusal(self, error: ApiError) -> bytes:
        """Return the response to input that is no request."""
        return encode_error(error)

    def _linger(self) -> None:
        """Close the connection when the client has read the response, or after two seconds."""
        # Closing a socket with unread input resets the connection, and a client that is still
        # sending would lose the response.
        self.serving = False
        self.received = b""
        with suppress(OSError):
            self._sock.shutdown(SHUT_WR)
        if self.eof:
            self.close()
            return
        self._shared.lingering.add(self)
        self.resume_reading()

    def _leave(self) -> None:
        self.closed = True
        self.waiting_in = None
        self.stop_reading()
        self._shared.forget(self)
