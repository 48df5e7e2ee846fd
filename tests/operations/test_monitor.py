"""`GET /monitor`: what an owner sees of the server."""

import logging

from flask import Flask

from tests.conftest import MakeServer
from tests.support.accounts import owner_token
from tests.support.app import Person, errors_of
from tests.support.fixtures import MakePerson


def test_an_owner_reads_the_metrics_and_the_position(make_person: MakePerson) -> None:
    owner = make_person("mos", "owner")
    owner.post("/reports", {"week": 1, "title": "t", "text": "x"})
    body = owner.get("/monitor").get_json()["data"]
    assert {key: body[key] for key in ("node", "rev")} == {"node": "", "rev": 1}
    assert body["epoch"] == owner.get("/reports").get_json()["epoch"]
    assert body["started"] <= body["time"]
    values = {sample["name"]: sample["value"] for sample in body["metrics"]}
    assert values["me_api_changes_total"] == 1
    connections = [s for s in body["metrics"] if s["name"] == "me_api_connections"]
    assert {"namespace": "/chat"} in [sample["labels"] for sample in connections]


def test_only_owners_read_the_monitor(make_person: MakePerson, anybody: Person) -> None:
    assert errors_of(anybody.get("/monitor")) == [(401, "unauthorized", None)]
    assert errors_of(make_person("doe").get("/monitor")) == [(403, "forbidden", None)]


def test_it_has_the_latest_warnings_with_their_errors(app: Flask, make_person: MakePerson) -> None:
    recent = app.extensions["recent_log"]
    logger = logging.getLogger("me_api.test")
    logger.addHandler(recent)
    try:
        logger.info("not kept")
        for number in range(120):
            logger.warning("number %d", number)
        try:
            raise OSError("the disk is gone")
        except OSError:
            logger.exception("cannot store")
    finally:
        logger.removeHandler(recent)
    lines = make_person("mos", "owner").get("/monitor").get_json()["data"]["log"]
    assert [line["id"] for line in lines] == list(range(22, 122))
    assert lines[0]["text"] == "number 21"
    assert (lines[-1]["level"], lines[-1]["logger"]) == ("ERROR", "me_api.test")
    assert lines[-1]["text"] == "cannot store: OSError: the disk is gone"
    assert lines[-1]["time"].endswith("Z")


def test_a_server_shows_what_it_logs(make_server: MakeServer) -> None:
    server = make_server(entry="broken_fast_get")
    token = owner_token(server)
    server.get("/reports")
    lines = server.get("/monitor", token=token).json["data"]["log"]
    assert [(line["level"], line["text"]) for line in lines] == [
        ("ERROR", "unexpected error in a cacheable GET: KeyError: 'a bug of the fast path'")
    ]
