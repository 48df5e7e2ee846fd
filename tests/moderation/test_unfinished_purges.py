"""Purges that were begun: what is finished of them later, and when they are not."""

from collections.abc import Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from me_api.auth.audit import OPERATOR, Actor
from me_api.auth.moderation_models import ModerationRow, PurgeRow
from me_api.chat import purge, rooms
from me_api.chat.messages_of import Places
from me_api.chat.purge import BeginPurge, PurgeMessages, PurgeOrder, finish_purges
from me_api.errors import StorageUnavailable
from me_api.eventlog import log, retry
from me_api.extensions import db, loop
from me_api.users.admin_changes import ManageUser
from tests.support.app import Person, make_user
from tests.support.fixtures import MakePerson, app, make_person, template

__all__ = ["app", "make_person", "template"]

POSTS = "/chat/rooms/lobby/messages"


@pytest.fixture
def mos(app: Flask, make_person: MakePerson) -> Iterator[Person]:
    """Return a user who has written two messages, with the application's context."""
    made = make_person("mos")
    with app.app_context():
        rooms.ensure(("lobby",))
        for text in ("one", "two"):
            assert made.post(POSTS, {"text": text}).status_code == 201
        yield made


def sender(person: Person) -> str:
    assert person.user is not None
    return person.user.sender


def texts(person: Person) -> list[Any]:
    return [message["text"] for message in person.get(POSTS).get_json()["data"]]


def stored(column: Any) -> list[Any]:
    with db.engine.connect() as connection:
        return list(connection.execute(select(column)).scalars())


def test_what_is_written_before_it_is_recorded_is_deleted_too(
    mos: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_yet(*_: Any, **__: Any) -> Places:
        monkeypatch.undo()
        return {}

    monkeypatch.setattr(PurgeOrder, "places", none_yet)
    assert purge.purge(sender(mos), "mos", OPERATOR, None, "") == 2
    assert texts(mos) == [None, None]


def test_what_was_written_after_it_began_stays(mos: Person) -> None:
    """It may be finished long after it was interrupted."""
    log.commit(BeginPurge(PurgeOrder(sender(mos), None, OPERATOR), "mos", ""))
    assert mos.post(POSTS, {"text": "later"}).status_code == 201
    finish_purges()
    assert texts(mos) == [None, None, "later"]
    assert (stored(ModerationRow.count), stored(PurgeRow.id)) == ([2], [])


@pytest.mark.parametrize("change", [{"role": "member"}, {"disabled": True}])
def test_a_moderator_who_is_none_any_more_deletes_nothing_more(
    app: Flask, mos: Person, change: Any
) -> None:
    actor = Actor.of(make_user(app, "mod", "moderator"))
    log.commit(BeginPurge(PurgeOrder(sender(mos), None, actor), "mos", ""))
    log.commit(ManageUser(actor.id or 0, OPERATOR, **change))
    finish_purges()
    assert texts(mos) == ["one", "two"]
    assert (stored(ModerationRow.count)[0], stored(PurgeRow.id)) == (0, [])


def test_it_is_finished_when_the_database_works_again(
    mos: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The request is answered with 503; what was begun is done all the same."""
    apply, failures = PurgeMessages.apply, [1, 2]

    def fail(change: PurgeMessages, transaction: Any) -> int:
        if failures:
            failures.pop()
            raise StorageUnavailable("The disk is full.")
        return apply(change, transaction)

    monkeypatch.setattr(PurgeMessages, "apply", fail)
    monkeypatch.setattr(retry, "RETRY_SECONDS", 0.01)
    with pytest.raises(StorageUnavailable):
        purge.purge(sender(mos), "mos", OPERATOR, "lobby", "")
    while stored(PurgeRow.id):
        loop.event().wait(0.01)
    assert texts(mos) == [None, None]


def test_a_room_that_was_deleted_meanwhile_is_left_out(mos: Person) -> None:
    assert mos.post("/chat/rooms", {"name": "attic"}).status_code == 201
    log.commit(BeginPurge(PurgeOrder(sender(mos), "attic", OPERATOR), "mos", ""))
    rooms.remove("attic", "", OPERATOR)
    finish_purges()
    assert stored(PurgeRow.id) == []
