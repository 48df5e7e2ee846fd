"""What the course's clients say among clients of the other interfaces; what some of them do."""

from typing import Any

from tests.course.conftest import Connect, MakeProgram, history, received, wait_received
from tests.support.native import NativeClient, shown
from tests.support.node import NodeClients
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer

ALIASES = [("message", "name"), ("text", "user"), ("msg", "nick"), ("body", "username")]
ALIASES += [("message", "sender")]


def test_others_receive_what_a_client_says_in_every_form(
    server: LiveServer, node: NodeClients, connect: Connect, natives: dict[str, NativeClient]
) -> None:
    """All that is said in `/`, and through the other interfaces, is one history."""
    api = node.connect(server.url, auth={"nick": "api"})
    api.call("join", {"room": "lobby"})
    aliased = node.connect(server.url, "/", transports=["polling"])
    with PythonClient(server.url, "/") as python:
        said = [{text: f"{text} of {name}", name: name, "time": 0} for text, name in ALIASES]
        for payload in said:
            assert aliased.call("chat message", payload)["data"]["payload"] == payload
        assert python.call("chat message", "from python")["data"]["nick"] == "guest"
        natives["json"].say("from json")
        natives["json"].wait_text("from json")
        natives["text"].send("from text")
        natives["json"].wait_text("from text")
        api.call("post", {"room": "lobby", "text": "from api"})
        python.wait_for("chat message", lambda line: line == "api: from api")
        aliased.wait_for("chat message", lambda message: message.get("msg") == "from api")
    messages = history(server)
    api.wait_for("message", lambda message, _: message == messages[-1])
    assert [args[0] for args in api.args_of("message")] == messages
    assert [message["id"] for message in messages] == list(range(1, len(ALIASES) + 5))
    payloads = [message.get("payload") for message in messages]
    assert payloads == [*said, "from python", None, None, None]
    nicks = [*(name for _, name in ALIASES), "guest", "json", "text", "api"]
    assert [message["nick"] for message in messages] == nicks
    assert server.get("/chat").json["data"][:6] == [*said, "from python"]
    check_natives(natives, messages)


def check_natives(natives: dict[str, NativeClient], messages: list[dict[str, Any]]) -> None:
    """Compare what native clients have received with the history."""
    objects, lines = natives["json"], natives["text"]
    objects.wait_text("from api")
    assert [body for body in objects.bodies if "event" not in body] == [shown(m) for m in messages]
    lines.wait(lambda line: line == "api: from api")
    posted = [line for line in lines.messages if not str(line).startswith("* ")]
    assert posted == [f"{message['nick']}: {message['text']}" for message in messages]


def test_a_client_that_registers_twice_sends_nothing_twice(
    server: LiveServer, run: MakeProgram, connect: Connect
) -> None:
    program, watcher = run("twice", "mos"), connect()
    program.type("one")
    wait_received(watcher, "guest: one")
    mark = program.mark()
    program.type("CUT")
    program.wait_shown("connected", since=mark)
    program.wait_shown(["history", "guest: one"], since=mark)
    program.type("two")
    program.type("three")
    wait_received(watcher, "guest: three")
    assert received(watcher) == ["guest: one", "guest: two", "guest: three"]
    assert [message["text"] for message in history(server)] == ["one", "two", "three"]
    program.wait_shown("three")
    notices = [shown[1] for shown in program.shown() if shown[:1] == ["notice"]]
    assert [notice["errors"][0]["code"] for notice in notices] == ["unknown_event"] * 2


def test_recovery_of_the_api_does_not_reach_the_course(
    server: LiveServer, node: NodeClients
) -> None:
    """The stock client keeps a pid for /chat, and none for / on the same connection."""
    chat = node.connect(server.url, auth={"nick": "mos"})
    course = node.connect(server.url, "/", share=chat)
    course.call("chat message", "99")
    course.wait_for("chat message")
    assert (course.state()["pid"], course.state()["offset"]) == (None, None)
    before, since = chat.mark(), course.mark()
    course.cut()
    assert not course.wait_connected(since)["recovered"]
    assert chat.wait_connected(before)["recovered"]
