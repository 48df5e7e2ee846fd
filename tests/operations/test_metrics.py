"""What is counted and measured for `/metrics`."""

import sqlite3
from contextlib import closing
from pathlib import Path

from flask import Flask
from prometheus_client.parser import text_string_to_metric_families

from tests.conftest import MakeServer
from tests.support.app import Person, fresh_app
from tests.support.fixtures import MakePerson
from tests.support.native import NativeClient
from tests.support.node import NodeClients
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until

LAG = ("me_api_loop_lag_seconds_count", "")
REPORT = {"week": 1, "title": "t", "text": "x"}


def values(text: str) -> dict[tuple[str, str], float]:
    """Parse the metrics as Prometheus does."""
    return {
        (sample.name, sample.labels.get("namespace", "")): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


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


def test_the_position_is_the_last_one_published_whoever_has_committed_it(
    server: LiveServer,
) -> None:
    def found(name: str) -> float:
        return values(server.get("/metrics").body.decode())[name, ""]

    server.flask("chat", "say", "lobby", "from the command line")
    wait_until(lambda: found("me_api_position") == 1)
    assert found("me_api_changes_total") == 0


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
    message = {"nick": "mos", "text": "hej"}
    # Committed after what the server stores when it starts.
    assert server.post("/chat/rooms/lobby/messages", message).status == 201
    commits = values(server.get("/metrics").body.decode())["me_api_commits_total", ""]
    with closing(sqlite3.connect(server.database, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert server.post("/chat/rooms/lobby/messages", message).status == 503
        text = server.get("/metrics").body.decode()
        assert "me_api_storage_failing 1.0\n" in text
        assert values(text)["me_api_commits_total", ""] == commits
        other.execute("ROLLBACK")
    wait_until(lambda: "me_api_storage_failing 0.0\n" in server.get("/metrics").body.decode())
