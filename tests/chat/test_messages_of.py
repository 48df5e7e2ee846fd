"""Deleting very many messages of one sender: with the account, and by a moderator."""

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import insert, select, update

from me_api.auth.audit import OPERATOR
from me_api.chat import messages_of, purge, rooms, tombstones, user_data
from me_api.chat.models import Message, Room
from me_api.eventlog import Change, Transaction, log
from tests.support.app import Person, make_user
from tests.support.fixtures import app, template

__all__ = ["app", "template"]

MANY = 5_000
BATCHES = -(-MANY // tombstones.BATCH)


class StoreMany(Change):
    """Store very many messages of a sender in the lobby, and some of others between them."""

    def __init__(self, sender: str) -> None:
        self.sender = sender

    def apply(self, transaction: Transaction) -> None:
        room_id = transaction.connection.scalar(select(Room.id).where(Room.name == "lobby"))
        rows = [
            {
                "room_id": room_id,
                "id": number,
                "rev": (rev := transaction.next_rev()),
                "created_rev": rev,
                "nick": "mos",
                "verified": False,
                "sender": self.sender if number % 10 else "guest:other",
                "text": f"message {number}",
                "created": transaction.now,
            }
            for number in range(1, MANY * 10 // 9 + 1)
        ]
        transaction.connection.execute(insert(Message), rows)
        last = update(Room).where(Room.id == room_id).values(last_id=len(rows))
        transaction.connection.execute(last)


@pytest.fixture
def counts(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Count how often the places of messages are read, and how often batches are deleted."""
    found = {"reads": 0, "batches": 0}

    def counted(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **options: Any) -> Any:
            found[name] += 1
            return function(*args, **options)

        return call

    read = counted("reads", messages_of.places_of)
    delete = counted("batches", tombstones.blank_all)
    for module in (purge, user_data):
        monkeypatch.setattr(module, "places_of", read)
        monkeypatch.setattr(module, "blank_all", delete)
    return found


def test_all_messages_of_an_account_are_deleted(app: Flask, counts: dict[str, int]) -> None:
    user = make_user(app, "mos")
    with app.app_context():
        rooms.ensure(("lobby",))
        log.commit(StoreMany(user.sender))
        data = user_data.MessagesOfUser()
        assert sum(len(page) for page in data.pages(user)) == MANY
        counts["reads"] = 0
        assert data.delete(user) == MANY
        assert data.delete(user) == 0
    # Where they are is read once, once more to find that nothing is left, and once by the second.
    assert counts == {"reads": 3, "batches": BATCHES}
    page = Person(app).get("/chat/rooms/lobby/messages?limit=200").get_json()["data"]
    assert [m["id"] for m in page if not m["deleted"]] == [
        m["id"] for m in page if m["id"] % 10 == 0
    ]


def test_a_moderator_deletes_them(app: Flask, counts: dict[str, int]) -> None:
    with app.app_context():
        rooms.ensure(("lobby",))
        log.commit(StoreMany("guest:mos"))
        assert purge.purge("guest:mos", "mos", OPERATOR, None, "") == MANY
        assert purge.purge("guest:mos", "mos", OPERATOR, None, "") == 0
    assert counts == {"reads": 4, "batches": BATCHES}
