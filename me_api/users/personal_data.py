"""All that is stored about a user, as one JSON document that is made while it is sent."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from orjson import dumps
from sqlalchemy import ColumnElement, Executable, func, or_, select
from sqlalchemy.engine import Connection

from me_api.auth.models import TokenRoomRow, TokenRow, UserRow
from me_api.auth.moderation_models import BanRow, ModerationRow
from me_api.auth.user_data import Page, user_data
from me_api.auth.users import User
from me_api.eventlog import log
from me_api.extensions import pools
from me_api.recovery.models import Session

_ACCOUNT = (
    UserRow.id,
    UserRow.email,
    UserRow.nick,
    UserRow.role,
    UserRow.created,
    UserRow.generation,
    UserRow.reset_expires,
)
_TOKEN = (
    TokenRow.id,
    TokenRow.name,
    TokenRow.scopes,
    TokenRow.all_rooms,
    TokenRow.created,
    TokenRow.expires,
    TokenRow.last_used,
)
_BAN = (BanRow.room, BanRow.until, BanRow.reason, BanRow.created)
_MODERATED = (
    ModerationRow.time,
    ModerationRow.action,
    ModerationRow.room,
    ModerationRow.target,
    ModerationRow.reason,
    ModerationRow.count,
)
_SESSION = (Session.namespace, Session.nick, Session.topics, Session.start, Session.seen)


class _Stored(NamedTuple):
    """What accounts themselves store about a user."""

    account: dict[str, Any]
    sessions: Page
    tokens: Page
    bans: Page
    moderated: Page
    moderation: Page


def document(user: User, check: Callable[[], object]) -> Iterator[bytes]:
    """Yield the document in parts; raise `Busy` for the first. Blocks this greenlet only.

    It has no secrets, not even their hashes. `check` is called before each part, and raises if the
    user's login has ended meanwhile.
    """
    stored = log.background.read(pools.export, lambda connection: _read(connection, user))
    yield b'{"account":' + dumps(stored.account)
    yield from _section("sessions", [stored.sessions])
    yield from _section("tokens", [stored.tokens])
    yield from _section("bans", [stored.bans])
    yield from _section("moderated", [stored.moderated])
    yield from _section("moderation", [stored.moderation])
    for data in user_data:
        yield from _section(data.name, _checked(data.pages(user), check))
    yield b"}\n"


def _checked(pages: Iterable[Page], check: Callable[[], object]) -> Iterator[Page]:
    for page in pages:
        check()
        yield page


def _section(name: str, pages: Iterable[Page]) -> Iterator[bytes]:
    yield b',"%s":[' % name.encode()
    separator = b"\n"
    for page in pages:
        for row in page:
            yield separator + dumps(row)
            separator = b",\n"
    yield b"]"


def _read(connection: Connection, user: User) -> _Stored:
    def rows(query: Executable) -> Page:
        return [dict(row._mapping) for row in connection.execute(query)]

    (account,) = rows(select(*_ACCOUNT).where(UserRow.id == user.id))
    sessions = rows(select(*_SESSION).where(Session.sender == user.sender))
    tokens = rows(select(*_TOKEN).where(TokenRow.user_id == user.id))
    for token in tokens:
        of_token = select(TokenRoomRow.room).where(TokenRoomRow.token_id == token["id"])
        token["rooms"] = None if token.pop("all_rooms") else connection.scalars(of_token).all()
    # The subjects of a ban are separated by spaces, and those of others are hashes.
    bans = rows(select(*_BAN).where((" " + BanRow.subjects + " ").contains(f" {user.sender} ")))
    moderated = rows(select(*_MODERATED).where(ModerationRow.actor_id == user.id))
    moderation = rows(select(*_MODERATED).where(_is_about(user)))
    return _Stored(account, sessions, tokens, bans, moderated, moderation)


def _is_about(user: User) -> ColumnElement[bool]:
    """Return whether an entry of the audit trail is about a user, and was made by another.

    Earlier versions named the user by the nick alone.
    """
    start = f"{user.nick}: "
    others = ModerationRow.actor_id.is_distinct_from(user.id)
    begins = func.substr(ModerationRow.target, 1, len(start)) == start
    named = or_(ModerationRow.target == user.nick, begins)
    by_nick = ModerationRow.target_id.is_(None) & named
    return others & or_(ModerationRow.target_id == user.id, by_nick)
