"""Reports over Socket.IO with the unmodified client: live, saved, read, recovered."""

from collections.abc import Callable
from typing import Any

import pytest

from tests.reports.listeners import FIRST, code_of, enrol, listen
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer

Save = Callable[[LiveServer, NodeClient, str, dict[str, Any]], Any]


@pytest.fixture
def token(server: LiveServer) -> str:
    return enrol(server, "mos")


def by_rest(server: LiveServer, _client: NodeClient, token: str, report: dict[str, Any]) -> Any:
    return server.post("/reports", report, token=token).json


def by_socket(_server: LiveServer, client: NodeClient, _token: str, report: dict[str, Any]) -> Any:
    return client.call("save", report)


def test_ready_has_the_identity_and_the_position(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    client = node.connect(server.url, "/reports", {"token": token})
    ready, rev = client.wait_for("ready")
    assert (ready["nick"], ready["user"]["role"]) == ("mos", "member")
    assert (ready["rev"], rev) == (0, "0")
    assert ready["epoch"] == server.get("/reports").json["epoch"]


@pytest.mark.parametrize("save", [by_rest, by_socket])
def test_a_report_saved_over_rest_or_socket_io_is_sent_to_all(
    node: NodeClients, server: LiveServer, token: str, save: Save
) -> None:
    writer, reader = listen(node, server, token=token), listen(node, server)
    answer = save(server, writer, token, FIRST)
    assert answer == server.get("/reports/week/1").json
    for client in (writer, reader):
        assert client.wait_for("report") == [answer["data"], "1"]
    answer = save(server, writer, token, {**FIRST, "text": "ny"})
    for client in (writer, reader):
        assert client.wait_for("report", lambda report, rev: rev == "2")[0] == answer["data"]
    assert answer["data"]["html"] == "<p>ny</p>\n"


def test_a_deletion_is_sent(node: NodeClients, server: LiveServer, token: str) -> None:
    reader = listen(node, server)
    server.post("/reports", FIRST, token=token)
    assert server.delete("/reports/week/1", token=token).status == 204
    tombstone, _ = reader.wait_for("report", lambda report, rev: rev == "2")
    assert (tombstone["deleted"], tombstone["text"], tombstone["html"]) == (True, None, None)


def test_a_save_that_changes_nothing_is_not_sent(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    reader, writer = listen(node, server), listen(node, server, token=token)
    for week in (1, 1, 2):
        writer.call("save", {**FIRST, "week": week})
    reader.wait_for("report", lambda report, rev: report["week"] == 2)
    assert [rev for _, rev in reader.args_of("report")] == ["1", "2"]


def test_only_users_may_save_and_only_their_own(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    mos, guest = listen(node, server, token=token), listen(node, server, nick="kim")
    ada = listen(node, server, token=enrol(server, "ada"))
    saved = mos.call("save", FIRST)
    assert code_of(guest.call("save", FIRST)) == (401, "unauthorized", None)
    assert code_of(ada.call("save", FIRST)) == (409, "week_taken", "week")
    assert server.get("/reports/week/1").json == saved


def test_changes_are_the_same_as_over_rest(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    client = listen(node, server, token=token)
    for week in (1, 2, 3):
        client.call("save", {**FIRST, "week": week})
    server.delete("/reports/week/2", token=token)
    for query in ({"since": 0}, {"since": 1, "limit": 1}, {"since": 4}):
        path = "/reports/changes?" + "&".join(f"{name}={n}" for name, n in query.items())
        assert client.call("changes", query) == server.get(path).json
    assert client.call("changes") == client.call("changes", {"since": 0})


def test_a_registered_nick_needs_its_token(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    refused = node.connect(server.url, "/reports", {"nick": "MOS"}, wait=False)
    error = refused.wait_for("connect_error")[0]
    assert error["data"]["code"] == "nick_reserved"
    assert listen(node, server, nick="Mos", token=token).state()["connected"]
    other = node.connect(
        server.url, "/reports", {"nick": "mos", "token": enrol(server, "ada")}, wait=False
    )
    assert other.wait_for("connect_error")[0]["data"]["code"] == "nick_reserved"


def test_missed_changes_are_replayed_after_a_cut(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    reader = listen(node, server)
    server.post("/reports", FIRST, token=token)
    reader.wait_for("report")
    reader.hold()
    reader.cut()
    reader.wait_for("disconnect")
    server.put("/reports/week/1", {"title": "a", "text": "b"}, token=token)
    server.post("/reports", {**FIRST, "week": 2}, token=token)
    server.delete("/reports/week/2", token=token)
    since = reader.mark()
    reader.release()
    assert reader.wait_connected(since)["recovered"]
    reader.wait_for("ready", since=since)
    received = {report["week"]: report for report, _ in reader.args_of("report")}
    everything = {report["week"]: report for report in server.get("/reports/changes").json["data"]}
    assert received == everything
    assert [rev for _, rev in reader.args_of("report")] == ["1", "2", "4"]
