"""Slow work of one kind, as much as one likes, holds up no other and is bounded."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from typing import Any

import pytest

from benchmarks.fill import fill
from me_api import POOLS
from me_api.chat.export import PAGE
from me_api.markdown.renderer import QUEUE
from tests.chat.clients import Room, make_token
from tests.conftest import StartServer
from tests.support.http import Reply
from tests.support.server import LiveServer

ACCOUNT = {"email": "anna@example.com", "password": "correct horse"}
EXTRA = 3
"""Requests beyond what a pool takes."""

ADMITTED = {"markdown": QUEUE} | {kind: sum(bounds) for kind, bounds in POOLS.items()}
"""How many requests of each kind are done, or wait."""

Ask = Callable[[], Reply]


@pytest.fixture(scope="module")
def server(start_server: StartServer) -> Iterator[LiveServer]:
    """Start a server whose slow work can be held."""
    made = start_server("held", entry="held_pools")
    made.stop()
    fill(made.database, {"lobby": PAGE + 1})
    assert made.start().post("/register", ACCOUNT).status == 201
    Room(made, "lobby").say("hej")
    yield made
    made.stop()


@pytest.fixture(scope="module")
def requests(server: LiveServer) -> dict[str, Ask]:
    """Return a request for each kind of slow work."""
    token = make_token(server, "writer")
    draft = {"text": "*hej*"}
    return {
        "hashing": lambda: server.post("/login", ACCOUNT, timeout=60),
        "search": lambda: server.get("/chat/search?q=hej", timeout=60),
        "markdown": lambda: server.post("/reports/preview", draft, token=token, timeout=60),
        "export": lambda: server.get("/chat/rooms/lobby/export", timeout=60),
    }


@pytest.mark.parametrize("kind", ADMITTED)
def test_a_flood_holds_up_no_other_kind_and_is_refused_beyond_its_bound(
    server: LiveServer, requests: dict[str, Ask], kind: str
) -> None:
    """F41: all kinds shared two threads and a queue without a bound."""
    admitted = ADMITTED[kind]
    hold = server.folder / f"hold-{kind}"
    hold.touch()
    with ThreadPoolExecutor(admitted + EXTRA) as clients:
        try:
            flood = [clients.submit(requests[kind]) for _ in range(admitted + EXTRA)]
            refused = wait_for(flood, EXTRA)
            for other in requests.keys() - {kind}:
                assert requests[other]().status == 200, other
            Room(server, "lobby").say("meanwhile")
            assert not [answer for answer in flood if answer.done() and answer not in refused]
        finally:
            hold.unlink()
        for answer in refused:
            check_refused(answer.result())
        done = [answer.result() for answer in flood if answer not in refused]
    assert [reply.status for reply in done] == [200] * admitted
    if kind == "export":
        assert all(reply.body.count(b"\n") > PAGE for reply in done)
    counted = f'me_api_busy_total{{kind="{kind}"}} {float(EXTRA)}'
    assert counted in server.get("/metrics").body.decode()


def wait_for(flood: list["Future[Reply]"], count: int) -> list["Future[Reply]"]:
    """Wait until so many are answered; return them."""
    answered = as_completed(flood, timeout=60)
    return [next(answered) for _ in range(count)]


def check_refused(reply: Reply) -> None:
    error: dict[str, Any] = reply.json["errors"][0]
    assert (reply.status, error["status"], error["code"]) == (503, 503, "busy")
    assert reply.headers["Retry-After"] == "1" and reply.json["retry_after"] == 1
