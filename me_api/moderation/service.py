"""The use cases of moderators: banning, purging, and reading what was done."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select

from me_api.auth import users
from me_api.auth.audit import Actor
from me_api.auth.ban_changes import AddBan, LiftBan
from me_api.auth.bans import ADDRESS, Ban, bans, to_ban
from me_api.auth.identity import Identity
from me_api.auth.moderation_models import BanRow, ModerationRow
from me_api.chat import access, purge
from me_api.errors import Forbidden, Invalid
from me_api.eventlog import log, timestamp
from me_api.extensions import db
from me_api.moderation.schemas import LogQuery
from me_api.moderation.targets import Subject


def moderator(identity: Identity) -> Actor:
    """Return the caller as a moderator; raises `Forbidden`, or `Unauthorized`."""
    identity.check_token()
    if identity.user is None or not identity.may_moderate:
        raise Forbidden("Only moderators and owners may do this.")
    bans.check(identity)
    return Actor.of(identity.user)


def ban(
    target: Subject,
    actor: Actor,
    *,
    room: str | None,
    minutes: int | None,
    with_address: bool,
    reason: str,
    addresses: frozenset[str] = frozenset(),
) -> dict[str, Any]:
    """Ban a target from a room, or from the site, and return the ban.

    `addresses` are the subjects of those that are known here; others are added by who knows them.

    It takes effect before this returns; on other nodes within a second. Raises `NotFound`, `Gone`,
    `Forbidden` if the actor may not ban this user, or `Invalid`.
    """
    if room is not None:
        access.find(room)
    if with_address and not (target.subject.startswith("guest:") or not target.can_return):
        raise Invalid([("with_address", "Only guests are banned with their address.")])
    if not (target.can_return or with_address):
        detail = "Nobody can be recognised as the author of this message: ban the address."
        raise Invalid([("message", detail)], code="unknown_author")
    until = None
    if minutes is not None:
        until = timestamp(datetime.now(UTC) + timedelta(minutes=minutes))
    change = AddBan(
        target.subject,
        target.user_id,
        target.name,
        room,
        until,
        reason,
        with_address,
        actor,
        addresses,
    )
    made: Ban = log.commit(change)
    # Its addresses may be known by now.
    return to_dict(bans.all.get(made.id, made))


def unban(ban_id: int, actor: Actor) -> None:
    """End a ban; raises `NotFound`, or `Forbidden` if the actor may not moderate this user."""
    log.commit(LiftBan(ban_id, actor))


def all_bans() -> list[dict[str, Any]]:
    """Return the bans that have not ended, newest first."""
    with db.engine.connect() as connection:
        rows = connection.execute(select(BanRow.__table__).order_by(BanRow.id.desc())).all()
    now = timestamp()
    return [to_dict(to_ban(row)) for row in rows if row.until is None or row.until > now]


def purge_messages(target: Subject, actor: Actor, room: str | None, reason: str) -> dict[str, Any]:
    """Delete all messages of a target, in a room or everywhere; return how many.

    Raises `NotFound`, `Gone`, `Busy`, or `Forbidden` if the actor may not moderate this user. If
    the database fails meanwhile, the rest is deleted later.
    """
    count = purge.purge(target.subject, target.name, actor, room, reason)
    return {"count": count, "target": target.name}


def entries(query: LogQuery) -> dict[str, Any]:
    """Return a page of the audit trail, newest first."""
    rows = select(ModerationRow.__table__).order_by(ModerationRow.id.desc())
    if query.before is not None:
        rows = rows.where(ModerationRow.id < query.before)
    with db.engine.connect() as connection:
        found = connection.execute(rows.limit(query.limit + 1)).mappings().all()
    data = [dict(row) for row in found[: query.limit]]
    for entry in data:
        entry["target_id"] = entry["target_id"] or None
    more = len(found) > query.limit
    url = f"/moderation/log?limit={query.limit}&before={data[-1]['id']}" if more else None
    return {"data": data, "page": {"older": url}}


def to_dict(ban: Ban) -> dict[str, Any]:
    """Return a ban as moderators receive it: neither its sender nor its addresses."""
    kind = {users.SENDER: "user", ADDRESS: "address"}
    subject = ban.subjects[0]
    return {
        "id": ban.id,
        "target": ban.target,
        "target_id": ban.user_id,
        "kind": next((kind[start] for start in kind if subject.startswith(start)), "guest"),
        "room": ban.room,
        "until": ban.until,
        "reason": ban.reason,
        "addresses": sum(each.startswith(ADDRESS) for each in ban.subjects),
        "created": ban.created,
        "actor": ban.actor,
    }
