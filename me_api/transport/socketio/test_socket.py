"""The connection of a test client, as the server sees it: packets are received as they are sent."""

from __future__ import annotations

from base64 import b64decode
from typing import Any, Protocol

from socketio.packet import Packet

from me_api.transport.connection.addresses import network
from me_api.transport.engineio.packets import PreparedPackets

ADDRESS = "127.0.0.1"


class PacketReceiver(Protocol):
    """The test client, as its connection calls it."""

    eio_sid: str

    def packet_received(self, packet: Any) -> None:
        """Store a packet of the server."""

    def connection_lost(self) -> None:
        """Note that the server has closed the connection."""


class TestSocket:
    """Implements `peer.Socket` without a socket."""

    def __init__(self, server: Any, client: PacketReceiver) -> None:
        self._server = server
        self._client = client
        self._packet: Packet | None = None
        self.registry = server.eio.registry
        self.sid = client.eio_sid
        self.address = network(ADDRESS)
        self.slot = self.registry.addresses.acquire(self.address)
        self.in_flight = 0
        self.upgraded = False
        self.closed = False
        server.eio.sockets[self.sid] = self

    def push(self, message: PreparedPackets) -> None:
        """Receive packets, behind the broadcasts that wait to be sent."""
        self.registry.flusher.flush_pending(self)
        self.enqueue(message)

    respond = push

    def enqueue(self, message: PreparedPackets) -> None:
        """Pass packets to the client at once, a packet with attachments when it is complete."""
        for text in () if self.closed else message.texts:
            if self._packet is None:
                self._packet = self._server.packet_class(encoded_packet=text[1:])
            else:
                self._packet.add_attachment(b64decode(text[1:]))
            if self._packet.attachment_count == len(self._packet.attachments):
                packet, self._packet = self._packet, None
                self._client.packet_received(packet)

    send_now = enqueue

    def flush(self) -> None:
        """Do nothing: what was sent has been received."""

    def throttle(self, _seconds: float) -> None:
        """Do nothing: a test does not wait for limits."""

    def event_done(self) -> None:
        """Count an event as answered."""
        self.in_flight -= 1

    def fits(self, _message: PreparedPackets | None) -> bool:
        """Return that a message fits."""
        return True

    def drain(self) -> bool:
        """Return whether the connection is open."""
        return not self.closed

    def close(self, reason: str | None = None, **_: Any) -> None:
        """Release the slot of the address, and report the end to the server and the client."""
        if self.closed:
            return
        self.closed = True
        self.registry.addresses.release(self.address, self.slot)
        self._server.eio.sockets.pop(self.sid, None)
        self._server._handle_eio_disconnect(
            self.sid, reason or self._server.reason.SERVER_DISCONNECT
        )
        self._client.connection_lost()

    fail = close
