"""The tables of docs/protocol.md against the code: nothing missing, nothing too much."""

import re

from flask import Flask

from me_api.apidocs.openapi import declared
from me_api.chat.websocket.subprotocols import SUBPROTOCOLS
from me_api.realtime.events import CLIENT_EVENTS, SERVER_EVENTS
from me_api.validation import NoFields
from tests.docs.error_codes import codes
from tests.docs.tables import PROTOCOL, code, fields, table, unique


def test_every_route_is_listed_and_who_may_use_it(app: Flask) -> None:
    rows = table(PROTOCOL, "Route", "Who")
    unique([row[0] for row in rows])
    expected = {
        f"{method} {_anonymous(rule.rule)}": "token" if endpoint.token else "anybody"
        for rule, method, endpoint in declared(app)
    }
    assert {_anonymous(code(route)): who for route, who, _ in rows} == expected


def _anonymous(path: str) -> str:
    return re.sub(r"<[^>]*>", "<>", path)


FREE = {
    ("/", "chat message"): "string or object",
    ("/", "message"): "string or object",
    ("/", "new message"): "string or object",
    ("/", "add user"): "a name",
    ("/", "history"): "list of what was said",
    ("/", "get history"): "list of what was said",
}
"""What is not one object of known fields."""


def test_every_event_of_clients_is_listed_with_its_fields() -> None:
    rows = table(PROTOCOL, "Namespace", "Event", "Payload")
    assert {(code(n), code(e)): _cell(p) for n, e, p, _ in rows} == {
        key: _expected(key, event.schema) for key, event in CLIENT_EVENTS.items()
    }
    assert len(rows) == len(CLIENT_EVENTS)


def test_every_event_of_the_server_is_listed_with_its_fields() -> None:
    rows = table(PROTOCOL, "Namespace", "Event", "First argument")
    assert {(code(n), code(e)): (_cell(p), rev) for n, e, p, rev in rows} == {
        key: (_expected(key, sent.schema), "yes" if sent.position else "no")
        for key, sent in SERVER_EVENTS.items()
    }
    assert len(rows) == len(SERVER_EVENTS)


def test_every_event_of_native_clients_is_listed_with_its_fields() -> None:
    section = PROTOCOL.read_text().partition("## Native WebSocket")[2].partition("\n## ")[0]
    written = dict(re.findall(r'`\{"event": "(\w+)", ([^}]*)\}`', section))
    assert {name: {"event", *re.findall(r"\w+", rest)} for name, rest in written.items()} == {
        name: set(given.schema.model_fields)
        for name, given in SUBPROTOCOLS["json"].server.items()
        if "event" in given.schema.model_fields
    }


def _cell(cell: str) -> object:
    return fields(code(cell)) if cell.startswith("`") else cell


def _expected(key: tuple[str, str], schema: object) -> object:
    if schema is NoFields:
        return "nothing"
    return _fields(schema) if hasattr(schema, "model_fields") else FREE[key]


def _fields(model: object) -> set[str]:
    declared_fields = model.model_fields.items()  # type: ignore[attr-defined]
    return {name if field.is_required() else f"{name}?" for name, field in declared_fields}


def test_every_error_code_is_listed_with_its_status() -> None:
    rows = table(PROTOCOL, "code", "status")
    unique([row[0] for row in rows])
    assert {code(name): int(status) for name, status, _ in rows} == codes()


def test_every_route_is_named_and_no_other(app: Flask) -> None:
    named = {_anonymous(path) for path in re.findall(r"`(?:[A-Z]+ )?(/[^`? ]*)`", _rest())}
    assert named == {_anonymous(rule.rule) for rule, _, _ in declared(app)}


def _rest() -> str:
    """Return what the protocol says of REST, without the table that lists all routes."""
    rest = PROTOCOL.read_text().partition("## REST")[2].partition("## Sockets")[0]
    return rest.partition("### History")[2]
