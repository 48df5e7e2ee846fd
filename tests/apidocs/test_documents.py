"""README and protocol against the code: nothing missing, nothing too much."""

import re
from pathlib import Path

from flask import Flask

from me_api.apidocs.openapi import declared
from me_api.chat.websocket.subprotocols import SUBPROTOCOLS
from me_api.config import PREFIX, Settings, load
from me_api.realtime.events import CLIENT_EVENTS, SERVER_EVENTS
from me_api.validation import NoFields
from tests.apidocs.error_codes import codes
from tests.apidocs.tables import PROTOCOL, README, ROOT, code, fields, table, unique


def test_readme_lists_every_setting_with_its_default(tmp_path: Path) -> None:
    rows = {code(name): (default, what) for name, default, what in table(README, "Setting")}
    defaults = load({}, tmp_path)
    expected = {}
    for name, field in Settings.model_fields.items():
        value = getattr(defaults, name)
        made = field.is_required()  # Without a default of its own: made in the instance folder.
        expected[f"{PREFIX}{name.upper()}"] = (
            "in `instance/`" if made else f"`{_written(value)}`",
            field.description,
        )
    assert rows == expected


def _written(value: object) -> str:
    return ",".join(value) if isinstance(value, tuple) else str(value).removesuffix(".0")


def test_readme_lists_every_route_and_who_may(app: Flask) -> None:
    rows = table(README, "Route")
    unique([row[0] for row in rows])
    expected = {
        f"{method} {_anonymous(rule.rule)}": "token" if endpoint.token else "anybody"
        for rule, method, endpoint in declared(app)
    }
    assert {_anonymous(code(route)): who for route, who, _ in rows} == expected


def _anonymous(path: str) -> str:
    return re.sub(r"<[^>]*>", "<>", path)


def test_readme_lists_every_event() -> None:
    assert _events(README, "Clients send") == set(CLIENT_EVENTS)
    assert _events(README, "The server sends") == set(SERVER_EVENTS)


def _events(path: Path, column: str) -> set[tuple[str, str]]:
    rows = table(path, "Namespace", column)
    unique([f"{namespace} {event}" for namespace, event, *_ in rows])
    return {(code(namespace), code(event)) for namespace, event, *_ in rows}


FREE = {
    ("/", "chat message"): "string or object",
    ("/", "history"): "list of what was said",
}
"""What is not one object of known fields."""


def test_protocol_gives_every_event_of_clients_with_its_fields() -> None:
    rows = table(PROTOCOL, "Namespace", "Event", "Payload")
    assert {(code(n), code(e)): _cell(p) for n, e, p, _ in rows} == {
        key: _expected(key, event.schema) for key, event in CLIENT_EVENTS.items()
    }
    assert len(rows) == len(CLIENT_EVENTS)


def test_protocol_gives_every_event_of_the_server_with_its_fields() -> None:
    rows = table(PROTOCOL, "Namespace", "Event", "First argument")
    assert {(code(n), code(e)): (_cell(p), rev) for n, e, p, rev in rows} == {
        key: (_expected(key, sent.schema), "yes" if sent.position else "no")
        for key, sent in SERVER_EVENTS.items()
    }
    assert len(rows) == len(SERVER_EVENTS)


def test_protocol_gives_every_event_of_native_clients_with_its_fields() -> None:
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


def test_protocol_lists_every_error_code_with_its_status() -> None:
    rows = table(PROTOCOL, "code", "status")
    unique([row[0] for row in rows])
    assert {code(name): int(status) for name, status, _ in rows} == codes()


def test_protocol_names_every_route_and_no_other(app: Flask) -> None:
    named = {_anonymous(path) for path in re.findall(r"`(?:[A-Z]+ )?(/[^`? ]*)`", _rest())}
    assert named == {_anonymous(rule.rule) for rule, _, _ in declared(app)}


def _rest() -> str:
    """Return what the protocol says of REST, with the addresses of pages as the bare routes."""
    return PROTOCOL.read_text().partition("## REST")[2].partition("## Sockets")[0]


def test_links_of_the_documents_lead_somewhere() -> None:
    pages = [README, ROOT / "CHANGELOG.md", *(ROOT / "docs").rglob("*.md")]
    for page in pages:
        for target in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text()):
            assert "://" in target or (page.parent / target).exists(), f"{page.name}: {target}"


def test_readme_names_only_files_that_exist() -> None:
    for path in re.findall(r"`((?:me_api|docs|migrations)/[\w/.]*)`", README.read_text()):
        assert (ROOT / path).exists(), path


def test_decisions_are_numbered_without_holes() -> None:
    pages = sorted((ROOT / "docs" / "decisions").glob("[0-9]*.md"))
    for number, page in enumerate(pages, start=1):
        assert page.name.startswith(f"{number:04}-")
        assert page.read_text().startswith(f"# {number}. ")
