"""The programs in the documents, run as they stand there with the unmodified client."""

import json
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.docs.tables import PROTOCOL, README
from tests.support.node_process import NODE, SCRIPTS
from tests.support.server import LiveServer

ADDRESS = "http://127.0.0.1:1337"
AROUND = """
import { io } from "socket.io-client";
const chat = io("http://127.0.0.1:1337/chat", { auth: { nick: "doe" } });
const messages = new Map();
let since, epoch;
function keep(message) {
  if (!(messages.get(message.id)?.rev >= message.rev)) messages.set(message.id, message);
  console.log(JSON.stringify([...messages.keys()]));
}
process.stdin.on("data", (line) => chat[String(line).trim()]());
chat.on("disconnect", () => console.log("away"));
"""

CUTS = {
    # The join is on no wire when the connection ends.
    "the server receives the join": """
const send = chat.packet.bind(chat);
const joins = (packet) => packet.data?.[0] === "join";
chat.packet = (packet) => joins(packet) && due() ? chat.io.engine.close() : send(packet);
""",
    # The server has processed it, and its answer is lost.
    "the client receives the answer": """
const receive = chat.onack.bind(chat);
chat.onack = (packet) => due() ? chat.io.engine.close() : receive(packet);
""",
}
"""What ends the connection of a program before…"""

Run = Callable[[str], "subprocess.Popen[str]"]


def snippet(page: Path) -> str:
    """Return the one JavaScript program of a page."""
    (found,) = re.findall(r"```js\n(.*?)```", page.read_text(), re.S)
    program: str = found
    return program


@pytest.fixture
def run(server: LiveServer) -> Iterator[Run]:
    """Run programs against the server; what they print can be read."""
    started: list[subprocess.Popen[str]] = []

    def start(program: str) -> "subprocess.Popen[str]":
        process = subprocess.Popen(
            [str(NODE), "--input-type=module", "-e", program.replace(ADDRESS, server.url)],
            cwd=SCRIPTS,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        started.append(process)
        return process

    yield start
    for process in started:
        process.kill()
        process.communicate()


def wait_line(process: "subprocess.Popen[str]", wanted: str) -> None:
    """Read what a program prints up to a line that contains this."""
    assert process.stdout is not None
    for line in process.stdout:
        if wanted in line:
            return
    raise AssertionError(f"the program ended without {wanted!r}")


def say(process: "subprocess.Popen[str]", line: str) -> None:
    """Write a line to a program."""
    assert process.stdin is not None
    process.stdin.write(line + "\n")
    process.stdin.flush()


def test_readme(server: LiveServer, run: Run) -> None:
    program = snippet(README)
    assert len(program.splitlines()) == 5
    process = run(program)
    wait_line(process, "recovered: false")
    server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})
    wait_line(process, "mos hej")
    server.restart(kill=True)
    server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "back"})
    wait_line(process, "mos back")
    texts = [m["text"] for m in server.get("/chat/rooms/lobby/messages").json["data"]]
    assert texts == ["hej hej", "hej", "back"]


@pytest.mark.parametrize("cut", CUTS)
@pytest.mark.parametrize("which", [1, 2])
def test_protocol_cut_while_it_joins(server: LiveServer, run: Run, cut: str, which: int) -> None:
    """F45: it joined no more, and what was there before it was missing.

    The first join has no `since`, so that it is answered with a page. The second follows a
    disconnect, after which there is more than one page of changes: it is one of several.
    """

    def post(count: int) -> None:
        for _ in range(count):
            server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})

    def ids(last: int) -> str:
        return json.dumps(list(range(1, last + 1)), separators=(",", ":"))

    post(3)
    count = f"let left = {which};\nconst due = () => --left === 0;\n"
    process = run(AROUND + count + CUTS[cut] + snippet(PROTOCOL))
    if which == 1:
        wait_line(process, "away")
    wait_line(process, ids(3))
    post(1)
    wait_line(process, ids(4))
    say(process, "disconnect")
    wait_line(process, "away")
    post(120)
    say(process, "connect")
    if which > 1:
        wait_line(process, "away")
    wait_line(process, ids(124))
    post(1)
    wait_line(process, ids(125))


def test_protocol(server: LiveServer, run: Run) -> None:
    def post(count: int) -> None:
        for _ in range(count):
            server.post("/chat/rooms/lobby/messages", {"nick": "mos", "text": "hej"})

    post(1)
    process = run(AROUND + snippet(PROTOCOL))
    wait_line(process, "[1]")
    post(1)
    wait_line(process, "[1,2]")
    say(process, "disconnect")
    wait_line(process, "away")
    post(60)
    say(process, "connect")
    wait_line(process, json.dumps(list(range(1, 63)), separators=(",", ":")))
