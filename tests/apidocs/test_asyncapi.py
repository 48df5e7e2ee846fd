"""The AsyncAPI document is valid, complete, and matches the code."""

import ast
import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator

import me_api
from me_api.chat.websocket.subprotocols import SUBPROTOCOLS
from me_api.realtime.events import CLIENT_EVENTS, NAMESPACES, SERVER_EVENTS
from tests.apidocs.schemas import keywords, references, resolve
from tests.support.node_process import SCRIPTS

SPECIFICATION = SCRIPTS / "node_modules" / "@asyncapi" / "specs" / "schemas" / "3.0.0.json"


@pytest.fixture(scope="module")
def specification() -> Draft7Validator:
    """Read the specification's own schema."""
    assert SPECIFICATION.exists(), f"{SPECIFICATION} is missing: run make test, which installs it"
    return Draft7Validator(json.loads(SPECIFICATION.read_text()))


def operations(document: dict[str, Any], action: str) -> dict[tuple[str, str], Any]:
    """Return the operations of one direction by namespace and event."""
    found = {}
    for operation in document["operations"].values():
        channel = resolve(document, operation["channel"]["$ref"])
        if operation["action"] == action and channel["address"] in NAMESPACES:
            (message,) = operation["messages"]
            event = resolve(document, message["$ref"])["name"]
            assert (channel["address"], event) not in found
            found[channel["address"], event] = operation
    return found


def test_is_valid(asyncapi: Any, specification: Draft7Validator) -> None:
    assert asyncapi["asyncapi"] == "3.0.0"
    problems = [f"{e.json_path}: {e.message[:200]}" for e in specification.iter_errors(asyncapi)]
    assert problems == []


def test_validator_sees_a_broken_document(asyncapi: Any, specification: Draft7Validator) -> None:
    asyncapi["operations"]["chat.send.ready"]["action"] = "shout"
    assert [error.json_path for error in specification.iter_errors(asyncapi)]


def test_names_every_namespace(asyncapi: Any) -> None:
    here = {"$ref": "#/servers/here"}
    channels = asyncapi["channels"].values()
    assert {c["address"] for c in channels if here in c["servers"]} == set(NAMESPACES)


def test_names_every_event_of_clients_and_no_other(asyncapi: Any) -> None:
    connecting = {(namespace, "CONNECT") for namespace in NAMESPACES}
    assert set(operations(asyncapi, "receive")) == set(CLIENT_EVENTS) | connecting


def test_names_every_event_of_the_server_and_no_other(asyncapi: Any) -> None:
    assert set(operations(asyncapi, "send")) == set(SERVER_EVENTS)


def test_the_server_sends_what_is_declared() -> None:
    declared = {name for _, name in SERVER_EVENTS}
    logged = {namespace.log_event for namespace in NAMESPACES.values()}
    # Those of the course have names that its table makes; `test_events` receives them.
    course = {name for namespace, name in SERVER_EVENTS if namespace == "/"}
    found = emitted() | logged | course
    assert declared | set(SUBPROTOCOLS["json"].server) - {"errors"} == found
    for name, namespace in NAMESPACES.items():
        assert SERVER_EVENTS[name, namespace.log_event].position == namespace.recovers


def emitted() -> set[str]:
    """Return the names of all events that the code emits."""
    found = set()
    for path in Path(me_api.__file__).parent.rglob("*.py"):
        for call in ast.walk(ast.parse(path.read_text())):
            if isinstance(call, ast.Call) and isinstance(call.func, ast.Attribute):
                place = {"emit": 0, "_send_event": 0, "notify": 0, "send": 1, "enqueue": 2}.get(
                    call.func.attr
                )
                known = place is not None and len(call.args) > place
                name = call.args[place] if known else None
                if isinstance(name, ast.Constant):
                    found.add(name.value)
    return found


def test_every_event_of_a_client_has_an_answer_and_errors(asyncapi: Any) -> None:
    for (namespace, name), operation in operations(asyncapi, "receive").items():
        reply = operation["reply"]
        assert resolve(asyncapi, reply["channel"]["$ref"])["address"] == namespace
        names = [resolve(asyncapi, message["$ref"])["name"] for message in reply["messages"]]
        assert names == [f"{name}.answer", "CONNECT_ERROR" if name == "CONNECT" else "errors"]


def test_log_events_are_followed_by_a_string(asyncapi: Any) -> None:
    for event, operation in operations(asyncapi, "send").items():
        message = resolve(asyncapi, operation["messages"][0]["$ref"])
        second = message.get("x-second-argument", {}).get("type")
        assert second == ("string" if SERVER_EVENTS[event].position else None)


def test_references_lead_somewhere(asyncapi: Any) -> None:
    assert references(asyncapi)
    for reference in references(asyncapi):
        resolve(asyncapi, reference)


def test_uses_no_keyword_that_parsers_reject(asyncapi: Any) -> None:
    assert "properties" in keywords(asyncapi)
    assert not keywords(asyncapi) & {"discriminator", "prefixItems", "$defs"}


def test_every_operation_is_explained(asyncapi: Any) -> None:
    assert all(operation["summary"] for operation in asyncapi["operations"].values())


def test_payloads_are_those_that_are_checked(asyncapi: Any) -> None:
    messages = asyncapi["channels"]["chat"]["messages"]
    assert messages["receive.post"]["payload"] == {"$ref": "#/components/schemas/Post"}
    post = asyncapi["components"]["schemas"]["Post"]
    assert post["required"] == ["room", "text"]
    assert post["additionalProperties"] is False
