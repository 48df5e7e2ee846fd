"""docs/clients.md: each program as it stands there, two of a kind and all together."""

import json
import subprocess
from pathlib import Path

import pytest

from tests.clients.conftest import Chatter, Start
from tests.clients.snippets import Program, snippet
from tests.support.server import LiveServer
from tests.support.wait import wait_until

KINDS = ["html", "js", "mjs", "python", "bash"]


def talk(chatters: list[Chatter], about: str) -> list[str]:
    """Send a message from each program in turn, and wait until all of them show it."""
    sent = []
    for one in chatters:
        text = f"{about}, says {one.nick}"
        one.send(text)
        sent.append(f"{one.nick}: {text}")
        for other in chatters:
            other.wait_for_line(sent[-1])
    return sent


def check(server: LiveServer, chatters: list[Chatter], sent: list[str]) -> None:
    """Check that every message was stored once, in order, and shown once."""
    stored = server.get("/chat/rooms/lobby/messages?limit=200").json["data"]
    assert [f"{message['nick']}: {message['text']}" for message in stored] == sent
    for one in chatters:
        # A client of the course also shows who joins.
        assert [line for line in one.lines if not line.startswith("Server: ")] == sent


@pytest.mark.parametrize("kind", KINDS)
def test_two_of_a_kind(server: LiveServer, start: Start, kind: str) -> None:
    chatters = [start(kind, "doe"), start(kind, "roe")]
    sent = talk(chatters, "hej")
    server.kill()
    chatters[0].send("into the dark")
    sent.append("doe: into the dark")
    server.start()
    for one in chatters:
        one.wait_for_line(sent[-1])
    sent += talk(chatters, "åäö <b>& back")
    check(server, chatters, sent)


def test_all_programs_talk_to_each_other_and_after_a_restart(
    server: LiveServer, start: Start
) -> None:
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    sent = talk(chatters, "hej")
    server.restart(kill=True)
    sent += talk(chatters, "again")
    check(server, chatters, sent)


def test_a_deleted_message_is_shown_as_deleted(server: LiveServer, start: Start) -> None:
    """Also if it was deleted before the program began; it was shown as null, or None."""
    url, author = "/chat/rooms/lobby/messages", {"X-Guest": "m" * 22}
    for text in ("first", "second"):
        body = {"nick": "moe", "text": text}
        assert server.request("POST", url, body, headers=author).status == 201
    assert server.request("DELETE", f"{url}/1", headers=author).status == 200
    chatters = [start(kind, f"one-with-{kind}") for kind in KINDS]
    for one in chatters:
        one.wait_for_line("moe: (deleted)")
        one.wait_for_line("moe: second")
    assert server.request("DELETE", f"{url}/2", headers=author).status == 200
    for one in chatters:
        wait_until(lambda one=one: one.lines.count("moe: (deleted)") == 2)
        assert not any(("null" in line or "None" in line) for line in one.lines)


def test_the_course_s_client_among_the_others(server: LiveServer, start: Start) -> None:
    server.post("/chat/rooms/lobby/messages", {"nick": "moe", "text": "before"})
    chatters = [start("javascript", "doe"), start("js", "roe"), start("javascript", "zoe")]
    for one in chatters:
        one.wait_for_line("moe: before")
    sent = ["moe: before", *talk(chatters, "hej <b>åäö</b>")]
    check(server, chatters, sent)


def test_curl_shows_what_commands_return_and_ends_with_its_input(server: LiveServer) -> None:
    with Program("bash", server.url, "zoe") as program:
        for text in ("/msg nobody hej", "/help", "hej"):
            program.send(text)
        program.wait_for_line("zoe: hej")
        program.end_input()
        assert "Nobody is here as 'nobody'.\n" in program.errors
        assert '\n/msg NICK TEXT - tell one person, stored nowhere; "a nick" of' in program.errors


def test_what_curl_finds_and_exports(server: LiveServer, tmp_path: Path) -> None:
    done = subprocess.run(
        ["bash", "-c", snippet("sh", server.url, "zoe")],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=True,
    )
    posted, found = (json.loads(line) for line in done.stdout.splitlines())
    assert posted["data"]["nick"] == "zoe"
    parts = found["data"][0].pop("excerpt")
    assert [part["text"] for part in parts if part["match"]] == ["hej alla", "kursen"]
    assert found["data"] == [posted["data"]]
    exported = (tmp_path / "lobby.ndjson").read_text().splitlines()
    assert [json.loads(line) for line in exported] == [posted["data"]]
