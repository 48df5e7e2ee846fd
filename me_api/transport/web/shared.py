"""What all connections of an HTTP server share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.greenlets import Greenlets
from me_api.transport.web.body_turns import BodyTurns
from me_api.transport.web.cacheable import CacheableRequest
from me_api.transport.web.deadlines import DeadlineQueue
from me_api.transport.web.encoded_response import EncodedResponse
from me_api.transport.web.in_flight import InFlight
from me_api.transport.web.request_head import RequestHead
from me_api.transport.web.request_socket import RequestSocket
from me_api.transport.web.response_cache import ResponseCache


@dataclass(slots=True)
class Shared:
    """The queues of connections that wait, and what is called for each connection."""

    cache: ResponseCache
    in_flight: InFlight
    idle: DeadlineQueue
    """Connections that wait for a request."""
    heads: DeadlineQueue
    """Connections that wait for the rest of a head."""
    lingering: DeadlineQueue
    """Connections that wait for the client to close."""
    input_budget: ByteBudget
    output_budget: ByteBudget
    """Bytes of responses that wait for their clients."""
    progress_seconds: float
    """Time in which a client has to send more of a body, or to take some of a response."""
    respond_at_once: Callable[[RequestHead, str], EncodedResponse | None]
    """Return the response to a request of an address, if it can be made in the hub."""
    respond: Callable[[RequestSocket, bytes, CacheableRequest | None, RequestHead | None], bool]
    """Respond to a request, known by its head; return whether the connection stays open."""
    refused: Callable[[str], None]
    """Called with the code of an error that never reaches the application."""
    closed: Callable[[Any], None]
    """Called with a connection that has been closed or detached."""
    greenlets: Greenlets = field(default_factory=Greenlets)
    body_turns: BodyTurns = field(default_factory=BodyTurns)

    def forget(self, connection: Any) -> None:
        """Take a connection out of all queues."""
        for queue in (self.idle, self.heads, self.lingering):
            queue.remove(connection)
        self.closed(connection)
