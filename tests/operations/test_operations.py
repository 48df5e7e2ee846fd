"""The health checks `/livez` and `/readyz`, and the metrics."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from flask import Flask
from prometheus_client.parser import text_string_to_metric_families
from sqlalchemy.engine import Connection

from me_api.eventlog import position
from me_api.extensions import db
from tests.conftest import MakeServer
from tests.support.app import Person, errors_of, fresh_app
from tests.support.fixtures import MakePerson
from tests.support.native import NativeClient
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until

LATER = "UPDATE alembic_version SET version_num = '9999'"
LAG = ("me_api_loop_lag_seconds_count", "")
REPORT = {"week": 1, "title": "t", "text": "x"}


@pytest.fixture
def database(app: Flask, tmp_path: Path) -> Path:
    return tmp_path / "me-api.sqlite"


def execute(database: Path, statement: str) -> None:
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.executescript(statement)


def values(text: str) -> dict[tuple[str, str], float]:
    """Parse the metrics as Prometheus does."""
    return {
        (sample.name, sample.labels.get("namespace", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_it_is_alive(anybody: Person) -> None:
    response = anybody.get("/healthz")
    assert (response.status_code, response.get_json()) == (200, {"data": {"status": "ok"}})


def test_it_is_alive_even_without_a_database(app: Flask, anybody: Person, database: Path) -> None:
    execute(database, "DROP TABLE log")
    assert anybody.get("/healthz").status_code == 200


def test_it_is_ready_and_returns_the_position(make_person: MakePerson) -> None:
    mos = make_person("mos")
    mos.post("/reports", REPORT)
    response = mos.get("/readyz")
    listed = mos.get("/reports").get_json()
    assert response.status_code == 200
    assert response.get_json()["data"] == {
        "status": "ok",
        "rev": 1,
        "epoch": listed["epoch"],
    }


@pytest.mark.parametrize(
    ("statement", "code"),
    [
        ("UPDATE alembic_version SET version_num = 'older'", "outdated_schema"),
        ("DELETE FROM alembic_version", "outdated_schema"),
        ("DROP TABLE alembic_version", "outdated_schema"),
        ("UPDATE alembic_version SET version_num = '0001'", "outdated_schema"),
        (f"{LATER}; UPDATE schema_range SET oldest = '9999'", "outdated_schema"),
        ("DROP TABLE log", "storage_unavailable"),
        ("UPDATE log SET epoch = 'foreign'", "foreign_database"),
        ("UPDATE log SET head = 0", "foreign_database"),
    ],
)
def test_it_is_not_ready_with_a_wrong_database(
    make_person: MakePerson, database: Path, statement: str, code: str
) -> None:
    mos = make_person("mos")
    mos.post("/reports", REPORT)
    assert mos.get("/readyz").status_code == 200
    execute(database, statement)
    assert errors_of(mos.get("/readyz")) == [(503, code, None)]


def test_it_is_ready_with_a_later_database_that_has_only_more(
    anybody: Person, database: Path
) -> None:
    execute(database, LATER)
    assert anybody.get("/readyz").status_code == 200


def test_it_is_ready_again_when_the_database_is(
    app: Flask, anybody: Person, database: Path
) -> None:
    with app.app_context():
        db.engine.dispose()
    hidden = shutil.move(database, database.with_suffix(".hidden"))
    database.mkdir()
    assert anybody.get("/readyz").status_code == 503
    database.rmdir()
    shutil.move(hidden, database)
    assert anybody.get("/readyz").status_code == 200


def test_it_counts_commits(make_person: MakePerson) -> None:
    mos = make_person("mos")
    before = values(mos.get("/metrics").get_data(as_text=True))
    for _ in range(2):
        mos.post("/reports", REPORT)
    response = mos.get("/metrics")
    after = values(response.get_data(as_text=True))
    assert response.mimetype == "text/plain"
    # The second save is a commit that changes nothing.
    assert after["me_api_commits_total", ""] - before["me_api_commits_total", ""] == 2
    assert after["me_api_changes_total", ""] - before["me_api_changes_total", ""] == 1
    assert after["me_api_position", ""] == 1
    assert after["process_resident_memory_bytes", ""] > 0
    assert ("me_api_lease_seconds", "") not in after


def test_each_app_has_metrics_of_its_own(app: Flask, tmp_path: Path, template: Path) -> None:
    folder = tmp_path / "other"
    folder.mkdir()
    with fresh_app(folder, template) as other:
        assert app.extensions["metrics"].registry is not other.extensions["metrics"].registry


def test_metrics_name_the_node(tmp_path: Path, template: Path) -> None:
    with fresh_app(tmp_path, template, node="b") as app:
        text = Person(app).get("/metrics").get_data(as_text=True)
    assert 'me_api_node{name="b"} 1.0' in text


def test_it_counts_connections(node: NodeClients, server: LiveServer) -> None:
    def connected() -> tuple[float, float]:
        found = values(server.get("/metrics").body.decode())
        name = "me_api_connections"
        return found[name, "/chat"], found[name, "/reports"]

    assert connected() == (0, 0)
    chat = node.connect(server.url, "/chat")
    node.connect(server.url, "/reports", share=chat)
    reports = node.connect(server.url, "/reports")
    assert connected() == (1, 2)
    reports.disconnect()
    wait_until(lambda: connected() == (1, 1))


def test_what_is_published_while_the_head_is_read_is_not_of_another_database(
    app: Flask, anybody: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    tail = app.extensions["log"].tail
    read = position.read

    def read_and_wait(connection: Connection) -> position.Position:
        found = read(connection)
        tail.delivered += 1
        return found

    monkeypatch.setattr(position, "read", read_and_wait)
    assert anybody.get("/readyz").status_code == 200


def test_it_measures_commits_broadcasts_replays_and_the_loop(
    node: NodeClients, server: LiveServer
) -> None:
    chat = node.connect(server.url, "/chat")
    chat.call("join", {"room": "lobby"})
    for text in ("hej", "hopp"):
        server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": text})
    with EventStream(server.host, server.port, "/chat/rooms/lobby/stream?since=0") as stream:
        stream.wait_until(lambda: len(stream.events) >= 2)
    wait_until(lambda: values(server.get("/metrics").body.decode())[LAG] > 0)
    text = server.get("/metrics").body.decode()
    found = values(text)
    for name in ("commit", "publish", "broadcast"):
        assert found[f"me_api_{name}_seconds_count", ""] >= 2, name
        assert found[f"me_api_{name}_seconds_sum", ""] > 0, name
    buckets = [
        sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
        if sample.name == "me_api_commit_seconds_bucket"
    ]
    assert buckets == sorted(buckets) and buckets[-1] == found["me_api_commit_seconds_count", ""]
    assert found["me_api_commit_queue", ""] == 0
    assert found["me_api_replayed_changes_total", ""] == 2


def test_it_counts_what_is_received_over_each_interface(
    node: NodeClients, server: LiveServer
) -> None:
    def received() -> dict[str, float]:
        families = text_string_to_metric_families(server.get("/metrics").body.decode())
        return {
            sample.labels["interface"]: sample.value
            for family in families
            for sample in family.samples
            if sample.name == "me_api_received_total"
        }

    before = received()
    chat = node.connect(server.url, "/chat")
    chat.call("join", {"room": "lobby"})
    chat.call("post", {"room": "lobby", "text": "hej"})
    with NativeClient(server, "/ws/chat?nick=mos", "json") as native:
        native.say("hopp")
        wait_until(lambda: received()["websocket"] == before["websocket"] + 1)
    after = received()
    assert after["socketio"] == before["socketio"] + 2
    # Two handshakes, and what has asked for the metrics.
    assert after["http"] >= before["http"] + 4


def test_it_counts_errors_and_shows_that_nothing_can_be_stored(
    make_server: MakeServer,
) -> None:
    server = make_server(entry="short_busy_timeout")
    assert "me_api_storage_failing 0.0\n" in server.get("/metrics").body.decode()
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        reply = server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
        assert reply.status == 503
        assert "me_api_storage_failing 1.0\n" in server.get("/metrics").body.decode()
        other.execute("ROLLBACK")
    wait_until(lambda: "me_api_storage_failing 0.0\n" in server.get("/metrics").body.decode())
