"""The pruner: it removes old messages in small batches, and follows what others have removed."""

from __future__ import annotations

import secrets
from time import monotonic

from sqlalchemy import Engine

from me_api.chat.retention import service
from me_api.concurrency import Loop
from me_api.errors import Conflict, NotFound
from me_api.eventlog import EventLog
from me_api.storage.failures import RepeatedFailures

SECONDS = 1.0
"""Interval in seconds at which it looks whether there is something to remove."""


class Pruner:
    """Applies the retention of all rooms, one batch of each in turn."""

    def __init__(self, loop: Loop, log: EventLog, readers: Engine) -> None:
        self._loop, self._log, self._readers = loop, log, readers
        self._node = secrets.token_hex(8)
        self._known: dict[str, int] = {}
        """The first id of each room, up to which older messages were removed from memory."""
        self._failures = RepeatedFailures("old messages were not removed yet")

    def start(self) -> None:
        """Remove in the background from now on; a failure is logged and retried."""
        pause = SECONDS
        try:
            pause = self._look()
            self._failures.clear()
        except Exception as error:
            self._failures.log(error)
        finally:
            self._loop.call_later(pause, self.start)

    def _look(self) -> float:
        """Remove one batch from each room where it is due; return after which pause to go on."""
        due = []
        for room in service.concerned(self._readers):
            self._follow(room.name, room.first_id, room.pruned_rev)
            if service.is_due(room):
                due.append(room.name)
        spent = 0.0
        for name in due:
            began = monotonic()
            try:
                pruned = service.prune_batch(self._log, name, self._node)
            except (Conflict, NotFound):
                # Another node does it, or somebody has removed the room.
                return SECONDS
            self._known[name] = pruned.first_id
            spent += monotonic() - began
        return service.pause_after(spent) if due else SECONDS

    def _follow(self, name: str, first_id: int, floor: int) -> None:
        """Remove from memory what another process has removed."""
        if self._known.get(name, 1) != first_id:
            service.forget(self._log, name, first_id, floor)
            self._known[name] = first_id
