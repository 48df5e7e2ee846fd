"""What owners do with accounts: roles, and disabling them; over REST and by commands."""

from typing import Any

import pytest
from click.testing import Result
from flask import Flask

from me_api.users import account, passwords
from me_api.users.account_changes import DeleteUser
from tests.support.app import PASSWORD, Person, errors_of, make_user
from tests.support.fixtures import MakePerson


@pytest.fixture
def boss(make_person: MakePerson) -> Person:
    return make_person("boss", "owner")


def change(person: Person, user_id: int, **fields: Any) -> Any:
    return person.request("PATCH", f"/users/{user_id}", fields)


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["users", *arguments])


def test_only_owners_see_and_change_users(boss: Person, make_person: MakePerson) -> None:
    mos, moderator = make_person("mos"), make_person("mod", "moderator")
    for person in (mos, moderator):
        assert errors_of(person.get("/users")) == [(403, "forbidden", None)]
        assert errors_of(change(person, 1, role="member")) == [(403, "forbidden", None)]
    assert errors_of(Person(mos.client.application).get("/users"))[0][:2] == (401, "unauthorized")
    page = boss.get("/users").get_json()
    assert page["more"] is False
    assert [(u["id"], u["nick"], u["role"], u["disabled"]) for u in page["data"]] == [
        (1, "boss", "owner", False),
        (2, "mos", "member", False),
        (3, "mod", "moderator", False),
    ]
    assert {"id", "email", "nick", "role", "created", "disabled"} == page["data"][0].keys()
    assert boss.get("/users?limit=2").get_json()["more"] is True
    assert [u["nick"] for u in boss.get("/users?after=2").get_json()["data"]] == ["mod"]


def test_a_role_counts_at_once(boss: Person, make_person: MakePerson) -> None:
    mos = make_person("mos")
    assert change(boss, 2, role="owner").get_json()["data"]["role"] == "owner"
    assert mos.get("/users").status_code == 200
    assert change(boss, 1, role="member").status_code == 200
    assert boss.get("/users").status_code == 403
    assert errors_of(change(mos, 3, role="member")) == [(404, "not_found", "id")]
    for wrong in (
        {"role": "king"},
        {"disabled": "often"},
        {"disabled": "no"},
        {"disabled": 1},
        {"disabled": 0.0},
        {"nick": "x"},
        {},
        {"role": None},
    ):
        assert change(mos, 1, **wrong).status_code == 422


def test_the_last_owner_stays_one(app: Flask, boss: Person, make_person: MakePerson) -> None:
    for wanted in ({"role": "moderator"}, {"role": "member"}, {"disabled": True}):
        assert errors_of(change(boss, 1, **wanted)) == [(409, "last_owner", None)]
    assert change(boss, 1, role="owner").status_code == 200
    result = run(app, "role", "boss", "member")
    assert (result.exit_code, "only owner" in result.output) == (1, True)
    make_person("second", "owner")
    assert change(boss, 2, disabled=True).status_code == 200
    assert errors_of(change(boss, 1, role="member")) == [(409, "last_owner", None)]


def test_a_disabled_account_does_nothing_until_it_is_enabled(app: Flask, boss: Person) -> None:
    user = make_user(app, "mos", password_hash=passwords.make_hash(PASSWORD))
    login = {"email": user.email, "password": PASSWORD}
    mos = Person(app, Person(app).post("/login", login).get_json()["data"]["token"])
    assert change(boss, user.id, disabled=True).get_json()["data"]["disabled"] is True
    disabled = [(401, "account_disabled", None)]
    assert errors_of(mos.get("/account")) == disabled
    assert errors_of(Person(app).post("/login", login)) == disabled
    wrong = Person(app).post("/login", {**login, "password": "wrong"})
    assert errors_of(wrong) == [(401, "wrong_credentials", None)]
    assert change(boss, user.id, disabled=False).get_json()["data"]["disabled"] is False
    assert errors_of(mos.get("/account")) == [(401, "signed_out", None)]
    assert Person(app).post("/login", login).status_code == 200


def test_the_audit_trail_says_by_whom(app: Flask, boss: Person, make_person: MakePerson) -> None:
    make_person("mos")
    assert change(boss, 2, role="moderator", disabled=True).status_code == 200
    assert change(boss, 2, role="moderator", disabled=True).status_code == 200
    run(app, "enable", "mos")
    entries = boss.get("/moderation/log").get_json()["data"]
    assert [(e["actor"], e["action"], e["target"]) for e in reversed(entries)] == [
        ("boss", "role", "mos: moderator"),
        ("boss", "disable", "mos"),
        ("flask", "enable", "mos"),
    ]


def test_commands_list_change_and_delete_users(app: Flask, make_person: MakePerson) -> None:
    make_person("boss", "owner")
    mos = make_person("mos")
    assert run(app, "role", "mos@example.com", "moderator").output == "mos is moderator now.\n"
    assert run(app, "sign-out", "MOS").output == "mos is signed out.\n"
    assert errors_of(mos.get("/account")) == [(401, "signed_out", None)]
    assert run(app, "disable", "2").output == "The account of mos is disabled.\n"
    assert run(app, "list").output == (
        "1 owner boss <boss@example.com>\n2 moderator mos <mos@example.com> (disabled)\n"
    )
    assert run(app, "enable", "mos").output == "The account of mos is enabled.\n"
    assert run(app, "delete", "mos").exit_code == 2, "it must be said what happens to messages"
    deleted = run(app, "delete", "mos", "--messages", "delete")
    assert deleted.output == "Deleted the account of mos, 0 messages, 0 reports.\n"
    assert run(app, "list").output == "1 owner boss <boss@example.com>\n"
    for command in (["disable"], ["reset"], ["delete", "--messages", "keep"]):
        result = run(app, *command, "mos")
        assert (result.exit_code, result.output) == (1, "Error: There is no user 'mos'.\n")


def test_an_interrupted_deletion_is_finished_at_the_next_start(
    app: Flask, make_person: MakePerson
) -> None:
    mos = make_person("mos")
    mos.post("/chat/rooms", {"name": "lobby"})
    mos.post("/chat/rooms/lobby/messages", {"text": "hej"})
    assert mos.user is not None
    with app.app_context():
        app.extensions["log"].commit(DeleteUser(mos.user.id, None, keeps_nick=False))
        account.finish_deletions()
        account.finish_deletions()
    (message,) = Person(app).get("/chat/rooms/lobby/messages").get_json()["data"]
    assert message["deleted"]
