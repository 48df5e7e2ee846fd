"""What users may download: all that is stored of them."""

import hashlib

import pytest
from flask import Flask

from me_api.errors import Unauthorized
from me_api.extensions import db
from tests.support.app import Person
from tests.users.accounts import POSTS, make_token, member, write


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
    "moderation_log": {"id", "actor_id", "actor", "target_id"},
    "messages": {"room_id", "born", "user_id", "sender", "fingerprint"},
    "reports": {"author_id", "html", "rev"},
    "presentation": {"id"},
}


# A purge is there as long as it goes on.
OF_NOBODY = {"log", "pruned_keys", "purges", "rooms", "schema_range"}


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
