"""Programs as students write them, all in one room with clients of the new API."""

import json
from typing import Any

from tests.course.conftest import Connect, MakeProgram, Program, history, received, wait_received
from tests.support.native import NativeClient, shown
from tests.support.node import NodeClients
from tests.support.python_client import PythonClient
from tests.support.server import LiveServer

ALIASES = [("message", "name"), ("text", "user"), ("msg", "nick"), ("body", "username")]
ALIASES += [("message", "sender")]


def test_all_in_one_room(
    server: LiveServer,
    run: MakeProgram,
    node: NodeClients,
    connect: Connect,
    natives: dict[str, NativeClient],
) -> None:
    """Each posts in turn, and shows what all have posted in the form that it expects."""
    programs = {kind: run(kind, kind) for kind in ("string", "object", "stringify", "twice")}
    watcher = connect()
    api = node.connect(server.url, auth={"nick": "api"})
    api.call("join", {"room": "lobby"})
    aliased = node.connect(server.url, "/", transports=["polling"])
    with PythonClient(server.url, "/") as python:
        payloads: list[Any] = []

        def wait_payload(check: Any) -> None:
            """Wait for a payload, so that the next one follows it."""
            watcher.wait_event(
                "chat message", lambda payload: check(payload) and payload not in payloads
            )
            payloads.append(received(watcher)[-1])

        for kind, program in programs.items():
            program.type(f"from {kind}")
            wait_payload(lambda payload, kind=kind: f"from {kind}" in str(payload))
        for text, name in ALIASES:
            aliased.emit("chat message", {text: f"{text} of {name}", name: name})
            wait_payload(lambda payload, text=text, name=name: f"{text} of {name}" in str(payload))
        python.emit("chat message", "from python")
        wait_payload(lambda payload: payload == "from python")
        natives["json"].say("from json")
        wait_payload(lambda payload: "from json" in str(payload))
        natives["text"].send("from text")
        wait_payload(lambda payload: "from text" in str(payload))
        api.call("post", {"room": "lobby", "text": "from api"})
        wait_payload(lambda payload: "from api" in str(payload))

        assert payloads[0] == "from string"
        assert {**payloads[1], "time": 0} == {"name": "object", "message": "from object", "time": 0}
        assert payloads[2] == json.dumps(
            {"name": "stringify", "message": "from stringify"}, separators=(",", ":")
        )
        assert payloads[3] == "from twice"
        for place, (text, name) in enumerate(ALIASES, start=4):
            expected = {text: f"{text} of {name}", name: name, "time": 0}
            assert {**payloads[place], "time": 0} == expected
        for payload, name in zip(payloads[-3:], ("json", "text", "api"), strict=True):
            assert {**payload, "time": 0} == {"name": name, "message": f"from {name}", "time": 0}
        check_programs(programs, payloads)
        for listener in (aliased, python):
            listener.wait_for("chat message", lambda payload: payload == payloads[-1])
            assert [args for args in listener.args_of("chat message")] == [[p] for p in payloads]

    messages = history(server)
    api.wait_for("message", lambda message, _: message == messages[-1])
    assert [args[0] for args in api.args_of("message")] == messages
    assert [message["id"] for message in messages] == list(range(1, len(payloads) + 1))
    assert [message.get("payload") for message in messages] == [*payloads[:-3], None, None, None]
    nicks = ["guest", "object", "guest", "guest", *(name for _, name in ALIASES), "guest"]
    assert [message["nick"] for message in messages] == [*nicks, "json", "text", "api"]
    assert server.get("/chat").json["data"] == payloads
    check_natives(natives, messages)


def check_natives(natives: dict[str, NativeClient], messages: list[dict[str, Any]]) -> None:
    """Compare what native clients have received with the history."""
    objects, lines = natives["json"], natives["text"]
    objects.wait_text("from api")
    assert [body for body in objects.bodies if "event" not in body] == [shown(m) for m in messages]
    lines.wait(lambda line: line == "api: from api")
    posted = [line for line in lines.messages if not str(line).startswith("* ")]
    assert posted == [f"{message['nick']}: {message['text']}" for message in messages]


def check_programs(programs: dict[str, Program], payloads: list[Any]) -> None:
    """Compare what each program shows with what was posted."""

    def parsed(payload: Any) -> Any:
        return json.loads(payload)["message"] if str(payload).startswith("{") else payload

    def fields(payload: Any) -> Any:
        if isinstance(payload, str):
            return [payload, None, None]
        return [payload.get("name", payload), payload.get("message"), payload["time"]]

    views = {
        "string": lambda payload: payload,
        "object": fields,
        "stringify": lambda payload: parsed(payload) if isinstance(payload, str) else payload,
        "twice": lambda payload: payload,
    }
    for kind, view in views.items():
        expected = [view(payload) for payload in payloads]
        programs[kind].wait_shown(expected[-1])
        shown = [s for s in programs[kind].shown() if not is_answer(s)]
        assert shown == expected, kind


def is_answer(shown: Any) -> bool:
    """Return whether the server has sent this to the program alone."""
    return isinstance(shown, list) and shown[:1] in (["history"], ["notice"])


def test_a_client_that_registers_twice_sends_nothing_twice(
    server: LiveServer, run: MakeProgram, connect: Connect
) -> None:
    program, watcher = run("twice", "mos"), connect()
    program.type("one")
    wait_received(watcher, "one")
    mark = program.mark()
    program.type("CUT")
    program.wait_shown("connected", since=mark)
    program.wait_shown(["history", "one"], since=mark)
    program.type("two")
    program.type("three")
    wait_received(watcher, "three")
    assert received(watcher) == ["one", "two", "three"]
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
