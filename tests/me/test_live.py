"""A change of the presentation: at once, once, and after a lost connection, on every interface."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from typing import Any

import pytest

from tests.chat.clients import make_token
from tests.support.app import commands_beside
from tests.support.node import NodeClient, NodeClients
from tests.support.server import LiveServer
from tests.support.sse import EventStream
from tests.support.wait import wait_until

Follow = Callable[..., EventStream]


@pytest.fixture
def follow(server: LiveServer) -> Iterator[Follow]:
    """Return a function that opens a stream, and waits until it has begun."""
    with ExitStack() as stack:

        def opened(path: str, **options: Any) -> EventStream:
            stream = stack.enter_context(EventStream(server.host, server.port, path, **options))
            stream.wait_until(lambda: stream.first_id or None)
            return stream

        yield opened


@pytest.fixture(scope="module")
def server(shared_server: LiveServer) -> LiveServer:
    return shared_server


@pytest.fixture(scope="module")
def token(server: LiveServer) -> str:
    return make_token(server, "mos", "owner")


def listen(node: NodeClients, server: LiveServer, **auth: Any) -> NodeClient:
    """Connect a client, and wait until it is live."""
    client = node.connect(server.url, "/me", auth)
    client.wait_for("ready")
    return client


def put(server: LiveServer, token: str, text: str) -> Any:
    response = server.put("/", {"text": text}, token=token)
    assert response.status == 200
    return response.json["data"]


def revs(client: NodeClient) -> list[str]:
    return [rev for _, rev in client.args_of("me")]


def test_everybody_who_looks_receives_a_change(
    node: NodeClients, server: LiveServer, token: str, follow: Follow
) -> None:
    reader, writer = listen(node, server), listen(node, server, token=token)
    streams = [follow(path) for path in ("/stream", "/me/stream")]
    start = server.get("/me/changes").json["rev"]
    path = f"/me/changes?since={start}&wait=60"
    with ThreadPoolExecutor(1) as thread:
        poll = thread.submit(server.get, path, timeout=90)
        me = put(server, token, "*ett*")
        # The long-poll may have begun after the change, which it returns then, too.
        assert poll.result().json["data"] == [me]
    assert me["html"] == "<p><em>ett</em></p>\n"
    for client in (reader, writer):
        assert client.wait_for("me") == [me, str(me["rev"])]
    for stream in streams:
        assert stream.wait(lambda data: "html" in data) == me
        assert (stream.events[-1].name, stream.events[-1].id) == ("me", str(me["rev"]))
    saved = writer.call("save", {"text": "två"})["data"]
    assert reader.wait_for("me", lambda _, rev: rev == str(saved["rev"]))[0] == saved
    assert server.get("/").json["data"]["me"] == saved


def test_only_the_owner_may_save_over_a_socket(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    put(server, token, "ägarens")
    guest = listen(node, server)
    member = listen(node, server, token=make_token(server, "kim"))
    for client, status in ((guest, 401), (member, 403)):
        assert client.call("save", {"text": "x"})["errors"][0]["status"] == status
    wrong = listen(node, server, token=token).call("save", {"links": "x"})
    assert (wrong["errors"][0]["status"], wrong["errors"][0]["source"]) == (422, "links")
    assert server.get("/").json["data"]["me"]["text"] == "ägarens"


def test_changes_are_the_same_as_over_rest(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    put(server, token, "ändrad")
    client = listen(node, server)
    head = server.get("/me/changes").json["rev"]
    for since in (0, head):
        assert client.call("changes", {"since": since}) == (
            server.get(f"/me/changes?since={since}").json
        )


def test_a_missed_change_is_replayed_once(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    reader = listen(node, server)
    first = put(server, token, "före")
    reader.wait_for("me", lambda _, rev: rev == str(first["rev"]))
    reader.hold()
    reader.cut()
    reader.wait_for("disconnect")
    put(server, token, "under tiden")
    last = put(server, token, "efter")
    since = reader.mark()
    reader.release()
    assert reader.wait_connected(since)["recovered"]
    reader.wait_for("ready", since=since)
    # The newest version; none that it has replaced, and none twice.
    assert revs(reader) == [str(first["rev"]), str(last["rev"])]


def test_a_stream_resumes_after_its_last_event(
    server: LiveServer, token: str, follow: Follow
) -> None:
    first = put(server, token, "ett")
    second = put(server, token, "två")
    missed = {0: ["två"], first["rev"]: ["två"], second["rev"]: []}
    streams = {since: follow("/me/stream", last=str(since)) for since in missed}
    last = put(server, token, "tre")
    for since, stream in streams.items():
        stream.wait(lambda data: data == last)
        assert [event.data["text"] for event in stream.events] == [*missed[since], "tre"]


def test_a_change_by_the_command_line_is_seen_at_once(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    put(server, token, "innan")
    reader = listen(node, server)
    etag = server.get("/").headers["ETag"]
    with commands_beside(server) as flask:
        result = flask.invoke(args=["me", "edit", "--headline", "Från terminalen"])
    assert result.exit_code == 0, result.output
    me, _ = reader.wait_for("me", lambda me, _: me["headline"] == "Från terminalen")
    assert me["text"] == "innan"
    response = server.get("/", headers={"If-None-Match": etag})
    assert (response.status, response.json["data"]["me"]) == (200, me)


def test_what_was_answered_survives_a_kill(server: LiveServer, token: str) -> None:
    me = put(server, token, "kvar")
    server.restart(kill=True)
    assert server.get("/").json["data"]["me"] == me


def test_a_changed_author_is_sent_to_all_who_look(
    node: NodeClients, server: LiveServer, token: str
) -> None:
    """The author is the first owner's nick, which no change of the log names."""
    second = make_token(server, "second", "owner")
    client = listen(node, server)
    assert client.wait_for("ready")[0]["author"] == "mos"
    assert server.patch("/account", {"nick": "renamed"}, token=token).status == 200
    assert client.wait_for("author") == [{"author": "renamed"}]
    assert server.get("/").json["data"]["author"] == "renamed"
    # Another process makes somebody else the first owner.
    with commands_beside(server) as runner:
        assert runner.invoke(args=["users", "role", "renamed", "member"]).exit_code == 0
    wait_until(lambda: len(client.args_of("author")) == 2)
    assert client.args_of("author")[1] == [{"author": "second"}]
    assert listen(node, server).wait_for("ready")[0]["author"] == "second"
    # What changes the nick of another user changes nothing here.
    other = make_token(server, "another")
    assert server.patch("/account", {"nick": "yet-another"}, token=other).status == 200
    assert server.patch("/account", {"nick": "last"}, token=second).status == 200
    wait_until(lambda: len(client.args_of("author")) == 3)
    assert client.args_of("author")[2] == [{"author": "last"}]
