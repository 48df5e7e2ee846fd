"""The messages of a user: all of them, and deleting them in batches between which others write."""

from __future__ import annotations

from array import array
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.auth.nicks import fold
from me_api.auth.user_data import Page
from me_api.auth.users import User
from me_api.chat.models import Message, Room
from me_api.chat.presence.nicknames import taken
from me_api.chat.presence.registry import presence
from me_api.chat.tombstones import BATCH, blank_all
from me_api.eventlog import Change, Transaction, log
from me_api.extensions import pools

PAGE = 500
"""Messages that are read at a time."""

Places = dict[int, "array[int]"]
"""The ids of messages, by the ids of their rooms."""

_COLUMNS = (
    Message.id,
    Message.rev,
    Message.nick,
    Message.verified,
    Message.text,
    Message.payload,
    Message.key,
    Message.created,
    Message.edited,
    Message.deleted,
)


class MessagesOfUser:
    """The messages of a user. Implements `me_api.auth.user_data.WrittenData`."""

    name = "messages"

    def pages(self, user: User) -> Iterator[Page]:
        """Yield all messages of a user, room by room."""
        places = log.background.read(pools.export, partial(_places, user.sender))
        for room_id, ids in places.items():
            for first in range(0, len(ids), PAGE):
                read = partial(_page, room_id, list(ids[first : first + PAGE]))
                yield log.background.read(pools.export, read, admitted=True)

    def delete(self, user: User) -> int:
        """Delete all messages of a user but for tombstones; return how many."""
        total = 0
        while count := log.commit(DeleteMessagesOf(user.sender)):
            total += count
        return total


@dataclass(frozen=True, slots=True)
class DeleteMessagesOf(Change):
    """Delete the next messages of a sender but for tombstones."""

    sender: str

    def apply(self, transaction: Transaction) -> int:
        """Return how many were deleted; none are left after 0."""
        own = select(Room.name, Message.id).join(Room, Room.id == Message.room_id)
        # All that is in a deleted room is being deleted already.
        own = own.where(Message.sender == self.sender, Message.deleted.is_(None))
        own = own.where(Room.deleted.is_(None)).limit(BATCH)
        places = {(room, number) for room, number in transaction.connection.execute(own)}
        return blank_all(transaction, self.sender, places)


class NicksInChat:
    """The nicks of connected clients. Implements `me_api.auth.user_data.NickUse`."""

    def check(self, nick: str, sender: str) -> None:
        """Raise `Conflict` if another sender is connected under a nick, on any node."""
        presence.nicknames.check(nick, sender)
        if presence.shared.is_taken(fold(nick), sender):
            raise taken(nick)


def _places(sender: str, connection: Connection) -> Places:
    # In arrays: a user may have a million messages.
    found: Places = {}
    own = select(Message.room_id, Message.id).where(Message.sender == sender)
    for room_id, number in connection.execute(own.order_by(Message.room_id, Message.id)):
        found.setdefault(room_id, array("q")).append(number)
    return found


def _page(room_id: int, ids: list[int], connection: Connection) -> list[dict[str, Any]]:
    room = connection.execute(select(Room.name).where(Room.id == room_id)).scalar_one()
    rows = select(*_COLUMNS).where(Message.room_id == room_id, Message.id.in_(ids))
    return [{"room": room, **row._mapping} for row in connection.execute(rows.order_by(Message.id))]
