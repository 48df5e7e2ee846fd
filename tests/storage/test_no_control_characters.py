"""F77: control characters in what was stored before they were refused."""

from importlib.util import module_from_spec, spec_from_file_location

from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from flask import Flask
from sqlalchemy import text

from tests.chat.search_client import Chat, app, chat
from tests.support.databases import connect
from tests.support.fixtures import anybody, template
from tests.support.server import ROOT

__all__ = ["anybody", "app", "chat", "template"]

TEXTS = {
    "hej\x1b[31m\x07 då\x9bx": "hej [31m  då x",
    "ett\r\ntvå\rtre\ttab\n": "ett\ntvå tre\ttab\n",
    "räksmörgås \N{PARTY POPPER} [a-z]": "räksmörgås \N{PARTY POPPER} [a-z]",
}
PAYLOADS = {
    r'{"message":"a\u001b[31m","n":1}': {"message": "a [31m", "n": 1},
    r'"{\"message\":\"a\\u001bb\"}"': '{"message": "a b"}',
    r'{"message":"C:\\u001b"}': {"message": "C:\\u001b"},
    '["\x7f", 1, {"a": null}]': [" ", 1, {"a": None}],
}


def test_f77_they_are_replaced_in_what_was_stored(chat: Chat, app: Flask) -> None:
    """F77: older messages, which were stored with them, are sent without."""
    ids = [chat.say("x")["id"] for _ in [*TEXTS, *PAYLOADS]]
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        for number, old in zip(ids, [*TEXTS, *[None] * len(PAYLOADS)], strict=True):
            update = text("UPDATE messages SET text = coalesce(:text, text) WHERE id = :id")
            connection.execute(update, {"text": old, "id": number})
        kind = "TEXT" if connection.dialect.name == "sqlite" else "JSON"
        for number, payload in zip(ids[len(TEXTS) :], PAYLOADS, strict=True):
            update = text(f"UPDATE messages SET payload = CAST(:p AS {kind}) WHERE id = :id")
            connection.execute(update, {"p": payload, "id": number})
        connection.execute(text("UPDATE rooms SET title = 'l\x1bobby' WHERE name = 'lobby'"))
        with Operations.context(MigrationContext.configure(connection)):
            _migration().upgrade()
        connection.commit()
    assert chat.person.get("/chat/rooms/lobby").get_json()["data"]["title"] == "l obby"
    messages = chat.person.get("/chat/rooms/lobby/messages").get_json()["data"]
    assert [each["text"] for each in messages[: len(TEXTS)]] == list(TEXTS.values())
    payloads = [each["payload"] for each in messages[len(TEXTS) :]]
    assert payloads == list(PAYLOADS.values())


def _migration():  # type: ignore[no-untyped-def]
    (path,) = (ROOT / "migrations" / "versions").glob("*_no_control_characters.py")
    spec = spec_from_file_location("migration", path)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
