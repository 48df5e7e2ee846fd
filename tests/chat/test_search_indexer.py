"""The indexer: how far it lets the index fall behind, and what a search does then."""

from json import loads
from typing import Any

import pytest
from flask import Flask
from sqlalchemy.exc import NoResultFound

from me_api.chat.search import fts5, index
from me_api.chat.search.index import SearchIndex
from me_api.errors import StorageUnavailable
from me_api.extensions import db
from tests.chat.search_client import Chat, app, chat, fill, words
from tests.support.app import errors_of
from tests.support.databases import connect, execute
from tests.support.fixtures import anybody, make_person, template

__all__ = ["anybody", "app", "chat", "make_person", "template"]


def test_failing_disk_is_reported(chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(index, "FEW", 0)
    chat.say("hej")

    def fail(*arguments: Any) -> None:
        raise StorageUnavailable("Nothing was stored: the disk is full.")

    monkeypatch.setattr(app.extensions["log"], "commit", fail)
    monkeypatch.setattr(app.extensions["log"].background, "write", fail)
    assert errors_of(chat.search("hej")) == [(503, "storage_unavailable", None)]


def test_the_index_is_kept_up_in_quiet_times(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 4)
    monkeypatch.setattr(app.extensions["search_index"].store, "spare", 4)
    monkeypatch.setattr(app.extensions["search_index"].store, "backlog", 10)
    background_indexer = app.extensions["indexer"]
    monkeypatch.setattr(background_indexer, "_loop", Timeless())

    def waiting() -> int:
        """Run the indexer once and return how many messages are not in the index."""
        background_indexer.start()
        with app.app_context(), db.engine.connect() as connection:
            indexed = connection.exec_driver_sql("SELECT indexed FROM search").scalar_one()
        waiting: int = background_indexer._log.head - indexed
        return waiting

    def say(count: int) -> None:
        for n in range(count):
            chat.say(f"ord {n}")

    say(4)
    assert waiting() == 4, "few can wait for a search"
    say(1)
    assert waiting() <= 4, "more cannot"
    say(5)
    assert waiting() > 4, "in a storm they can"
    say(5)
    assert 4 < waiting() <= 10, "but not too many"
    assert waiting() <= 4, "and not when it is over"


def test_f37_the_indexer_goes_on_after_any_error_and_logs_each_kind_once(
    chat: Chat,
    app: Flask,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(index, "CHUNK", 4)
    background_indexer, loop = app.extensions["indexer"], Timeless()
    monkeypatch.setattr(background_indexer, "_loop", loop)
    for n in range(10):
        chat.say(f"ord {n}")
    errors = [ZeroDivisionError("a bug"), NoResultFound("no row"), StorageUnavailable("full")]
    for error in (*errors, *errors):

        def fail(position: int, background: bool, error: Exception = error) -> None:
            raise error

        with monkeypatch.context() as broken:
            broken.setattr(background_indexer._index.store, "add_chunk", fail)
            background_indexer.start()
    assert len(loop.calls) == 6, "it looks again after each of them"
    assert len(caplog.records) == 3
    assert all(record.message.startswith("messages were not indexed") for record in caplog.records)
    background_indexer.start()
    assert chat.found("ord") == [f"ord {n}" for n in reversed(range(10))]
    with monkeypatch.context() as broken:
        broken.setattr(background_indexer._index.store, "add_chunk", fail)
        background_indexer.start()
    assert len(caplog.records) == 4, "after a success it is news again"


def test_a_search_waits_for_no_more_than_it_can(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    monkeypatch.setattr(index, "FEW", 0)
    monkeypatch.setattr(app.extensions["search_index"].store, "behind", 4)
    for n in range(4):
        chat.say(f"ord {n}")
    assert len(chat.found("ord")) == 4
    for n in range(7):
        chat.say(f"ord {n}")
    refused = chat.search("ord")
    assert errors_of(refused) == [(503, "storage_unavailable", None)]
    assert "54 % is done" in refused.get_json()["errors"][0]["detail"]
    fill(app)
    assert len(chat.found("ord")) == 11
    monkeypatch.setattr(index, "MANY", 0)
    monkeypatch.setattr(SearchIndex, "_catch_up", lambda *_: chat.say("ord igen"))
    chat.say("ord")
    assert errors_of(chat.search("ord")) == [(503, "storage_unavailable", None)]


def test_a_search_indexes_for_some_seconds_only(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "CHUNK", 2)
    monkeypatch.setattr(index, "FEW", 0)
    for n in range(6):
        chat.say(f"ord {n}")
    with monkeypatch.context() as busy:
        busy.setattr(index, "SECONDS", -1.0)
        for done in (33, 66):
            refused = chat.search("ord")
            assert errors_of(refused) == [(503, "storage_unavailable", None)]
            assert f"{done} % is done" in refused.get_json()["errors"][0]["detail"]
    assert len(chat.found("ord")) == 6


@pytest.mark.parametrize("app", ["sqlite"], indirect=True)
def test_a_chunk_of_messages_with_many_words_has_fewer_messages(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Posts wait in the committer while a chunk is stored."""
    monkeypatch.setattr(fts5, "SECONDS", 0.0)
    revs = [chat.say(f"ett två tre fyra {n}")["rev"] for n in range(5)]
    with app.app_context(), db.engine.connect() as connection:
        chunk = fts5.read_chunk(revs[-1], connection)
    assert chunk.upto == revs[0]
    assert list(loads(chunk.words)) == [str(revs[0])]
    fill(app)
    assert words(app) == {"ett", "tva", "tre", "fyra", *"01234"}
    assert len(chat.found("fyra")) == 5


def test_positions_that_a_new_epoch_skips_need_no_indexing(chat: Chat, app: Flask) -> None:
    chat.say("ord")
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        execute(connection, "UPDATE log SET head = head + 1000000")
    assert chat.found("ord") == ["ord"]


class Timeless:
    """A loop on which no timer fires, and nothing waits."""

    def __init__(self) -> None:
        self.calls: list[Any] = []

    def event(self) -> "Timeless":
        return self

    def wait(self, seconds: float) -> None:
        """Return at once, as if the time had passed."""

    def call_later(self, seconds: float, function: Any) -> None:
        self.calls.append(function)
