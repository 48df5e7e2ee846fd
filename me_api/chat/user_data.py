"""The messages of a user, to be downloaded, and to be deleted with the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from sqlalchemy import select
from sqlalchemy.engine import Connection

from me_api.auth.nicks import fold
from me_api.auth.user_data import Page
from me_api.auth.users import User
from me_api.chat.messages_of import Place, batches, places_of
from me_api.chat.models import Message, Room
from me_api.chat.presence.nicknames import taken
from me_api.chat.presence.registry import presence
from me_api.chat.tombstones import blank_all
from me_api.eventlog import Change, Transaction, log
from me_api.extensions import pools

PAGE = 500
"""Messages that are read at a time."""

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
        read_places = partial(places_of, sender=user.sender, everything=True)
        places = log.background.read(pools.export, read_places)
        for name, ids in places.items():
            for first in range(0, len(ids), PAGE):
                read = partial(_page, name, list(ids[first : first + PAGE]))
                yield log.background.read(pools.export, read, admitted=True)

    def delete(self, user: User) -> int:
        """Delete all messages of a user but for tombstones; return how many."""
        total = 0
        read = partial(places_of, sender=user.sender)
        # Again, until nothing is left: what was being written when the account was deleted, too.
        while places := log.background.read(pools.export, read, admitted=True):
            total += sum(
                log.commit(DeleteMessagesOf(user.sender, some)) for some in batches(places)
            )
        return total


@dataclass(frozen=True, slots=True)
class DeleteMessagesOf(Change):
    """Delete some messages of a sender but for tombstones."""

    sender: str
    places: tuple[Place, ...]

    def apply(self, transaction: Transaction) -> int:
        """Return how many were deleted."""
        return blank_all(transaction, self.sender, set(self.places))


class NicksInChat:
    """The nicks of connected clients. Implements `me_api.auth.user_data.NickUse`."""

    def check(self, nick: str, sender: str) -> None:
        """Raise `Conflict` if another sender is connected under a nick, on any node."""
        presence.nicknames.check(nick, sender)
        if presence.shared.is_taken(fold(nick), sender):
            raise taken(nick)


def _page(room: str, ids: list[int], connection: Connection) -> list[dict[str, Any]]:
    room_id = select(Room.id).where(Room.name == room).scalar_subquery()
    rows = select(*_COLUMNS).where(Message.room_id == room_id, Message.id.in_(ids))
    return [{"room": room, **row._mapping} for row in connection.execute(rows.order_by(Message.id))]
