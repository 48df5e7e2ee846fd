"""Long-lived tokens: how they are made, read from the database, and recognised.

A token is `meapi_`, its id, `_`, and a secret. The id is in lists and logs; of the secret, only a
hash is stored.
"""

from __future__ import annotations

import secrets
import string
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from hmac import compare_digest
from math import inf
from typing import Any, NamedTuple, cast

from sqlalchemy import Engine, bindparam, select

from me_api.auth import users
from me_api.auth.models import TokenRoomRow, TokenRow, UserRow
from me_api.auth.scope import Action, TokenScope
from me_api.auth.users import User
from me_api.errors import Unauthorized
from me_api.storage.statements import CompiledStatement

PREFIX = "meapi_"
"""By which secret scanners, and people, recognise a token."""
ID_BYTES = 6
SECRET_CHARS = 40
"""Of 62 letters and digits: 238 bits."""
_ANOTHER = "create another, in the me-page under Account, or by flask tokens create."
_ALPHABET = string.ascii_letters + string.digits

_TOKEN = (
    TokenRow.id,
    TokenRow.hash,
    TokenRow.scopes,
    TokenRow.all_rooms,
    TokenRow.expires,
    TokenRoomRow.room,
)
_SELECT = (
    select(*_TOKEN, *users.COLUMNS)
    .join(UserRow, (UserRow.id == TokenRow.user_id) & UserRow.deleted.is_(None))
    .outerjoin(TokenRoomRow, TokenRoomRow.token_id == TokenRow.id)
)
# A row for each room, so that one statement reads a token.
_ONE = CompiledStatement(_SELECT.where(TokenRow.id == bindparam("id")))


class MadeToken(NamedTuple):
    """A token that has been made: its id, its whole text, and the hash that is stored."""

    id: str
    text: str
    hash: str


@dataclass(frozen=True, slots=True)
class ApiToken:
    """A stored token, with its user."""

    user: User
    scope: TokenScope
    expires: float
    """In seconds since 1970; infinite without an end."""
    hash: str


def make() -> MadeToken:
    """Return a new random token."""
    token_id = secrets.token_hex(ID_BYTES)
    secret = "".join(secrets.choice(_ALPHABET) for _ in range(SECRET_CHARS))
    text = f"{PREFIX}{token_id}_{secret}"
    return MadeToken(token_id, text, _hash(text))


def is_ours(token: str) -> bool:
    """Return whether a token is a long-lived one, valid or not."""
    return token.startswith(PREFIX)


def verify(engine: Engine, token: str) -> ApiToken:
    """Return what is stored of a token; raise `Unauthorized` if there is no such token.

    Whether it has expired is checked where it is used: `Identity.check_token`.
    """
    token_id = token.removeprefix(PREFIX).partition("_")[0]
    found = _by_row(_ONE.rows(engine, {"id": token_id})).get(token_id)
    if found is None or not compare_digest(found.hash, _hash(token)):
        raise bad_token()
    return found


def bad_token() -> Unauthorized:
    """Return the error for a token that is not valid, which a program cannot mend by a login."""
    detail = f"The long-lived token is not valid, or was revoked: {_ANOTHER}"
    return Unauthorized(detail, code="bad_token")


def expired_token() -> Unauthorized:
    """Return the error for a token that has come to its end."""
    return Unauthorized(f"The long-lived token has expired: {_ANOTHER}", code="expired_token")


def all_of(engine: Engine, token_ids: Collection[str]) -> dict[str, ApiToken]:
    """Read those of the tokens that exist, by their ids."""
    wanted = list(token_ids)
    found: dict[str, ApiToken] = {}
    for first in range(0, len(wanted), users.AT_A_TIME):
        some = wanted[first : first + users.AT_A_TIME]
        with engine.connect() as connection:
            rows = connection.execute(_SELECT.where(TokenRow.id.in_(some))).all()
        found |= _by_row(rows)
    return found


def _by_row(rows: Any) -> dict[str, ApiToken]:
    rooms: dict[str, set[str]] = {}
    for row in rows:
        # Of a token without rooms, the join returns one row without a room.
        rooms.setdefault(row[0], set()).update(filter(None, [row[5]]))
    return {row[0]: _token(row, rooms[row[0]]) for row in rows}


def _token(row: Any, rooms: set[str]) -> ApiToken:
    token_id, stored, scopes, all_rooms, expires, _, *user = row
    actions = frozenset(cast(list[Action], scopes.split()))
    scope = TokenScope(token_id, actions, None if all_rooms else frozenset(rooms))
    end = inf if expires is None else datetime.fromisoformat(expires).timestamp()
    return ApiToken(User(*user), scope, end, stored)


def _hash(token: str) -> str:
    # A random secret of 238 bits needs neither a salt nor a slow hash.
    return sha256(token.encode()).hexdigest()
