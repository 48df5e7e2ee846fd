"""Socket.IO on the stock server: who is connected, and the events of each in order.

Unlike stock it owns the connecting (what a handler sends never overtakes CONNECT), it runs the
events of one connection in turn, and it answers whatever a client sends, however wrong it is.

Private parts of python-socketio 5.18 used here: `_handle_connect`, `_handle_event`,
`_handle_disconnect`, `_handle_eio_message`, `_handle_eio_disconnect`, `_trigger_event`,
`_send_packet`, `_engineio_server_class`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import socketio
from socketio import packet
from socketio.exceptions import ConnectionRefusedError

from me_api.transport.engine import Engine, Frame
from me_api.transport.peer import Peer
from me_api.transport.turns import in_turn

ACK_ID = re.compile(r"^[2-6](?:\d+-)?(/[^,]*,)?(\d{1,15})")
MAX_ATTACHMENTS = 16
"""Binary attachments of one event: they wait in memory until the last has come."""


@dataclass(slots=True)
class Answer:
    """What a handler gives back: `body` acknowledges the event, then `then` is called."""

    body: Any
    then: Callable[[], None] | None = None


@dataclass(slots=True)
class Welcome:
    """What a connect handler gives back: the pid for CONNECT, and what to do right after it."""

    pid: str
    begin: Callable[[], None]


class Server(socketio.Server):
    """The Socket.IO server."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options)
        self.peers: dict[tuple[str, str], Peer] = {}

    def peer(self, sid: str, namespace: str) -> Peer:
        """Find a client by its Socket.IO session id."""
        return self.peers[self.manager.eio_sid_from_sid(sid, namespace), namespace]

    def frame(self, namespace: str, event: str, *args: Any, ephemeral: bool = False) -> Frame:
        """Encode an event once, for any number of clients."""
        text = packet.Packet(packet.EVENT, [event, *args], namespace, binary=False).encode()
        return Frame(text, ephemeral=ephemeral)

    def _engineio_server_class(self) -> type[Engine]:
        return Engine

    def _handle_eio_message(self, eio_sid: str, data: Any) -> None:
        pending = self._binary_packet.get(eio_sid)
        try:
            if pending is not None and isinstance(data, str):
                del self._binary_packet[eio_sid]
                self._answer_unreadable(eio_sid, pending.namespace, pending.id)
            super()._handle_eio_message(eio_sid, data)
            begun = self._binary_packet.get(eio_sid)
            if begun is not None and begun.attachment_count > MAX_ATTACHMENTS:
                raise ValueError("too many attachments")
        except (ValueError, KeyError, IndexError, TypeError, RecursionError):
            self._binary_packet.pop(eio_sid, None)
            if isinstance(data, str):
                self._refuse_packet(eio_sid, data)
            elif pending is not None:
                self._answer_unreadable(eio_sid, pending.namespace, pending.id)

    def _refuse_packet(self, eio_sid: str, data: str) -> None:
        """Acknowledge a packet that cannot be read, where its id can be."""
        if data.startswith("0"):
            name = data[1:].partition(",")[0]
            namespace = name if name.startswith("/") else "/"
            self._refuse(eio_sid, namespace, {"message": "This CONNECT cannot be read"})
        else:
            found = ACK_ID.match(data)
            namespace = ((found and found[1]) or "/,").rstrip(",")
            self._answer_unreadable(eio_sid, namespace, int(found[2]) if found else None)

    def _answer_unreadable(self, eio_sid: str, namespace: str | None, ack_id: int | None) -> None:
        peer = self.peers.get((eio_sid, namespace or "/"))
        if peer is not None:
            peer.lane.run(self._run, peer, ("", "unreadable"), ack_id)

    def _handle_connect(self, eio_sid: str, namespace: str | None, data: Any) -> None:
        namespace = namespace or "/"
        if namespace not in self.handlers:
            self._refuse(eio_sid, namespace, {"message": "Invalid namespace"})
        elif (eio_sid, namespace) in self.peers:
            self._refuse(eio_sid, namespace, {"message": "Already connected"})
        else:
            sid = self.manager.pre_connect(eio_sid, namespace)
            peer = self.peers[eio_sid, namespace] = Peer(self, eio_sid, sid, namespace)
            in_turn(self._open, peer, data)

    def _open(self, peer: Peer, auth: Any) -> None:
        """Authenticate, CONNECT, then whatever the namespace begins with, then the events."""
        environ = self.environ[peer.eio_sid]
        try:
            welcome = self._trigger_event("connect", peer.namespace, peer.sid, environ, auth)
        except ConnectionRefusedError as refusal:
            self._refuse(peer.eio_sid, peer.namespace, refusal.error_args)
            self._forget(peer)
            return
        except Exception:
            self._refuse(peer.eio_sid, peer.namespace, {"message": "Internal error"})
            self._forget(peer)
            raise
        if peer.lane.closed:
            return
        connected = {"sid": peer.sid, "pid": welcome.pid}
        self._send_packet(
            peer.eio_sid, packet.Packet(packet.CONNECT, connected, namespace=peer.namespace)
        )
        self.manager.connect(peer.sid, peer.namespace)
        welcome.begin()
        peer.lane.open()

    def _refuse(self, eio_sid: str, namespace: str, reason: dict[str, Any]) -> None:
        refusal = packet.Packet(packet.CONNECT_ERROR, data=reason, namespace=namespace)
        self._send_packet(eio_sid, refusal)

    def _handle_event(self, eio_sid: str, namespace: str | None, id: int | None, data: Any) -> None:
        peer = self.peers.get((eio_sid, namespace or "/"))
        if peer is None:
            return
        readable = isinstance(data, list) and data and isinstance(data[0], str)
        event = tuple(data) if readable else ("", "unreadable")
        peer.lane.run(self._run, peer, event, id)

    def _run(self, peer: Peer, event: tuple[Any, ...], ack_id: int | None) -> None:
        """Have the event handled and acknowledge it; an error nobody waits for is a notice."""
        answer = self._call_handler(peer, event)
        if ack_id is not None:
            self._acknowledge(peer, ack_id, answer.body)
        elif "errors" in answer.body:
            peer.emit("notice", {"text": answer.body["errors"][0]["detail"], **answer.body})
        if answer.then is not None:
            answer.then()

    def _call_handler(self, peer: Peer, event: tuple[Any, ...]) -> Answer:
        handlers = self.handlers[peer.namespace]
        name, *args = event
        if name in handlers and name not in ("*", *self.reserved_events):
            return handlers[name](peer.sid, *args)  # type: ignore[no-any-return]
        return handlers["*"](name, peer.sid, *args)  # type: ignore[no-any-return]

    def _acknowledge(self, peer: Peer, ack_id: int, body: Any) -> None:
        text = packet.Packet(packet.ACK, [body], peer.namespace, ack_id, binary=False).encode()
        peer.push(Frame(text))

    def _handle_disconnect(
        self, eio_sid: str, namespace: str | None, reason: str | None = None
    ) -> None:
        peer = self.peers.get((eio_sid, namespace or "/"))
        if peer is not None:
            self._trigger_event("disconnect", peer.namespace, peer.sid, reason)
            self._forget(peer)

    def _handle_eio_disconnect(self, eio_sid: str, reason: str) -> None:
        """End all namespaces of a lost connection; only a DISCONNECT packet is explicit."""
        if reason == self.reason.CLIENT_DISCONNECT:
            reason = self.reason.TRANSPORT_CLOSE
        for _, namespace in [key for key in self.peers if key[0] == eio_sid]:
            self._handle_disconnect(eio_sid, namespace, reason)
        self._binary_packet.pop(eio_sid, None)
        self.environ.pop(eio_sid, None)

    def _forget(self, peer: Peer) -> None:
        peer.lane.close()
        self.peers.pop((peer.eio_sid, peer.namespace), None)
        self.manager.disconnect(peer.sid, peer.namespace, ignore_queue=True)
