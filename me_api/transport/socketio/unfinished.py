"""Events whose attachments have not all been received, and what is kept of them."""

from __future__ import annotations

from typing import Any

from me_api.transport.connection.byte_budget import ByteBudget
from me_api.transport.engineio.packets import ProtocolError
from me_api.transport.socketio.packets import Packet
from me_api.transport.websocket.frames import TRY_AGAIN


class UnfinishedEvents:
    """The event of each connection that lacks attachments; those that it has are counted."""

    def __init__(self, budget: ByteBudget) -> None:
        self._budget = budget
        self._packets: dict[str, Packet] = {}
        self._counted: dict[str, tuple[str, int]] = {}

    def __contains__(self, sid: str) -> bool:
        return sid in self._packets

    def add(self, sid: str, packet: Packet) -> None:
        """Add the event of a connection, which has no other."""
        self._packets[sid] = packet

    def attach(self, session: Any, data: bytes) -> Packet | None:
        """Add an attachment to the event of a session; return the event if it is complete.

        Raises `ProtocolError` if the session has none. Closes it if all events hold too much.
        """
        packet = self._packets.get(session.sid)
        if packet is None:
            raise ProtocolError("No packet has announced binary data.")
        packet.attach(data)
        if not packet.missing:
            self.forget(session.sid)
            return packet
        if packet.attachments is not None:
            self._count(session, sum(map(len, packet.attachments)))
        return None

    def forget(self, sid: str) -> None:
        """Forget the event of a connection, if it has one."""
        self._packets.pop(sid, None)
        if (counted := self._counted.pop(sid, None)) is not None:
            self._budget.change(*counted, 0)

    def _count(self, session: Any, size: int) -> None:
        _, before = self._counted.get(session.sid, ("", 0))
        counted = self._budget.change(session.address, before, size)
        if counted is None:
            error = session.server.reason.TRANSPORT_ERROR
            session.close(error, code=TRY_AGAIN, detail="too many incomplete messages")
        else:
            self._counted[session.sid] = session.address, counted
