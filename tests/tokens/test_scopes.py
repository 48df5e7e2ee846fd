"""What a long-lived token allows: never more than its user may do."""

import re

import pytest
from flask import Flask

from me_api.apidocs.openapi import declared
from me_api.auth.scope import ACTIONS
from tests.support.app import errors_of
from tests.support.fixtures import MakePerson
from tests.tokens.making import SCOPE, create, with_token

pytestmark = pytest.mark.usefixtures("lobby")


def test_a_token_that_allows_everything_manages_no_account_and_no_token(
    app: Flask, make_person: MakePerson
) -> None:
    """Every route that needs a token refuses a long-lived one, unless it names its action."""
    owner = make_person("kim", "owner")
    thing = with_token(app, create(owner, scopes=list(ACTIONS)))
    refused = []
    for rule, method, endpoint in declared(app):
        if endpoint.token and endpoint.action is None:
            path = re.sub("<[^>]*>", "1", rule.rule)
            assert errors_of(thing.request(method, path)) == SCOPE, (method, path)
            refused.append((method, rule.rule))
    assert ("POST", "/tokens") in refused and ("DELETE", "/tokens/<token_id>") in refused
    content = [each for each in refused if each[1].startswith(("/reports", "/chat/rooms"))]
    # What cannot be undone is not done by a token that may have been lost.
    assert content == [("DELETE", "/chat/rooms/<room>")]


def test_what_it_allows_is_what_its_user_may(app: Flask, make_person: MakePerson) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    thing = with_token(app, create(mos, scopes=["rooms", "reports"]))
    assert thing.post("/chat/rooms", {"name": "attic"}).status_code == 201
    assert errors_of(thing.request("PATCH", "/chat/rooms/attic", {"title": "x"})) == [
        (403, "forbidden", None)
    ]
    of_owner = with_token(app, create(owner, scopes=["rooms", "reports"]))
    reply = of_owner.request("PATCH", "/chat/rooms/attic", {"title": "x"})
    assert reply.get_json()["data"]["title"] == "x"
    # Messages that are removed do not come back.
    for limit in ("retention_days", "retention_messages"):
        refused = of_owner.request("PATCH", "/chat/rooms/attic", {"title": "y", limit: 1})
        assert errors_of(refused) == SCOPE
    report = {"week": 3, "title": "kmom", "text": "hej"}
    assert thing.post("/reports", report).status_code == 201
    # What others wrote is not changed by a token that may be lost.
    for method, path, body in (
        ("PUT", "/reports/week/3", {"text": "x"}),
        ("POST", "/reports", {"week": 3, "text": "x"}),
        ("DELETE", "/reports/week/3", None),
    ):
        assert errors_of(of_owner.request(method, path, body))[0][0] in (403, 409), method
    assert thing.delete("/reports/week/3").status_code == 204


def test_the_server_is_monitored_with_a_token_of_the_owner_for_that(
    app: Flask, make_person: MakePerson
) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    for person, scopes, expected in (
        (owner, ["monitor"], 200),
        (owner, ["read"], SCOPE),
        (mos, ["monitor"], [(403, "forbidden", None)]),
    ):
        reply = with_token(app, create(person, scopes=scopes)).get("/monitor")
        assert expected == (200 if reply.status_code == 200 else errors_of(reply))


def test_the_owner_s_token_changes_only_the_owner_s_messages(
    app: Flask, make_person: MakePerson
) -> None:
    mos, owner = make_person("mos"), make_person("kim", "owner")
    thing = with_token(app, create(owner, scopes=["read", "post"]))
    theirs = mos.post("/chat/rooms/lobby/messages", {"text": "hej"}).get_json()["data"]
    mine = thing.post("/chat/rooms/lobby/messages", {"text": "hej"}).get_json()["data"]
    assert (mine["nick"], mine["verified"]) == ("kim", True)
    path = "/chat/rooms/lobby/messages/{}"
    assert errors_of(thing.delete(path.format(theirs["id"]))) == [(403, "forbidden", None)]
    assert thing.delete(path.format(mine["id"])).status_code == 200
    assert owner.delete(path.format(theirs["id"])).status_code == 200
