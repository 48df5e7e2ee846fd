"""The flush: what was written in a turn of the loop leaves when the turn is over."""

from __future__ import annotations

from collections import deque
from typing import Any, Protocol

from eventlet import hubs

Payload = Any
"""What a round brings: its receivers know what it is, and the same goes to all of them."""
SLICE = 64
"""Connections served before the hub looks at what was received."""


class Flushable(Protocol):
    """An outbox, as the flusher sees it."""

    queued: bool

    def flush(self) -> None:
        """Send what waits."""


class BroadcastTarget(Protocol):
    """A connection that gets parcels together with many others."""

    def enqueue(self, parcel: Payload) -> None:
        """Queue a parcel."""

    def flush(self) -> None:
        """Send what is queued."""

    def send_now(self, parcel: Payload) -> None:
        """Send a parcel at once."""


class Broadcast:
    """A parcel, and those who are still to get it.

    Queueing it for each of a thousand connections before the first byte is sent would hold up them
    all. Who is written to otherwise before its turn has come gets it then (`Flusher.settle`).
    """

    __slots__ = ("message", "pending")

    def __init__(self, parcel: Payload, waiting: set[BroadcastTarget]) -> None:
        self.message = parcel
        self.pending = waiting


class Flusher:
    """Flushes every outbox that was written to, when the turn is over.

    Writers that a commit has woken belong to the same turn, so that their acknowledgement leaves
    with the event it is about. It leaves first: while a large room is told, slice by slice, what
    comes next is already read and on its way to the disk.
    """

    def __init__(self) -> None:
        self._dirty: deque[Flushable] = deque()
        self._urgent: deque[Flushable] = deque()
        self.broadcasts: deque[Broadcast] = deque()
        self._scheduled = False

    def add(self, outbox: Flushable) -> None:
        """Have an outbox flushed after this turn."""
        self._dirty.append(outbox)
        self._schedule()

    def prioritize(self, outbox: Flushable) -> None:
        """Have an outbox flushed before the others."""
        self._urgent.append(outbox)
        self._schedule()

    def broadcast(self, parcel: Payload, receivers: set[Any]) -> None:
        """Begin to send a parcel to many."""
        self.broadcasts.append(Broadcast(parcel, receivers))
        self._schedule()

    def flush_pending(self, receiver: BroadcastTarget) -> bool:
        """Give a receiver now, in their order, the parcels it still waits for; tell if any.

        Who is closed by one of them, since that is over the bound, may settle meanwhile.
        """
        found = [begun for begun in self.broadcasts if receiver in begun.pending]
        for begun in found:
            if receiver in begun.pending:
                begun.pending.remove(receiver)
                receiver.enqueue(begun.message)
        return bool(found)

    def _schedule(self) -> None:
        """Flush a round of timers later: in this one, those whom a commit wakes still write."""
        if not self._scheduled:
            self._scheduled = True
            hub = hubs.get_hub()
            hub.schedule_call_global(0, hub.schedule_call_global, 0, self._flush)

    def _flush(self) -> None:
        """Serve a slice; whatever happens to one connection, the others' turn comes."""
        try:
            self._flush_slice()
        finally:
            if self._urgent or self._dirty or self.broadcasts:
                hubs.get_hub().schedule_call_global(0, self._flush)
            else:
                self._scheduled = False

    def _flush_slice(self) -> None:
        while self._urgent:
            self._urgent.popleft().flush()
        self._flush_broadcasts(SLICE)
        for _ in range(min(SLICE, len(self._dirty))):
            outbox = self._dirty.popleft()
            outbox.queued = False
            outbox.flush()

    def _flush_broadcasts(self, most: int) -> None:
        """Serve some who wait for the oldest parcel, with all that they wait for."""
        rounds = self.broadcasts
        while rounds and most:
            oldest = rounds[0]
            while oldest.pending and most:
                most -= 1
                receiver = oldest.pending.pop()
                if len(rounds) > 1 and any(receiver in begun.pending for begun in rounds):
                    receiver.enqueue(oldest.message)
                    self.flush_pending(receiver)
                    receiver.flush()
                else:
                    receiver.send_now(oldest.message)
            if not oldest.pending:
                rounds.popleft()
