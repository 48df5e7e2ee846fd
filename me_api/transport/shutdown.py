"""Closing all connections of a server that stops."""

from __future__ import annotations

import random
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from functools import partial
from math import ceil
from time import monotonic
from typing import Any

import eventlet

from me_api.transport.connection.prepared_message import PreparedMessage
from me_api.transport.eventloop import log_exceptions
from me_api.transport.socketio.peer import Peer
from me_api.transport.socketio.server import SocketIOServer
from me_api.transport.sse.encoding import encode_retry
from me_api.transport.web.in_flight import InFlight
from me_api.transport.websocket.frames import GOING_AWAY

DRAIN_SECONDS = 1.0
"""Time for what is buffered to be sent, and then for clients to close."""
HANDLER_SECONDS = 5.0
"""Time for stock handlers of `disconnect`."""
POLL_SECONDS = 0.01
STEP_SECONDS = 0.1
"""Interval at which batches of clients are sent to other nodes."""
MIN_SPREAD_SECONDS = 1.0
CLIENTS_PER_SECOND = 500
RETRY_SECONDS = (0.2, 3.0)
"""When clients come back to a server that is restarted."""
RETRY_ELSEWHERE_SECONDS = (0.02, 0.2)
"""When clients come back to another node: at once, since their batches are spread already."""


@dataclass(frozen=True, slots=True)
class Shutdown:
    """How a server stops.

    `begin` is called at once, `cancel_long_polls` when the listening socket has been closed, which
    is `drain_seconds` later. With `spread`, connections are closed in batches, because there are
    other nodes for their clients.
    """

    begin: Callable[[], None]
    cancel_long_polls: Callable[[], None]
    drain_seconds: float
    spread: bool


@dataclass(frozen=True, slots=True)
class Departure:
    """How one connection is closed: announce it, wait until that is sent, close."""

    announce: Callable[[float], None]
    """Takes the seconds after which the client is to reconnect."""
    drain: Callable[[], object]
    close: Callable[[], None]


def close_connections(server: SocketIOServer, in_flight: InFlight, *, spread: bool) -> None:
    """Announce the shutdown to all clients, send what is buffered, and close all connections.

    With `spread`, in batches: the clients of a batch reconnect while those of the next are served.
    """
    registry = server.eio.registry
    departures = _departures(server)
    size = _batch_size(len(departures)) if spread else len(departures)
    delays = RETRY_ELSEWHERE_SECONDS if spread else RETRY_SECONDS
    while len(departures) > size:
        _close_batch(departures[:size], delays)
        departures = departures[size:]
    _announce(departures, delays)
    with eventlet.Timeout(DRAIN_SECONDS, False):
        _drain(departures)
        in_flight.wait_drained()
    # Those that were opened meanwhile, by requests in flight, are closed with the last ones.
    _close([*departures, *_departures(server)])
    with eventlet.Timeout(HANDLER_SECONDS, False):
        _run_disconnect_handlers(server)
    with eventlet.Timeout(DRAIN_SECONDS, False):
        while registry.websockets:
            eventlet.sleep(POLL_SECONDS)


def _run_disconnect_handlers(server: SocketIOServer) -> None:
    """Call the stock handlers of `disconnect` for all clients, and wait for them.

    Direct handlers are not called: their clients resume their sessions in the next process.
    """
    gone = [
        peer
        for peer in server.peers.values()
        if peer.accepted and not peer.disconnected and server.stock.handles(peer.namespace)
    ]
    run = partial(log_exceptions, server.stock.run_disconnect)
    for peer in gone:
        peer.queue.close()
    for handler in [eventlet.spawn(run, peer, server.reason.TRANSPORT_CLOSE) for peer in gone]:
        handler.wait()


def reconnect_clients(server: SocketIOServer) -> None:
    """Close all connections that there are, in batches; the clients may reconnect at once."""
    departures = _departures(server, close_polling=True)
    size = _batch_size(len(departures))
    for start in range(0, len(departures), size):
        _close_batch(departures[start : start + size], RETRY_ELSEWHERE_SECONDS)


def _close_batch(batch: list[Departure], delays: tuple[float, float]) -> None:
    """Close some connections, which takes the time of a step."""
    start = monotonic()
    _announce(batch, delays)
    with eventlet.Timeout(STEP_SECONDS, False):
        _drain(batch)
    _close(batch)
    eventlet.sleep(max(0.0, start + STEP_SECONDS - monotonic()))


def _batch_size(clients: int) -> int:
    """Return how many are closed in each step."""
    seconds = max(MIN_SPREAD_SECONDS, clients / CLIENTS_PER_SECOND)
    return max(1, ceil(clients * STEP_SECONDS / seconds))


def _departures(server: SocketIOServer, *, close_polling: bool = False) -> list[Departure]:
    """Return how each connection is closed; that of a client that polls only if `close_polling`."""
    registry = server.eio.registry
    peers: dict[Any, list[Peer]] = {}
    for peer in server.peers.values():
        peers.setdefault(peer.socket, []).append(peer)
    # Clients of stock handlers do not know the event, as clients of the stock server do not.
    announced = server.direct_handlers.keys()
    departures = []
    for websocket in registry.websockets:
        close = partial(websocket.close_detached, GOING_AWAY)
        departures.append(_departure(peers.pop(websocket.owner, []), close, announced))
    for session, polling in peers.items():
        leave = session.close if close_polling else _nothing
        departures.append(_departure(polling, leave, announced))
    for stream in registry.streams:
        announce = partial(_announce_to_stream, stream)
        departures.append(Departure(announce, stream.drain, stream.close))
    return departures


def _departure(
    peers: list[Peer], close: Callable[[], None], announced: Collection[str]
) -> Departure:
    """Return how a connection is closed that has these clients, one in each namespace.

    It is announced to those in the namespaces `announced`.
    """
    drain = peers[0].drain if peers else _nothing
    reached = [peer for peer in peers if peer.namespace in announced]
    return Departure(partial(_announce_to_peers, reached), drain, close)


def _nothing() -> None:
    """Do nothing: the connection needs no such step."""


def _announce_to_peers(peers: Iterable[Peer], seconds: float) -> None:
    for peer in peers:
        peer.emit("closing", {"retry_after": round(seconds, 2)})


def _announce_to_stream(stream: Any, seconds: float) -> None:
    stream.push(PreparedMessage(encode_retry(round(seconds * 1000))))


def _announce(batch: Iterable[Departure], delays: tuple[float, float]) -> None:
    for departure in batch:
        # Each client gets a delay of its own, so that they do not all reconnect at once.
        departure.announce(random.uniform(*delays))


def _drain(batch: Iterable[Departure]) -> None:
    for departure in batch:
        departure.drain()


def _close(batch: Iterable[Departure]) -> None:
    for departure in batch:
        departure.close()
