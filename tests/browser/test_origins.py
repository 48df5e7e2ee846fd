"""The page and those of other origins, while `ME_API_CORS_ORIGINS` is narrowed (F47)."""

from collections.abc import Iterator

import pytest

from tests.browser.conftest import Visit
from tests.conftest import MakeServer
from tests.support.server import LiveServer

POST = """async ([url, text]) => {
    const body = new URLSearchParams({ nick: "mallory", text });
    await fetch(`${url}/chat/rooms/lobby/messages`, { method: "POST", mode: "no-cors", body });
    const socket = new WebSocket(`${url.replace("http", "ws")}/ws/chat?nick=mallory`);
    return new Promise((resolve) => {
        socket.onopen = () => resolve("open");
        socket.onerror = () => resolve("refused");
    });
}"""


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """Start a server that allows the pages of one other origin."""
    made = make_server(cors_origins="https://one.example")
    yield made
    made.kill()


def test_the_page_works_and_a_foreign_page_cannot_post(
    visit: Visit, server: LiveServer, make_server: MakeServer
) -> None:
    ours = visit().enter("kim")
    ours.say("hej")
    ours.sees("hej")
    elsewhere = make_server()
    foreign = visit("healthz", url=elsewhere.url, expects=("403", "404", "WebSocket connection"))
    # Here only: that a visitor's requests leave the host is a fault of any other page.
    foreign.hosts.add(server.url.partition("//")[2])
    assert foreign.page.evaluate(POST, [server.url, "buy"]) == "refused"
    ours.sees("hej")
    assert [m["text"] for m in server.get("/chat/rooms/lobby/messages").json["data"]] == ["hej"]
