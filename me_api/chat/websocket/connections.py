"""The connections of native clients, and the author behind one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from me_api.chat.author import ConnectionAuthor
from me_api.errors import Invalid
from me_api.eventlog import ONE_BY_ONE, Batch, Broadcaster
from me_api.extensions import loop
from me_api.realtime.connection import StatelessConnection
from me_api.realtime.websocket import POLICY_VIOLATION


class RoomConnection(StatelessConnection):
    """The connection of a native client: it is in one room, and has no session."""

    def revoke(self, topic: str) -> None:
        """Unsubscribe from the room and close the connection; ignores the topics of other rooms."""
        if topic not in self.subscriber.topics:
            return
        super().revoke(topic)
        # Not at once: the caller is iterating over the connections of the room.
        loop.call_later(
            0, self.peer.socket.close, POLICY_VIOLATION, "The room is closed to guests."
        )

    def notify(self, event: str, body: dict[str, Any]) -> None:
        """Send an event that is not of the log; close the connection if the room was deleted."""
        super().notify(event, body)
        if event == "room" and body["deleted"]:
            self.peer.socket.close(POLICY_VIOLATION, "The room was deleted.")

    def begin_post(self) -> None:
        """Note that a message of the client is being stored."""

    def end_post(self, rev: int | None) -> None:
        """Note that it has been stored with this rev, or that it has not."""


class ConnectionWithoutOwn(RoomConnection):
    """The connection of a client that shows its own messages itself: they are not sent to it.

    A message is published before it is known here as the client's own. So what is published while
    the client's messages are being stored is kept until that is known.
    """

    def __init__(self, *args: Any, **fields: Any) -> None:
        super().__init__(*args, **fields)
        self._own: set[int] = set()
        self._kept: list[Batch | None] = []
        """What was published since a message was submitted; None where one was."""

    @property
    def broadcaster(self) -> Broadcaster:
        """None that is shared: no other client is sent the same."""
        return ONE_BY_ONE

    @property
    def target(self) -> Any:
        """The connection, whose `push` is called."""
        return self

    def push(self, batch: Batch) -> None:
        """Send changes of the log, except the client's own messages."""
        if self._kept:
            self._kept.append(batch)
        else:
            super().push(batch)

    def begin_post(self) -> None:
        """Keep what is published until it is known which of it is the client's own."""
        self._kept.append(None)

    def end_post(self, rev: int | None) -> None:
        """Send what was kept, but for the client's own, until its next message was submitted."""
        # They are stored in their order. Not when none is being stored any more: a client that
        # sends one after the other would receive nothing until it stops.
        if rev is not None:
            self._own.add(rev)
        kept = self._kept
        end = next((n for n, batch in enumerate(kept) if n and batch is None), len(kept))
        known, self._kept = kept[1:end], kept[end:]
        for batch in known:
            if batch is not None:
                self._send_others(batch)
        if not self._kept:
            self._own = set()

    def _send_others(self, batch: Batch) -> None:
        others = [entry for entry in batch.entries if entry.rev not in self._own]
        if len(others) == len(batch.entries):
            super().push(batch)
        elif others:
            super().push(Batch(others))
        # What is published later is of a later position.
        self._own = {rev for rev in self._own if rev > batch.entries[-1].rev}


@dataclass(frozen=True, slots=True)
class NativeAuthor(ConnectionAuthor):
    """The author behind a native connection."""

    def nick(self) -> tuple[str, bool]:
        """Return the current nick of the connection; raises `Invalid` if it has none."""
        if self.client.nick is None:
            detail = "A nick is needed to write: send /join NAME."
            raise Invalid([("nick", detail)], code="nick_required")
        return ConnectionAuthor.nick(self)
