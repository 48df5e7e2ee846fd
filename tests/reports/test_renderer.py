"""Reports are rendered in a process of its own, which may die without harm."""

import os
import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from resource import RLIMIT_AS, prlimit

import pytest

from me_api.markdown.render import render
from me_api.markdown.renderer import LIMITS
from tests.chat.clients import Room, make_token
from tests.conftest import MakeServer
from tests.reports.worst import WORST
from tests.support.http import Reply
from tests.support.processes import children_of, exists, wait_gone
from tests.support.server import LiveServer
from tests.support.wait import wait_until


@pytest.fixture
def server(make_server: MakeServer) -> Iterator[LiveServer]:
    """Start a server whose renderer can be held; it does not log errors."""
    made = make_server(entry="held_renderer")
    yield made
    assert "Traceback" not in made.log


@pytest.fixture
def token(server: LiveServer) -> str:
    return make_token(server, "writer")


def save(server: LiveServer, token: str, text: str) -> Reply:
    report = {"week": 1, "title": text, "text": text}
    return server.post("/reports", report, token=token, timeout=60)


def renderer_of(server: LiveServer) -> int:
    """Return the number of the server's only process."""
    assert server.process is not None
    (pid,) = children_of(server.process.pid)
    return pid


def test_the_worst_texts_become_the_same_html(make_server: MakeServer) -> None:
    """F26: the process imports what rendering needs, and is limited."""
    server = make_server()
    token = make_token(server, "writer")
    assert server.process is not None and children_of(server.process.pid) == []
    for name, text in WORST.items():
        reply = server.post("/reports/preview", {"text": text}, token=token, timeout=60)
        assert reply.json["data"]["html"] == render(text), name
    pid = renderer_of(server)
    maps = Path(f"/proc/{pid}/maps").read_text()
    assert "nh3" in maps and "comrak" in maps
    assert not [name for name in ("greenlet", "orjson", "sqlite", "pydantic") if name in maps]
    assert prlimit(pid, RLIMIT_AS) == (LIMITS.memory, LIMITS.memory)


def test_a_renderer_is_the_least_important_process(make_server: MakeServer) -> None:
    # Not of a forked server: their processes have the priority of all others.
    server = make_server(forked=False)
    token = make_token(server, "writer")
    assert server.process is not None
    parent = server.process.pid
    with ThreadPoolExecutor(1) as clients:
        preview = clients.submit(server.post, "/reports/preview", {"text": "a"}, token=token)
        (pid,) = wait_until(lambda: children_of(parent))
        # The text is not waited for: a busy machine may have nothing for such a process.
        wait_until(lambda: os.getpriority(os.PRIO_PROCESS, pid) == 19)
        server.stop()
        assert preview.exception() or preview.result().status in (200, 503)


def test_a_save_whose_renderer_is_killed_stores_nothing_and_the_next_one_works(
    server: LiveServer, token: str
) -> None:
    assert save(server, token, "first").status == 201
    pid = renderer_of(server)
    hold = server.folder / "hold-render"
    hold.touch()
    with ThreadPoolExecutor(2) as clients:
        killed = clients.submit(save, server, token, "killed")
        wait_until((server.folder / "rendering").exists)
        waiting = clients.submit(server.post, "/reports/preview", {"text": "b"}, token=token)
        os.kill(pid, signal.SIGKILL)
        hold.unlink()
        error = killed.result().json["errors"][0]
        assert (error["status"], error["code"]) == (503, "worker_failed")
        assert waiting.result().json["data"]["html"] == "<p>b</p>\n"
    wait_gone(pid)
    assert server.get("/reports/week/1").json["data"]["text"] == "first"
    assert save(server, token, "next").json["data"]["html"] == "<p>next</p>\n"
    assert renderer_of(server) != pid
    assert "a text could not be rendered: " in server.log


@pytest.mark.parametrize("busy", [False, True])
def test_a_server_that_is_killed_leaves_no_renderer(
    server: LiveServer, token: str, busy: bool
) -> None:
    save(server, token, "first")
    pid = renderer_of(server)
    hold = server.folder / "hold-render"
    with ThreadPoolExecutor(1) as clients:
        if busy:
            hold.touch()
            saving = clients.submit(save, server, token, "held")
            wait_until((server.folder / "rendering").exists)
        server.kill()
        if busy:
            assert isinstance(saving.exception(), OSError)
            hold.unlink()
    wait_gone(pid)


def test_a_server_that_stops_ends_a_renderer_that_does_not(server: LiveServer, token: str) -> None:
    save(server, token, "first")
    pid = renderer_of(server)
    (server.folder / "hold-render").touch()
    with ThreadPoolExecutor(1) as clients:
        saving = clients.submit(save, server, token, "second")
        wait_until((server.folder / "rendering").exists)
        server.stop()
        assert not exists(pid)
        assert saving.exception() or saving.result().status == 503


def test_posts_go_on_while_a_renderer_is_stopped(server: LiveServer, token: str) -> None:
    save(server, token, "first")
    os.kill(pid := renderer_of(server), signal.SIGSTOP)
    with ThreadPoolExecutor(1) as clients:
        saving = clients.submit(save, server, token, "second")
        for number in range(20):
            Room(server, "lobby").say(f"hej {number}")
        os.kill(pid, signal.SIGCONT)
        assert saving.result().status == 200
