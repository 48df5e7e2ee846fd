"""The search index of PostgreSQL, while others edit, index, or close its connections."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from flask import Flask

from me_api.chat.search import index
from me_api.chat.search.index import SearchIndex
from me_api.chat.search.indexer import Indexer
from me_api.chat.search.postgresql import PostgresqlStore, add_chunk
from tests.chat.postgresql_chat import app, chat
from tests.chat.search_client import Chat, fill, words
from tests.support.databases import connect, execute
from tests.support.wait import WAIT_SECONDS, wait_until

__all__ = ["app", "chat"]


def waiting(app: Flask) -> int:
    """Return how many positions are not in the index."""
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        ((number,),) = execute(connection, "SELECT head - indexed FROM log, search")
        return int(number)


@pytest.mark.parametrize("outcome", ["commit", "rollback"])
def test_a_message_that_is_being_edited_is_indexed_when_that_is_done(
    chat: Chat, app: Flask, outcome: str
) -> None:
    for text in ("ett", "två", "tre"):
        chat.say(text)
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as editing:
        execute(editing, "UPDATE log SET head = 4")
        execute(editing, "UPDATE messages SET rev = 4, text = 'fyra' WHERE id = 2")
        fill(app)
        assert words(app) == {"ett"}, "it waits for nobody, and goes on to what is being edited"
        assert waiting(app) == 2
        assert chat.found("tva") == ["två"], "nothing has been committed yet"
        if outcome == "rollback":
            editing.rollback()
    fill(app)
    assert words(app) == {"ett", "tre", "fyra" if outcome == "commit" else "tva"}
    assert waiting(app) == 0


def test_an_edit_during_the_statement_leaves_no_old_words(chat: Chat, app: Flask) -> None:
    url = app.config["SQLALCHEMY_DATABASE_URI"]
    chat.say("ett")
    edited = []

    def edit() -> None:
        with connect(url) as connection:
            execute(connection, "UPDATE messages SET rev = 2, text = 'fyra' WHERE id = 1")
        edited.append(True)

    with ThreadPoolExecutor(1) as editor:
        with connect(url) as storing:
            add_chunk(1, None, storing)
            editing = editor.submit(edit)
            with connect(url) as watching:
                locks = "SELECT count(*) FROM pg_locks WHERE NOT granted"
                wait_until(lambda: execute(watching, locks) != [(0,)], what="the edit waiting")
            assert not edited
        editing.result()
    assert words(app) == set()


def test_one_node_works_in_the_background_but_every_search_is_complete(
    chat: Chat, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(index, "FEW", 0)
    log, pools = app.extensions["log"], app.extensions["pools"]
    store = PostgresqlStore(log, pools.search)
    chat.say("ett")
    Indexer(app.extensions["loop"], log, SearchIndex(log, pools.search, store)).fill(log.head)
    chat.say("två")
    fill(app)
    assert words(app) == {"ett"}, "the other node has the work"
    assert chat.found("tva") == ["två"]
    assert words(app) == {"ett", "tva"}, "it is paused: a search does not wait for it"
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        execute(connection, "UPDATE search SET until = clock_timestamp()")
    chat.say("tre")
    fill(app)
    assert words(app) == {"ett", "tva", "tre"}, "its lease has ended"


def test_what_another_node_has_stored_is_not_stored_twice(chat: Chat, app: Flask) -> None:
    chat.say("ett")
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        store = "SELECT search_store_1(0, 1, ARRAY[1], ARRAY['ett'], ARRAY[NULL])"
        assert execute(connection, store) == execute(connection, store) == [(1,)]
        assert execute(connection, "SELECT count(*) FROM search_words") == [(1,)]


def test_a_search_succeeds_after_the_database_has_closed_its_connections(
    chat: Chat, app: Flask
) -> None:
    chat.say("ett")
    assert chat.found("ett") == ["ett"]
    with connect(app.config["SQLALCHEMY_DATABASE_URI"]) as connection:
        background = "application_name = 'me-api background'"
        closed = f"SELECT pg_terminate_backend(pid, {WAIT_SECONDS * 1000}) FROM pg_stat_activity"
        execute(connection, f"{closed} WHERE {background}")
    assert chat.found("ett") == ["ett"]
