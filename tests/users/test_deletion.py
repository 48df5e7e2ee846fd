"""Deleting the own account, with what its user has written, or without it."""

from flask import Flask

from tests.support.app import PASSWORD, Person, errors_of
from tests.users.accounts import POSTS, member, texts, write


def test_a_wrong_password_deletes_nothing(app: Flask) -> None:
    mos = member(app, "mos")
    for body, error in (
        ({"messages": "keep"}, (422, "invalid", "current_password")),
        ({"current_password": PASSWORD}, (422, "invalid", "messages")),
        ({"current_password": PASSWORD, "messages": "all"}, (422, "invalid", "messages")),
        (
            {"current_password": "wrong", "messages": "keep"},
            (403, "wrong_password", "current_password"),
        ),
    ):
        assert errors_of(mos.delete("/account", json=body)) == [error]
    assert mos.get("/account").status_code == 200


def test_a_deleted_account_leaves_what_its_user_has_written(app: Flask) -> None:
    mos = member(app, "mos")
    write(mos)
    body = {"current_password": PASSWORD, "messages": "keep"}
    answer = mos.delete("/account", json=body)
    assert answer.get_json() == {"data": {"messages": "keep", "deleted": {}}}
    assert errors_of(mos.get("/account")) == [(401, "bad_token", None)]
    assert texts(app) == [("mos", "hej"), ("mos", None)]
    assert Person(app).get("/reports/week/1").get_json()["data"]["author"] == "mos"
    # Nobody can pose as the author of what is left, but the email is free.
    again = {"email": "mos@example.com", "password": PASSWORD, "nick": "mos"}
    assert errors_of(Person(app).post("/register", again)) == [(409, "nick_taken", "nick")]
    guest = Person(app).post(POSTS, {"text": "x", "nick": "mos"})
    assert errors_of(guest) == [(403, "nick_reserved", "nick")]
    assert Person(app).post("/register", {**again, "nick": "mos2"}).status_code == 201


def test_a_deleted_account_takes_its_messages_and_reports_along(app: Flask) -> None:
    mos, kim = member(app, "mos"), member(app, "kim")
    write(mos)
    for number in range(70):
        assert mos.post(POSTS, {"text": str(number)}).status_code == 201
    before = kim.post(POSTS, {"text": "mine"}).get_json()["data"]["rev"]
    body = {"current_password": PASSWORD, "messages": "delete"}
    answer = mos.delete("/account", json=body).get_json()
    deleted = {"messages": 71, "reports": 1}
    assert answer == {"data": {"messages": "delete", "deleted": deleted}}
    assert {text for _, text in texts(app)} == {None, "mine"}
    assert Person(app).get("/reports/week/1").status_code == 404
    changes = Person(app).get(f"/chat/rooms/lobby/changes?since={before}&limit=200").get_json()
    assert len(changes["data"]) == 71, "clients that follow the room are sent the tombstones"
    login = Person(app).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert errors_of(login) == [(401, "wrong_credentials", None)]
    again = {"email": "mos@example.com", "password": PASSWORD, "nick": "mos"}
    assert Person(app).post("/register", again).status_code == 201


def test_the_last_owner_is_not_deleted(app: Flask) -> None:
    boss = member(app, "boss", "owner")
    body = {"current_password": PASSWORD, "messages": "keep"}
    assert errors_of(boss.delete("/account", json=body)) == [(409, "last_owner", None)]
    member(app, "second", "owner")
    assert boss.delete("/account", json=body).status_code == 200
