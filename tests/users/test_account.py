"""A user's own account: changing it, signing out everywhere, downloading and deleting it."""

import hashlib
from typing import Any

import pytest
from argon2 import PasswordHasher
from flask import Flask

from me_api.auth import tokens
from me_api.errors import Unauthorized
from me_api.extensions import db
from tests.support.app import PASSWORD, Person, errors_of, make_user

CHEAP = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash(PASSWORD)
NEW = "another horse"


def member(app: Flask, nick: str, role: str = "member") -> Person:
    """Make a user with a password, and a token."""
    user = make_user(app, nick, role, CHEAP)
    return Person(app, tokens.issue(user.id, app.config["SETTINGS"].jwt_secret, 1), user)


def log_in(app: Flask, email: str, password: str = PASSWORD) -> Person:
    answer = Person(app).post("/login", {"email": email, "password": password})
    assert answer.status_code == 200, answer.get_json()
    return Person(app, answer.get_json()["data"]["token"])


def change(person: Person, **fields: Any) -> Any:
    return person.request("PATCH", "/account", fields)


def test_the_account_is_shown_to_its_user_only(app: Flask) -> None:
    mos = member(app, "mos")
    data = mos.get("/account").get_json()["data"]
    assert data.pop("created")
    assert data == {"id": 1, "email": "mos@example.com", "nick": "mos", "role": "member"}
    assert mos.get("/account").headers["Cache-Control"].startswith("no-store")
    for method, path in (
        ("GET", "/account"),
        ("PATCH", "/account"),
        ("DELETE", "/account"),
        ("GET", "/account/data"),
        ("POST", "/account/sign-out"),
    ):
        assert errors_of(Person(app).request(method, path, {}))[0][1] == "unauthorized", path


def test_a_nick_needs_no_password_and_counts_at_once(app: Flask) -> None:
    mos = member(app, "mos")
    answer = change(mos, nick="Moses")
    assert answer.status_code == 200
    data = answer.get_json()["data"]
    assert data["user"] == {"email": "mos@example.com", "nick": "Moses", "role": "member"}
    assert Person(app, data["token"]).get("/account").get_json()["data"]["nick"] == "Moses"
    assert mos.get("/account").get_json()["data"]["nick"] == "Moses", "the old token is valid"
    assert change(mos, nick="MOSES").get_json()["data"]["user"]["nick"] == "MOSES"


def test_without_the_password_no_token_lives_longer(app: Flask) -> None:
    """A token of somebody else cannot be used for ever."""
    mos = member(app, "mos")
    secret = app.config["SETTINGS"].jwt_secret
    old = tokens.issue(mos.user.id, secret, 0.1, generation=0)
    end = tokens.verify(old, secret).expires
    answer = change(Person(app, old, mos.user), nick="Moses")
    assert end - 1 <= tokens.verify(answer.get_json()["data"]["token"], secret).expires <= end
    answer = change(Person(app, old, mos.user), nick="mos", current_password=PASSWORD)
    assert tokens.verify(answer.get_json()["data"]["token"], secret).expires > end + 3600


@pytest.mark.parametrize(
    ("nick", "error"),
    [
        ("server", (403, "nick_reserved", "nick")),
        ("kiм", (409, "nick_taken", "nick")),
        ("Kim.", (409, "nick_taken", "nick")),
        ("", (422, "invalid", "nick")),
        ("a\u200bb", (422, "invalid", "nick")),
    ],
)
def test_nicks_that_are_reserved_taken_or_alike_are_refused(
    app: Flask, nick: str, error: tuple[int, str, str]
) -> None:
    mos = member(app, "mos")
    make_user(app, "kim")
    assert errors_of(change(mos, nick=nick)) == [error]
    assert mos.get("/account").get_json()["data"]["nick"] == "mos"


def test_email_and_password_need_the_current_password(app: Flask) -> None:
    mos = member(app, "mos")
    make_user(app, "kim")
    for wanted in ({"email": "new@example.com"}, {"password": NEW}):
        assert errors_of(change(mos, **wanted)) == [(422, "invalid", "current_password")]
        wrong = change(mos, **wanted, current_password="wrong")
        assert errors_of(wrong) == [(403, "wrong_password", "current_password")]
    taken = change(mos, email="KIM@example.com", current_password=PASSWORD)
    assert errors_of(taken) == [(409, "email_taken", "email")]
    assert errors_of(change(mos)) == [(422, "invalid", None)]
    assert errors_of(change(mos, current_password=PASSWORD)) == [(422, "invalid", None)]
    assert errors_of(change(mos, role="owner")) == [(422, "invalid", "role")]
    assert change(mos, email="new@example.com", current_password=PASSWORD).status_code == 200
    assert mos.get("/account").status_code == 200, "the old token is valid"
    log_in(app, "new@example.com")


def test_another_password_ends_all_other_tokens(app: Flask) -> None:
    mos = member(app, "mos")
    other = log_in(app, "mos@example.com")
    token = change(mos, password=NEW, current_password=PASSWORD).get_json()["data"]["token"]
    for before in (mos, other):
        assert errors_of(before.get("/account")) == [(401, "signed_out", None)]
    assert Person(app, token).get("/account").status_code == 200
    log_in(app, "mos@example.com", NEW)
    old = Person(app).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert errors_of(old) == [(401, "wrong_credentials", None)]


def test_signing_out_everywhere_ends_all_tokens(app: Flask) -> None:
    mos = member(app, "mos")
    other = log_in(app, "mos@example.com")
    assert mos.post("/account/sign-out").status_code == 204
    for before in (mos, other):
        assert errors_of(before.get("/account")) == [(401, "signed_out", None)]
    log_in(app, "mos@example.com")


def test_passwords_are_guessed_no_faster_than_at_login(limited: Flask) -> None:
    mos = member(limited, "mos")
    codes = [errors_of(change(mos, password=NEW, current_password="wrong"))[0] for _ in range(31)]
    assert codes[0][:2] == (403, "wrong_password")
    assert codes[30][:2] == (429, "rate_limited")
    body = {"current_password": PASSWORD, "messages": "keep"}
    assert errors_of(mos.delete("/account", json=body))[0][0] == 429
    login = Person(limited).post("/login", {"email": "mos@example.com", "password": PASSWORD})
    assert login.status_code == 429


POSTS = "/chat/rooms/lobby/messages"


def write(person: Person) -> None:
    """Write two messages, of which one is deleted, and a report."""
    person.post("/chat/rooms", {"name": "lobby"})
    for text in ("hej", "gone"):
        assert person.post(POSTS, {"text": text}).status_code == 201
    assert person.delete(f"{POSTS}/2").status_code == 200
    report = {"week": 1, "title": "t", "text": "*x*"}
    assert person.post("/reports", report).status_code == 201


def make_token(person: Person) -> str:
    """Make a long-lived token that may read and post in the lobby."""
    fields = {"name": "sensor", "scopes": ["read", "post"], "rooms": ["lobby"]}
    answer = person.post("/tokens", fields)
    assert answer.status_code == 201, answer.get_json()
    return str(answer.get_json()["data"]["token"])


def test_a_long_lived_token_sees_and_changes_no_account(app: Flask) -> None:
    mos = member(app, "mos", "owner")
    write(mos)
    sensor = Person(app, make_token(mos))
    for method, path in (
        ("GET", "/account"),
        ("PATCH", "/account"),
        ("DELETE", "/account"),
        ("GET", "/account/data"),
        ("POST", "/account/sign-out"),
        ("GET", "/users"),
        ("PATCH", "/users/1"),
    ):
        assert errors_of(sensor.request(method, path, {}))[0][:2] == (403, "token_scope"), path
    assert sensor.post(POSTS, {"text": "20 degrees"}).status_code == 201
    mos.post("/account/sign-out")
    assert sensor.post(POSTS, {"text": "21 degrees"}).status_code == 201, "a sensor goes on"
    member(app, "second", "owner")
    app.test_cli_runner().invoke(args=["users", "delete", "mos", "--messages", "keep"])
    assert errors_of(sensor.post(POSTS, {"text": "22 degrees"})) == [(401, "bad_token", None)]


def texts(app: Flask) -> list[Any]:
    page = Person(app).get(POSTS).get_json()["data"]
    return [(message["nick"], message["text"]) for message in page]


def test_the_download_has_all_that_is_stored(app: Flask) -> None:
    mos = member(app, "mos")
    write(mos)
    long_lived = make_token(mos)
    member(app, "kim").post(POSTS, {"text": "not mine"})
    answer = mos.get("/account/data")
    assert answer.mimetype == "application/json"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    data = answer.get_json()
    assert data["account"]["email"] == "mos@example.com"
    assert [(m["room"], m["id"], m["text"]) for m in data["messages"]] == [
        ("lobby", 1, "hej"),
        ("lobby", 2, None),
    ]
    assert [(report["week"], report["text"]) for report in data["reports"]] == [(1, "*x*")]
    for empty in ("sessions", "bans", "moderated", "moderation", "me"):
        assert data[empty] == []
    assert data["tokens"] == [{**data["tokens"][0], "name": "sensor", "rooms": ["lobby"]}]
    assert "argon2" not in answer.text
    assert hashlib.sha256(long_lived.encode()).hexdigest() not in answer.text


def test_a_download_is_cut_off_when_the_login_ends(app: Flask) -> None:
    mos = member(app, "mos")
    write(mos)
    answer = mos.get("/account/data", buffered=False)
    Person(app, mos.token).post("/account/sign-out")
    with pytest.raises(Unauthorized) as ended:
        answer.get_data()
    assert ended.value.code == "signed_out"


# All of it is about a person, or is not; a new table or column has to be decided on.
DOWNLOADED = {
    "users": {"id", "email", "nick", "role", "created", "generation", "reset_expires"},
    "tokens": {"id", "name", "scopes", "all_rooms", "created", "expires", "last_used"},
    "token_rooms": {"room"},
    "sessions": {"namespace", "nick", "start", "topics", "seen"},
    "bans": {"room", "until", "reason", "created"},
    "moderation_log": {"time", "action", "room", "target", "reason", "count"},
    "messages": {"id", "rev", "nick", "verified", "text", "payload", "key", "created"}
    | {"edited", "deleted"},
    "reports": {"week", "title", "text", "created", "updated", "deleted"},
    "presentation": {"name", "headline", "text", "html", "links", "picture", "updated", "rev"},
}
LEFT_OUT = {
    # Secrets, and what is made of others: hashes, folded forms, HTML.
    "users": {"email_folded", "nick_folded", "password_hash", "reset_hash"}
    # Of accounts that cannot log in.
    | {"disabled", "deleted", "purging"},
    "tokens": {"user_id", "hash"},
    "token_rooms": {"token_id"},
    "sessions": {"pid", "sender", "node"},
    "bans": {"id", "subjects", "target", "with_address", "actor"},
    "moderation_log": {"id", "actor_id", "actor"},
    "messages": {"room_id", "born", "user_id", "sender", "fingerprint"},
    "reports": {"author_id", "html", "rev"},
    "presentation": {"id"},
}
OF_NOBODY = {"log", "pruned_keys", "rooms", "schema_range"}


def test_it_is_known_of_every_column_whether_it_is_downloaded() -> None:
    tables = {
        table.name: {column.name for column in table.columns} for table in db.metadata.sorted_tables
    }
    assert tables.keys() == DOWNLOADED.keys() | OF_NOBODY
    for name, columns in DOWNLOADED.items():
        assert not columns & LEFT_OUT[name]
        assert tables[name] == columns | LEFT_OUT[name], name


def test_the_download_has_what_was_done_to_its_user_and_whom_the_site_presents(app: Flask) -> None:
    boss, mos = member(app, "boss"), member(app, "mos")
    runner = app.test_cli_runner()
    for command in ("role boss owner", "role mos moderator"):
        runner.invoke(args=["users", *command.split()])
    member(app, "mosaic")
    runner.invoke(args=["users", "sign-out", "mosaic"])
    mos.post("/chat/rooms", {"name": "lobby"})
    assert mos.post(POSTS, {"text": "hej"}).status_code == 201
    assert boss.request("DELETE", f"{POSTS}/1").status_code == 200
    assert boss.put("/", {"text": "*I am*"}).status_code == 200
    data = mos.get("/account/data").get_json()
    assert [(each["action"], each["target"]) for each in data["moderation"]] == [
        ("role", "mos: moderator"),
        ("delete", "mos: message 1"),
    ]
    assert all("boss" not in str(each) for each in data["moderation"])
    assert data["me"] == []
    own = boss.get("/account/data").get_json()
    assert [each["action"] for each in own["moderated"]] == ["delete"]
    assert [each["action"] for each in own["moderation"]] == ["role"]
    assert [me["text"] for me in own["me"]] == ["*I am*"]


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
