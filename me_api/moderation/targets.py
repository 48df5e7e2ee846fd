"""Finding the target of a moderator: an author, a member, a user, an address, or that of a ban.

What identifies a guest is a secret, or its hash, which nobody is sent.
"""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy import select

from me_api.auth import lookup, users
from me_api.auth.bans import bans, to_ban
from me_api.auth.moderation_models import BanRow
from me_api.auth.nicks import fold
from me_api.chat.models import Message, Room
from me_api.chat.presence.registry import presence
from me_api.errors import Invalid, NotFound
from me_api.extensions import db
from me_api.moderation.schemas import MemberPlace, MessagePlace

UNKNOWN = "once:"
"""What the sender of a message begins with whose author nobody can prove to be."""


class Subject(NamedTuple):
    """A sender or an address, with the id of the user that it is, and how it is shown."""

    subject: str
    name: str

    @property
    def user_id(self) -> int | None:
        """The id of the user; None for a guest and for an address."""
        return users.id_of(self.subject)

    @property
    def can_return(self) -> bool:
        """Whether the same sender can be seen again."""
        return not self.subject.startswith(UNKNOWN)


def find(
    *,
    message: MessagePlace | None = None,
    member: MemberPlace | None = None,
    user: str | None = None,
    ban: int | None = None,
    address: str | None = None,
) -> Subject:
    """Return the target that is given; raises `NotFound`, or `Invalid` for no address.

    The address is what `network` returns, empty for what is no address.
    """
    if message is not None:
        return _sender(message)
    if member is not None:
        return _member(member)
    if user is not None:
        found = lookup.by_nick(user)
        if found is None:
            raise NotFound(f"There is no user {user!r}.", source="user")
        return Subject(found.sender, found.nick)
    if ban is not None:
        return _banned(ban)
    if not address:
        raise Invalid([("address", "This is no address.")])
    # The address itself is stored nowhere.
    return Subject(bans.of_address(address), "an address")


def _sender(place: MessagePlace) -> Subject:
    query = select(Message.sender, Message.nick).join(Room, Room.id == Message.room_id)
    of_place = query.where(Room.name == place.room, Message.id == place.id)
    with db.engine.connect() as connection:
        row = connection.execute(of_place).one_or_none()
    if row is None:
        raise NotFound(f"Room {place.room!r} has no message {place.id}.", source="message")
    return Subject(row.sender, row.nick)


def _banned(ban_id: int) -> Subject:
    with db.engine.connect() as connection:
        row = connection.execute(select(BanRow.__table__).where(BanRow.id == ban_id)).one_or_none()
    if row is None:
        raise NotFound(f"There is no ban {ban_id}.", source="ban")
    banned = to_ban(row)
    return Subject(banned.subjects[0], banned.target)


def _member(place: MemberPlace) -> Subject:
    found = presence.find(place.room, fold(place.nick))
    if found is None:
        raise NotFound(f"Nobody is in {place.room!r} as {place.nick!r}.", source="member")
    return Subject(*found)
