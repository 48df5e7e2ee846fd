"""The commands `flask tokens list`, `create` and `revoke`."""

import re

import pytest
from click.testing import Result
from flask import Flask

from me_api.chat import rooms
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson


@pytest.fixture(autouse=True)
def people(app: Flask, make_person: MakePerson) -> None:
    make_person("mos")
    make_person("kim", "owner")
    with app.app_context():
        rooms.ensure(("lobby", "attic"))


def run(app: Flask, *arguments: str) -> Result:
    return app.test_cli_runner().invoke(args=["tokens", *arguments])


def test_a_token_is_created_listed_used_and_revoked(app: Flask) -> None:
    made = run(
        app, "create", "Sensor på vinden", "--user", "mos", "--scope", "read", "--room", "attic"
    )
    assert made.exit_code == 0, made.output
    # Only the token is on standard output, so that a script can take it.
    token = made.stdout.strip()
    assert re.fullmatch(r"meapi_[0-9a-f]{12}_[A-Za-z0-9]{40}", token)
    number = token.split("_")[1]
    listed = run(app, "list")
    assert listed.output == f"{number}  Sensor på vinden: mos; read; attic; never used\n"
    assert token not in listed.output
    thing = Person(app, token)
    assert thing.get("/chat/rooms/attic/messages").status_code == 200
    assert thing.get("/chat/rooms/lobby/messages").status_code == 403
    revoked = run(app, "revoke", number)
    assert (revoked.exit_code, revoked.stdout) == (0, "")
    assert errors_of(thing.get("/chat/rooms/attic/messages")) == [(401, "bad_token", None)]
    assert run(app, "list").output == ""


def test_its_user_is_the_owner_by_default(app: Flask) -> None:
    run(app, "create", "script", "--scope", "read", "--scope", "post", "--days", "30")
    run(app, "create", "other", "--scope", "post", "--user", "MOS@example.com")
    own, other = run(app, "list").output.splitlines()
    assert re.search(
        r"script: kim; read post; all rooms; never used; expires 2\d{3}-\d\d-\d\dT", own
    )
    assert other.endswith("other: mos; post; all rooms; never used")
    assert run(app, "list", "--user", "mos").output.splitlines() == [other]


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (("create", "x"), "Missing option '--scope'"),
        (("create", "x", "--scope", "own"), "'own' is not one of"),
        (("create", "", "--scope", "read"), "name: "),
        (("create", "x", "--scope", "read", "--room", "no-such"), "There is no room 'no-such'."),
        (("create", "x", "--scope", "read", "--user", "doe"), "No user 'doe'."),
        (("create", "x", "--scope", "read", "--days", "0"), "not in the range"),
        (("list", "--user", "doe@example.com"), "No user 'doe@example.com'."),
        (("revoke", "x"), "There is no token 'x'."),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    app: Flask, arguments: tuple[str, ...], error: str
) -> None:
    failed = run(app, *arguments)
    assert failed.exit_code != 0
    assert error in failed.output
    assert "Traceback" not in failed.output
