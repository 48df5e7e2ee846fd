"""Reports are rendered before they are committed: nothing else waits for it."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from me_api.markdown.schemas import MAX_TEXT
from tests.chat.clients import Room, make_token
from tests.conftest import MakeServer
from tests.support.server import LiveServer
from tests.support.wait import wait_until
from tests.support.wire import WireClient

LONG = ("a *b* <i>c</i> [d](e)\n\n" * MAX_TEXT)[:MAX_TEXT]


@pytest.fixture
def server(make_server: MakeServer) -> LiveServer:
    """Start a server whose rendering can be held."""
    return make_server(entry="held_pools")


@pytest.fixture
def token(server: LiveServer) -> str:
    return make_token(server, "writer")


@pytest.fixture
def writer(server: LiveServer, token: str) -> Iterator[WireClient]:
    """Connect the author of the reports."""
    with WireClient(server.host, server.port) as client:
        client.connect("/reports", {"token": token})
        yield client


def report(number: int, text: str) -> dict[str, object]:
    return {"week": 1, "title": f"title {number}", "text": text}


def test_writes_go_on_while_a_report_is_being_rendered(
    server: LiveServer, token: str, writer: WireClient
) -> None:
    """F26: it was rendered by the committer, for which every other write waited."""
    hold = server.folder / "hold-markdown"
    hold.touch()
    with ThreadPoolExecutor(2) as pool:
        try:
            saving = pool.submit(
                server.post, "/reports", report(1, "*one*"), token=token, timeout=60
            )
            updating = pool.submit(
                server.put, "/reports", report(2, "*two*"), token=token, timeout=60
            )
            wait_until(lambda: "holding markdown" in server.log)
            for number in range(20):
                Room(server, "lobby").say(f"hej {number}")
            assert server.get("/reports/week/1").status == 404, "shown before it is on disk"
            assert writer.call("/reports", "changes", {})["data"] == []
            assert not saving.done() and not updating.done()
        finally:
            hold.unlink()
        assert saving.result().json["data"]["html"] == "<p><em>one</em></p>\n"
        assert updating.result().status in (204, 404), "they were sent at once"


def test_the_saves_of_a_client_are_stored_in_order(server: LiveServer, writer: WireClient) -> None:
    """F26: a short text must not overtake a long one that was sent before it."""
    count = 10
    for number in range(count):
        writer.emit("/reports", "save", report(number, LONG if number % 2 == 0 else "short"))
    last = f"title {count - 1}"
    writer.wait_event("report", lambda body, _: body["title"] == last, timeout=30)
    # Saves that were committed together are one event, with the newest text.
    titles = [body["title"] for name, body, *_ in writer.events("/reports") if name == "report"]
    assert titles == sorted(set(titles))
    assert server.get("/reports/week/1").json["data"]["html"] == "<p>short</p>\n"
