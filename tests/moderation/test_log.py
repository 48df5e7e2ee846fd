"""The log has all that owners, moderators and the command line do to others, and nothing else."""

import re
from collections.abc import Iterator
from typing import Any, get_args

import click
import pytest
from flask import Flask

from me_api.auth.audit import AuditAction
from tests.moderation.recorded import boss, entries, mos, run
from tests.support.app import PASSWORD, Person
from tests.support.fixtures import anybody, app, make_person, template
from tests.support.server import ROOT

__all__ = ["anybody", "app", "boss", "make_person", "mos", "template"]

HARMLESS = {
    "users list": "reads",
    "tokens list": "reads",
    "moderation bans": "reads",
    "moderation log": "reads",
    "chat export": "reads",
    "chat room list": "reads",
    "chat join": "a client",
    "chat say": "writes for its own sender",
    "chat prune": "does what the retention of a room says, which is recorded",
}
"""Commands about users and what they have written that nobody has to account for, and why."""


def commands(group: click.Group, prefix: str = "") -> Iterator[str]:
    for name, command in group.commands.items():
        if isinstance(command, click.Group):
            yield from commands(command, f"{prefix}{name} ")
        else:
            yield f"{prefix}{name}"


def test_what_the_command_line_does_is_recorded(app: Flask, boss: Person, mos: Person) -> None:
    messages = "/chat/rooms/attic/messages"
    assert mos.post(messages, {"text": "hej"}).status_code == 201
    token = mos.post("/tokens", {"name": "sensor", "scopes": ["post"]}).get_json()["data"]["id"]
    steps = {
        "users create": (
            ["--email", "eva@example.com", "--password", PASSWORD],
            ("create_account", "eva: member"),
        ),
        "users role": (["eva", "moderator"], ("role", "eva: moderator")),
        "users disable": (["eva"], ("disable", "eva")),
        "users enable": (["eva"], ("enable", "eva")),
        "users sign-out": (["eva"], ("sign_out", "eva")),
        "users reset": (["eva"], ("reset", "eva")),
        "users delete": (["eva", "--messages", "keep"], ("delete_account", "eva")),
        "tokens create": (
            ["script", "--user", "mos", "--scope", "read"],
            ("create_token", "mos: script"),
        ),
        "tokens revoke": ([token], ("revoke_token", "mos: sensor")),
        "moderation ban": (["--user", "mos"], ("ban", "mos")),
        # A ban has the number of its entry.
        "moderation unban": (["10"], ("unban", "mos")),
        "moderation purge": (["--user", "mos"], ("purge", "mos")),
        "chat room rename": (["attic", "The attic"], ("rename", "The attic")),
        "chat room archive": (["attic"], ("archive", "attic")),
        "chat room delete": (["attic", "--yes"], ("delete_room", "The attic")),
        "chat retention": (["lobby", "--days", "30"], ("retention", "30 days")),
    }
    assert boss.post("/chat/rooms", {"name": "lobby"}).status_code == 201
    for command, (arguments, _) in steps.items():
        run(app, *command.split(), *arguments)
    assert entries(boss) == [("flask", *expected) for _, expected in steps.values()]
    assert mos.user is not None
    ids = {"mos": mos.user.id, "eva": mos.user.id + 1}
    for entry in boss.get("/moderation/log?limit=200").get_json()["data"]:
        name = entry["target"].partition(":")[0]
        assert (entry["actor_id"], entry["target_id"]) == (None, ids.get(name)), entry
    groups = ("users", "tokens", "moderation", "chat")
    known = {name for name in commands(app.cli) if name.split()[0] in groups}
    assert known == steps.keys() | HARMLESS.keys(), "is it recorded? then say so here"


@pytest.mark.parametrize(("number", "code"), [("999", 1), ("0", 2), ("9" * 30, 2), ("x", 2)])
def test_a_ban_that_there_is_not_is_not_ended(app: Flask, number: str, code: int) -> None:
    done = app.test_cli_runner().invoke(args=["moderation", "unban", number])
    assert (done.exit_code, "Error: " in done.output) == (code, True), done.output


def test_what_an_owner_does_to_others_is_recorded(boss: Person, mos: Person) -> None:
    report = {"week": 3, "text": "Mos was here"}
    assert mos.post("/reports", report).status_code == 201
    token = mos.post("/tokens", {"name": "sensor", "scopes": ["post"]}).get_json()["data"]["id"]
    message = mos.post("/chat/rooms/attic/messages", {"text": "hej"}).get_json()["data"]
    path = f"/chat/rooms/attic/messages/{message['id']}"
    for _ in range(2):
        # What changes nothing is not recorded.
        assert boss.put("/reports/week/3", {"text": "Boss was here"}).status_code == 204
        assert boss.request("PATCH", path, {"text": "ho"}).status_code == 200
    for _ in range(2):
        assert boss.delete("/reports/week/3").status_code == 204
        assert boss.delete(path).status_code == 200
    assert boss.delete(f"/tokens/{token}").status_code == 204
    assert boss.delete(f"/tokens/{token}").status_code == 404
    wanted = {"role": "moderator", "disabled": True}
    assert boss.request("PATCH", f"/users/{mos.user.id}", wanted).status_code == 200
    assert sorted(entries(boss)) == sorted(
        [
            ("boss", "edit_report", "mos: week 3"),
            ("boss", "edit", f"mos: message {message['id']}"),
            ("boss", "delete_report", "mos: week 3"),
            ("boss", "delete", f"mos: message {message['id']}"),
            ("boss", "revoke_token", "mos: sensor"),
            ("boss", "role", "mos: moderator"),
            ("boss", "disable", "mos"),
        ]
    )
    log = boss.get("/moderation/log?limit=200").get_json()["data"]
    assert {(entry["actor_id"], entry["target_id"]) for entry in log} == {
        (boss.user.id, mos.user.id)
    }


def test_what_users_do_to_themselves_is_not(app: Flask, boss: Person, mos: Person) -> None:
    for person in (boss, mos):
        week = 3 if person is boss else 4
        assert person.post("/reports", {"week": week, "text": "hej"}).status_code == 201
        assert person.put(f"/reports/week/{week}", {"text": "ho"}).status_code == 204
        assert person.delete(f"/reports/week/{week}").status_code == 204
        made: Any = person.post("/tokens", {"name": "mine", "scopes": ["post"]}).get_json()
        assert person.delete(f"/tokens/{made['data']['id']}").status_code == 204
        text = person.post("/chat/rooms/attic/messages", {"text": "hej"}).get_json()["data"]
        assert person.delete(f"/chat/rooms/attic/messages/{text['id']}").status_code == 200
    assert mos.post("/account/sign-out").status_code == 204
    login = {"email": mos.user.email, "password": PASSWORD}
    again = Person(app, Person(app).post("/login", login).get_json()["data"]["token"])
    gone = {"current_password": PASSWORD, "messages": "keep"}
    assert again.delete("/account", json=gone).status_code == 200
    assert entries(boss) == []


def test_protocol_md_names_every_action() -> None:
    text = (ROOT / "docs" / "protocol.md").read_text()
    listed = text[text.index("`action` is") : text.index("The actor `flask`")]
    assert set(re.findall(r"`(\w+)`", listed)) - {"action"} == set(get_args(AuditAction))
