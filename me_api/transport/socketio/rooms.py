"""The client manager: which clients are in which rooms, and emitting to all of a room at once.

It replaces that of python-socketio, which looks up and encodes for each client. The managers of its
message queues are put on top of this one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import partial
from itertools import count
from typing import Any

from socketio.manager import Manager

from me_api.transport.connection.broadcast_target import broadcast
from me_api.transport.socketio.packets import EVENT
from me_api.transport.socketio.peer import Peer, Socket
from me_api.transport.socketio.room_peers import RoomPeers

Callback = Callable[..., Any]


class RoomManager(Manager):
    """The clients of all namespaces, and their rooms: `rooms[namespace][name]`.

    The room `None` has all clients of a namespace. Each client is also in a room of its own, named
    by its sid, which is not stored. Methods have the names and arguments of python-socketio's.
    """

    rooms: dict[str, dict[Any, RoomPeers]]

    def set_server(self, server: Any) -> None:
        super().set_server(server)
        self._numbers = count()

    def add(self, peer: Peer) -> None:
        """Add a client to its namespace, also before it is accepted."""
        rooms = self.rooms.setdefault(peer.namespace, {})
        self._room(rooms, None).add(peer)
        peer.number = next(self._numbers)

    def remove(self, peer: Peer) -> None:
        """Remove a client from its namespace and rooms, and forget its callbacks."""
        for name in [*(peer.rooms or ()), None]:
            self._leave(peer, name)
        if self.peer(peer.sid, peer.namespace) is None:
            self.callbacks.pop(peer.sid, None)

    def peer(self, sid: str, namespace: str) -> Peer | None:
        """Return the client with a sid, if it is in the namespace."""
        everybody = self.rooms.get(namespace, {}).get(None)
        return None if everybody is None else everybody.get(sid)

    def emit(
        self,
        event: str,
        data: Any,
        namespace: str,
        room: Any = None,
        skip_sid: Any = None,
        callback: Callback | None = None,
        to: Any = None,
        **_: Any,
    ) -> None:
        """Send an event to a client, to rooms, or to a namespace.

        It is encoded once, unless it is acknowledged. Raises `TypeError` if that is not possible.
        """
        room = to or room
        again = partial(self.emit, event, data, namespace, room, skip_sid, callback)
        if namespace not in self.rooms or self.server.thread.call_soon(again):
            return
        args = list(data) if isinstance(data, tuple) else [] if data is None else [data]
        skipped = skip_sid if isinstance(skip_sid, list) else [skip_sid]
        if callback is not None:
            for sid, peer in self._members(namespace, room).items():
                if sid not in skipped:
                    ack_id = self._generate_ack_id(sid, callback)
                    peer.push(self.server.encode(EVENT, namespace, [event, *args], ack_id))
            return
        message = self.server.encode(EVENT, namespace, [event, *args])
        sockets = self._sockets(namespace, room, skipped)
        if len(sockets) == 1:
            for socket in sockets:
                socket.push(message)
        else:
            broadcast(message, sockets, join=True)

    def get_participants(self, namespace: str, room: Any) -> Iterator[tuple[str, str]]:
        """Yield the sid and the Engine.IO sid of each client in a room."""
        for sid, peer in list(self._members(namespace, room).items()):
            yield sid, peer.socket.sid

    def get_rooms(self, sid: str, namespace: str) -> list[Any]:
        """Return the rooms of a client, its own among them, in the order of their creation."""
        peer = self.peer(sid, namespace)
        if peer is None:
            return []
        numbers = {name: room.number for name, room in (peer.rooms or {}).items()}
        numbers[sid] = peer.number
        return sorted(numbers, key=numbers.__getitem__)

    def is_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client has been accepted, and is not being disconnected."""
        peer = self.peer(sid, namespace)
        return peer is not None and peer.accepted and not peer.disconnected

    def is_pre_connected(self, sid: str, namespace: str) -> bool:
        """Return whether a client is being accepted."""
        peer = self.peer(sid, namespace)
        return peer is not None and not (peer.accepted or peer.disconnected)

    def sid_from_eio_sid(self, eio_sid: str, namespace: str) -> str | None:
        peer = self.server.peers.get((eio_sid, namespace))
        return None if peer is None else peer.sid

    def eio_sid_from_sid(self, sid: str, namespace: str) -> str | None:
        peer = self.peer(sid, namespace)
        return None if peer is None else peer.socket.sid

    def basic_enter_room(
        self, sid: str, namespace: str, room: Any, eio_sid: str | None = None
    ) -> None:
        """Add a client to a room; raise `ValueError` if either cannot be."""
        peer = self.peer(sid, namespace)
        if peer is None:
            raise ValueError("sid is not connected to requested namespace")
        if sid != room and self.is_sid_room(namespace, room):
            raise ValueError("cannot enter a sid room")
        if sid != room:
            entered = self._room(self.rooms[namespace], room)
            entered.add(peer)
            peer.rooms = peer.rooms or {}
            peer.rooms[room] = entered

    def basic_leave_room(self, sid: str, namespace: str, room: Any) -> None:
        """Remove a client from a room; does nothing if it is not there."""
        peer = self.peer(sid, namespace)
        if peer is not None and peer.rooms and room in peer.rooms:
            self._leave(peer, room)

    def basic_close_room(self, room: Any, namespace: str) -> None:
        """Remove all clients from a room; raise `ValueError` if it is that of one client."""
        if self.is_sid_room(namespace, room):
            raise ValueError("cannot close a sid room")
        for peer in list(self._members(namespace, room).values()):
            self._leave(peer, room)

    def basic_disconnect(self, sid: str, namespace: str, **_: Any) -> None:
        """Remove a client from its namespace and rooms, if it is there."""
        if (peer := self.peer(sid, namespace)) is not None:
            self.remove(peer)

    def is_sid_room(self, namespace: str, room: Any) -> bool:
        return room in self.rooms.get(namespace, {}).get(None, ())

    def _room(self, rooms: dict[Any, RoomPeers], name: Any) -> RoomPeers:
        if name not in rooms:
            rooms[name] = RoomPeers(next(self._numbers))
        return rooms[name]

    def _leave(self, peer: Peer, name: Any) -> None:
        if peer.rooms is not None:
            peer.rooms.pop(name, None)
        rooms = self.rooms.get(peer.namespace, {})
        if (room := rooms.get(name)) is None:
            return
        room.remove(peer)
        if not room:
            del rooms[name]
            if not rooms:
                del self.rooms[peer.namespace]

    def _members(self, namespace: str, room: Any) -> dict[str, Peer]:
        """Return the clients of a room, of several, or of the room of one client."""
        rooms = self.rooms.get(namespace, {})
        if hasattr(room, "__len__") and not isinstance(room, str):
            return {sid: p for name in room for sid, p in self._members(namespace, name).items()}
        if (members := rooms.get(room)) is not None:
            return members
        peer = self.peer(room, namespace)
        return {} if peer is None else {peer.sid: peer}

    def _sockets(self, namespace: str, room: Any, skipped: list[Any]) -> set[Socket]:
        members = self._members(namespace, room)
        if not isinstance(members, RoomPeers):
            return {peer.socket for sid, peer in members.items() if sid not in skipped}
        left_out = {members[sid].socket for sid in skipped if sid in members}
        return members.sockets - left_out if left_out else members.sockets
