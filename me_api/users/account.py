"""The use cases of a user's own account."""

from __future__ import annotations

from functools import partial
from typing import Any, cast

from sqlalchemy import select
from sqlalchemy.exc import DBAPIError

from me_api.auth import lookup, nicks, users
from me_api.auth.audit import Actor
from me_api.auth.bans import bans
from me_api.auth.identity import Identity
from me_api.auth.models import UserRow
from me_api.auth.user_data import ShownNick, WrittenData, nick_use, user_data
from me_api.auth.users import User
from me_api.errors import Invalid, StorageUnavailable, Unauthorized
from me_api.eventlog import log, retry
from me_api.extensions import db, loop, pools, settings
from me_api.users import passwords
from me_api.users.account_changes import (
    ChangeAccount,
    DeleteUser,
    EndPurge,
    SignOut,
    wrong_password,
)
from me_api.users.schemas import AccountChange, AccountDeletion

UNFINISHED = "what deleted users have written was not all deleted yet"


def own(identity: Identity) -> User:
    """Return the caller as a user; raise `Unauthorized`."""
    identity.check_token()
    if identity.user is None:
        raise Unauthorized("A token is needed: log in, and send it as x-access-token.")
    return identity.user


def show(user: User) -> dict[str, Any]:
    """Return an account as its user is shown it."""
    with db.engine.connect() as connection:
        created = select(UserRow.created).where(UserRow.id == user.id)
        return {"id": user.id, **user.info, "created": connection.execute(created).scalar_one()}


def change(identity: Identity, wanted: AccountChange) -> User:
    """Change nick, email or password of the caller; return the user.

    Raises `Invalid` without the current password where it is needed or if nothing is changed,
    `Forbidden` if it is wrong or the nick is reserved, `Conflict` for what is taken, or `Busy`.
    Raises `Banned` for another nick, which others would be shown, if the caller is banned.
    """
    user = own(identity)
    if wanted.nick is None and wanted.email is None and wanted.password is None:
        raise Invalid([(None, "Name what to change: nick, email or password.")])
    new_hash = None
    if wanted.email is not None or wanted.password is not None or wanted.current_password:
        confirm_password(user, wanted.current_password)
    if wanted.nick is not None:
        bans.check(identity)
    if wanted.nick is not None and nicks.fold(wanted.nick) != nicks.fold(user.nick):
        lookup.check_not_reserved(wanted.nick)
        nick_use.check(wanted.nick, user.sender)
    if wanted.password is not None:
        new_hash = pools.hashing.run(passwords.make_hash, wanted.password)
    shown = tuple(data for data in user_data if isinstance(data, ShownNick))
    made = ChangeAccount(user.id, identity.generation, wanted.nick, wanted.email, new_hash, shown)
    return cast(User, log.commit(made))


def sign_out(user: User, actor: Actor | None = None) -> None:
    """End all tokens of a user; by another, if there is an `actor`.

    What is open with them is that of a guest from then on; streams and long-polls end.
    """
    log.commit(SignOut(user.id, actor))


def delete(user: User, wanted: AccountDeletion) -> dict[str, int]:
    """Delete the account of a user; return how many messages and reports were deleted.

    Raises `Forbidden` if the password is wrong, or `Conflict` for the last owner.
    """
    generation = confirm_password(user, wanted.current_password)
    return remove(user, generation, with_messages=wanted.messages == "delete")


def remove(
    user: User, generation: int | None, *, with_messages: bool, actor: Actor | None = None
) -> dict[str, int]:
    """Delete an account, and what the user has written if it is asked for.

    By another, if there is an `actor`. If the database fails after the account was deleted, what
    the user has written is deleted later.
    """
    log.commit(DeleteUser(user.id, generation, keeps_nick=not with_messages, actor=actor))
    if not with_messages:
        return {}
    try:
        # Afterwards: from then on, the user writes nothing more.
        return purge(user)
    except (StorageUnavailable, DBAPIError):
        retry.until_success(loop, UNFINISHED, partial(purge, user))
        raise


def purge(user: User) -> dict[str, int]:
    """Delete what a deleted user has written; return how many messages and reports that were."""
    deleted = {data.name: data.delete(user) for data in user_data if isinstance(data, WrittenData)}
    log.commit(EndPurge(user.id))
    return deleted


def finish_deletions() -> None:
    """Delete what is left of users whose deletion was interrupted by the end of a process."""
    with db.engine.connect() as connection:
        left = users.find_all(connection, UserRow.purging.is_not(None))
    for user in left:
        purge(user)


def confirm_password(user: User, password: str | None) -> int:
    """Return the generation of a user whose password this is; raise `Invalid` or `Forbidden`.

    Whatever changes the password raises the generation.
    """
    if password is None:
        raise Invalid([("current_password", "The current password is needed.")])
    with db.engine.connect() as connection:
        stored = users.password_hash(connection, users.by_id(user.id)) or passwords.DUMMY
    if not pools.hashing.run(passwords.verify, stored, password):
        raise wrong_password()
    return user.generation


def site_url() -> str:
    """Return the address of the site, for links."""
    return settings.public_url or f"http://{settings.host}:{settings.port}"
