"""The routes for moderators: bans, purges, and the log."""

from __future__ import annotations

from typing import Any

from flask import Blueprint

from me_api.errors import Busy, Forbidden, Gone, NotFound
from me_api.moderation import service, targets
from me_api.moderation.schemas import Ban, LogPage, LogQuery, NewBan, Purge, Purged
from me_api.realtime.holders import holders
from me_api.rest.endpoint import endpoint
from me_api.rest.request import as_network, caller
from me_api.validation import Data

blueprint = Blueprint("moderation", __name__, url_prefix="/moderation")


@blueprint.get("/bans")
@endpoint(responses={200: Data[list[Ban]]}, failures=(Forbidden,), token=True)
def list_bans() -> Any:
    """List the bans that have not ended, newest first; for moderators."""
    service.moderator(caller())
    return {"data": service.all_bans()}


@blueprint.post("/bans")
@endpoint(
    body=NewBan,
    responses={201: Data[Ban]},
    failures=(Forbidden, NotFound, Gone),
    token=True,
    limit="post",
)
def ban(body: NewBan) -> Any:
    """Ban a user, a guest or an address from a room or the site; for moderators.

    It takes effect at once: the clients are sent why, and removed.
    """
    actor = service.moderator(caller())
    address = None if body.address is None else as_network(body.address)
    target = targets.find(
        message=body.message, member=body.member, user=body.user, ban=body.ban, address=address
    )
    addresses = holders.addresses_of(target.subject) if body.with_address else frozenset()
    made = service.ban(
        target,
        actor,
        room=body.room,
        minutes=body.minutes,
        with_address=body.with_address,
        reason=body.reason,
        addresses=addresses,
    )
    return {"data": made}, 201, {"Location": f"/moderation/bans/{made['id']}"}


@blueprint.delete("/bans/<int:ban_id>")
@endpoint(responses={204: None}, failures=(Forbidden, NotFound), token=True, limit="post")
def unban(ban_id: int) -> Any:
    """End a ban; for moderators."""
    service.unban(ban_id, service.moderator(caller()))
    return "", 204


@blueprint.post("/purge")
@endpoint(
    body=Purge,
    responses={200: Data[Purged]},
    failures=(Forbidden, NotFound, Gone, Busy),
    token=True,
    limit="post",
)
def purge(body: Purge) -> Any:
    """Delete all messages of somebody, in a room or everywhere; for moderators.

    Each becomes a tombstone with a rev of its own, in small batches.
    """
    actor = service.moderator(caller())
    target = targets.find(message=body.message, member=body.member, user=body.user, ban=body.ban)
    return {"data": service.purge_messages(target, actor, body.room, body.reason)}


@blueprint.get("/log")
@endpoint(query=LogQuery, responses={200: LogPage}, failures=(Forbidden,), token=True)
def read_log(query: LogQuery) -> Any:
    """Return what owners and moderators have done to others, newest first; for moderators."""
    service.moderator(caller())
    return service.entries(query)
