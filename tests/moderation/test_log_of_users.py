"""Whom an entry of the log is about, when nicks change, are not stored, or are a guest's."""

from flask import Flask

from tests.moderation.recorded import boss, entries, mos, run
from tests.support.app import Person
from tests.support.fixtures import MakePerson, anybody, app, make_person, template

__all__ = ["anybody", "app", "boss", "make_person", "mos", "template"]


def test_of_a_user_who_is_to_be_forgotten_the_nick_is_not_recorded(
    app: Flask, boss: Person, mos: Person
) -> None:
    run(app, "users", "delete", "mos", "--messages", "delete")
    assert entries(boss) == [("flask", "delete_account", f"user {mos.user.id}")]


def test_it_is_known_of_whom_an_entry_is_when_they_have_other_nicks(
    app: Flask, boss: Person, mos: Person, make_person: MakePerson
) -> None:
    ban = {"user": "mos", "reason": "rude", "room": "attic"}
    assert boss.post("/moderation/bans", ban).status_code == 201
    for person, nick in ((mos, "kim"), (boss, "chief")):
        assert person.request("PATCH", "/account", {"nick": nick}).status_code == 200
    other = make_person("eva")
    assert other.request("PATCH", "/account", {"nick": "mos"}).status_code == 200
    assert boss.post("/moderation/bans", {**ban, "reason": "too"}).status_code == 201
    (second, first) = boss.get("/moderation/log").get_json()["data"]
    assert (first["actor"], first["target"], first["reason"]) == ("boss", "mos", "rude")
    assert (second["actor"], second["target"], second["reason"]) == ("chief", "mos", "too")
    nicks = {user["id"]: user["nick"] for user in boss.get("/users").get_json()["data"]}
    assert [nicks[each] for each in (first["actor_id"], first["target_id"])] == ["chief", "kim"]
    assert [nicks[each] for each in (second["actor_id"], second["target_id"])] == ["chief", "mos"]
    bans = boss.get("/moderation/bans").get_json()["data"]
    assert [nicks[each["target_id"]] for each in bans] == ["mos", "kim"]
    heads, *lines = run(app, "moderation", "log").splitlines()
    assert heads.split("\t")[5:] == ["messages", "reason", "id of by whom", "id of to whom"]
    assert [line.split("\t")[-2:] for line in lines] == [
        [str(entry["actor_id"]), str(entry["target_id"])] for entry in (second, first)
    ]
    # Each is given what was done to them, and not what was done to another of the same nick.
    for person, reason in ((mos, "rude"), (other, "too")):
        stored = person.get("/account/data").get_json()["moderation"]
        assert [entry["reason"] for entry in stored] == [reason]


def test_a_guest_s_entry_is_about_no_user(
    boss: Person, anybody: Person, make_person: MakePerson
) -> None:
    """Also not about one who registers the guest's nick later."""
    assert boss.post("/chat/rooms", {"name": "attic"}).status_code == 201
    said = {"nick": "eva", "text": "buy"}
    headers = {"X-Guest": "g" * 30}
    path = "/chat/rooms/attic/messages"
    assert anybody.post(path, said, headers=headers).status_code == 201
    target = {"message": {"room": "attic", "id": 1}}
    assert boss.post("/moderation/bans", target).get_json()["data"]["target_id"] is None
    assert boss.post("/moderation/purge", target).status_code == 200
    log = boss.get("/moderation/log").get_json()["data"]
    assert [(entry["target"], entry["target_id"]) for entry in log] == [("eva", None)] * 2
    assert make_person("eva").get("/account/data").get_json()["moderation"] == []
