"""The chat's routes: rooms, messages, changes, streams, search and export over REST."""

from __future__ import annotations

from functools import partial
from typing import Annotated, Any

from flask import Blueprint

from me_api.auth.audit import Actor
from me_api.auth.identity import Identity
from me_api.chat import access, export, history, rooms, service
from me_api.chat.author import RequestAuthor
from me_api.chat.feed import topic
from me_api.chat.presence.registry import presence
from me_api.chat.responses import (
    CommandResult,
    Member,
    MessageChanges,
    MessagePage,
    Room,
    SearchPage,
)
from me_api.chat.schemas import (
    History,
    Message,
    NewMessage,
    NewRoom,
    NewText,
    RoomDeletion,
    RoomPatch,
    Search,
)
from me_api.chat.search import query as search
from me_api.errors import (
    Busy,
    Conflict,
    Forbidden,
    Gone,
    Invalid,
    NotFound,
    StorageUnavailable,
)
from me_api.eventlog import log
from me_api.realtime.sse import event_streams
from me_api.realtime.sse_endpoint import stream_endpoint
from me_api.realtime.watched_wait import watched_wait
from me_api.rest.endpoint import CacheableResult, endpoint
from me_api.rest.request import caller, caller_later, current_request
from me_api.rest.streaming import stream
from me_api.validation import Data, LongPollQuery, StreamQuery, validate

blueprint = Blueprint("chat", __name__, url_prefix="/chat")

NDJSON = "application/x-ndjson"
ROOM = (NotFound, Forbidden, Gone)


@blueprint.get("")
@endpoint(responses={200: Data[list[Any]], 304: None}, failures=ROOM, cacheable=True)
def show_lobby(identity: Identity) -> Any:
    """Return the newest messages of the course's room, as its clients have sent them."""
    return CacheableResult({"data": service.course_page(identity)})


@blueprint.get("/search")
@endpoint(
    query=Search,
    responses={200: SearchPage},
    failures=(*ROOM, StorageUnavailable),
    limit="search",
    direct="may wait",
)
def search_messages(query: Search) -> Any:
    """Search for messages by words, in the rooms that the caller may read; last changed first.

    Words in double quotes are searched for as a phrase; a word that ends with `*` matches all words
    that begin so. Case and accents are ignored. Signs and emoji are found as words are.
    """
    return search.page(query, caller())


@blueprint.get("/rooms")
@endpoint(responses={200: Data[list[Room]]}, direct="at once")
def list_rooms() -> Any:
    """List the rooms that the caller may read."""
    return {"data": rooms.all_rooms(caller())}


@blueprint.post("/rooms")
@endpoint(
    body=NewRoom,
    responses={201: Data[Room]},
    failures=(Conflict,),
    token=True,
    action="rooms",
    limit="room",
)
def create_room(body: NewRoom) -> Any:
    """Create a room; the caller needs a token."""
    room = rooms.create(body.name, body.title, body.guests, caller())
    return {"data": room}, 201, {"Location": rooms.path(body.name)}


@blueprint.get("/rooms/<room>")
@endpoint(responses={200: Data[Room]}, failures=ROOM)
def show_room(room: str) -> Any:
    """Return a room with its last position and the number of its members."""
    return {"data": rooms.one_room(room, caller())}


@blueprint.patch("/rooms/<room>")
@endpoint(body=RoomPatch, responses={200: Data[Room]}, failures=ROOM, token=True, action="rooms")
def change_room(room: str, body: RoomPatch) -> Any:
    """Rename or archive a room, or change what guests may do in it, or how long messages stay.

    The first two are for moderators, too, the rest for owners only.
    """
    actor, values = _actor(room), body.model_dump(exclude_none=True)
    if values.keys() & {"retention_days", "retention_messages"}:
        # They delete messages: as deleting a room, that needs a login.
        caller().require(None)
    return {"data": rooms.change(room, values, actor)}


@blueprint.delete("/rooms/<room>")
@endpoint(query=RoomDeletion, responses={204: None}, failures=(*ROOM, Conflict), token=True)
def delete_room(room: str, query: RoomDeletion) -> Any:
    """Delete a room, with all its messages; for owners. Its name is not used again.

    When this is answered, nobody can read it any more.
    """
    rooms.remove(room, query.reason, _actor(room))
    return "", 204


@blueprint.get("/rooms/<room>/members")
@endpoint(responses={200: Data[list[Member]]}, failures=ROOM)
def list_members(room: str) -> Any:
    """List the members of a room."""
    return {"data": rooms.members(room, caller())}


@blueprint.get("/rooms/<room>/messages")
@endpoint(query=History, responses={200: MessagePage, 304: None}, failures=ROOM, cacheable=True)
def read_history(room: str, query: History, identity: Identity) -> Any:
    """Read a page of history, oldest first; the newest page by default."""
    page = history.encoded_page(room, query, identity)
    links = {"prev": page["page"]["older"], "next": page["page"]["newer"]}
    return CacheableResult(page, {relation: url for relation, url in links.items() if url})


@blueprint.post("/rooms/<room>/messages")
@endpoint(
    body=NewMessage,
    responses={200: Data[Message | CommandResult], 201: Data[Message]},
    failures=(*ROOM, Conflict),
    limit="post",
    direct="at once",
)
def post_message(room: str, body: NewMessage) -> Any:
    """Post a message, or run a command.

    A retry with the same key returns the message as it is now, and stores no second one.
    """
    result = service.post(RequestAuthor(caller(), body.nick), room, body.text, _key(body))
    if result.message is None:
        return {"data": {"notice": result.notice}}
    location = f"{rooms.path(room)}/messages/{result.message['id']}"
    return {"data": result.message}, 201 if result.new else 200, {"Location": location}


@blueprint.get("/rooms/<room>/messages/<int:message_id>")
@endpoint(responses={200: Data[Message]}, failures=ROOM, cacheable=True)
def show_message(room: str, message_id: int, identity: Identity) -> Any:
    """Return a message by its id."""
    return CacheableResult({"data": history.one(room, message_id, identity)})


@blueprint.patch("/rooms/<room>/messages/<int:message_id>")
@endpoint(
    body=NewText,
    responses={200: Data[Message]},
    failures=ROOM,
    limit="post",
    direct="at once",
)
def edit_message(room: str, message_id: int, body: NewText) -> Any:
    """Replace the text of a message; for its sender and owners."""
    return {"data": service.edit(room, message_id, body.text, caller())}


@blueprint.delete("/rooms/<room>/messages/<int:message_id>")
@endpoint(responses={200: Data[Message]}, failures=ROOM, limit="post", direct="at once")
def delete_message(room: str, message_id: int) -> Any:
    """Delete a message but for a tombstone; for its sender, moderators and owners."""
    return {"data": service.delete(room, message_id, caller())}


@blueprint.get("/rooms/<room>/changes")
@endpoint(query=LongPollQuery, responses={200: MessageChanges}, failures=ROOM)
def read_changes(room: str, query: LongPollQuery) -> Any:
    """Read the changes after a position; with `wait`, wait for the first so many seconds."""
    wait = watched_wait(topic(room), query.wait, partial(access.readable, room))
    return history.changes(room, query, caller(), wait)


@blueprint.get("/rooms/<room>/stream")
@stream_endpoint(*ROOM)
def stream_room(room: str, query: StreamQuery) -> Any:
    """Stream the messages and changes of a room as Server-Sent Events named `message`."""
    access.readable(room, caller())
    return event_streams.respond({topic(room)}, query, registered_in=presence.hidden)


@blueprint.get("/rooms/<room>/export")
@endpoint(responses={200: Annotated[str, NDJSON]}, failures=(*ROOM, Busy), limit="export")
def export_room(room: str) -> Any:
    """Export all messages of a room, oldest first, one JSON object on each line.

    Messages that are posted during the export are left out. Read the changes from the position in
    `X-Rev` to get them, and what was edited or deleted meanwhile.
    """
    current_caller = caller_later()
    headers = {"X-Rev": str(log.delivered), "X-Epoch": log.epoch}
    return stream(
        export.lines(room, lambda: access.readable(room, current_caller())), NDJSON, headers
    )


def _actor(room: str) -> Actor:
    identity = caller()
    assert identity.user is not None, "the route needs a token"
    identity.check("rooms", room)
    return Actor.of(identity.user)


def _key(body: NewMessage) -> str | None:
    """Return the idempotency key of the body or of the header `Idempotency-Key`."""
    header = current_request().headers.get("Idempotency-Key")
    if header is None or header == body.key:
        return body.key
    if body.key is not None:
        raise Invalid([("key", "Idempotency-Key and key differ.")])
    return validate(NewMessage, {"text": body.text, "key": header}).key
