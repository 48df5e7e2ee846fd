"""Search on PostgreSQL: what it finds is what SQLite finds, whatever other transactions do."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from me_api.chat import rooms
from me_api.chat.search import index
from me_api.chat.search.index import SearchIndex
from me_api.chat.search.indexer import Indexer
from me_api.chat.search.postgresql import PostgresqlStore, add_chunk
from tests.chat.search_client import Chat, fill, words
from tests.support.app import Person, fresh_app, open_app
from tests.support.databases import Databases, connect, execute
from tests.support.fixtures import template
from tests.support.wait import WAIT_SECONDS, wait_until

__all__ = ["template"]

CHARACTERS = st.characters(exclude_categories=["Cs", "Cc"])
PIECES = st.one_of(
    st.sampled_from(
        [
            *("hej", "Hej", "héj", "på", "dig", "kurs", "kursen", "e-post", "'", "\\", ":*"),
            *(
                "東京",
                "京",
                "東京タワー",
                "が",
                "か\u3099",
                "한글",
                "\u1112\u1161\u11ab",
                "ไทย",
                "मिन्",
            ),
            *("🎉", "👍🏽", "❤\ufe0f", ":)", "c++", "c#", ".net", "€", "→", "=\u0338", "5㎏"),
        ]
    ),
    st.text(CHARACTERS, min_size=1, max_size=5),
)
BETWEEN = st.sampled_from([" ", " ", "", "", ", ", ". ", "-", "'", "\n"])
TEXTS = st.lists(st.tuples(PIECES, BETWEEN), min_size=1, max_size=40).map(
    lambda pairs: "x" + "".join(piece + between for piece, between in pairs)
)


@st.composite
def searches(draw: st.DrawFn) -> tuple[str, str]:
    """Return a text, and what is searched for, which is taken from it."""
    text = draw(TEXTS)
    words_and_parts = []
    for _ in range(draw(st.integers(1, 3))):
        start = draw(st.integers(0, len(text) - 1))
        part = text[start : start + draw(st.integers(1, 20))].replace('"', " ")
        words_and_parts.append(draw(st.sampled_from(["{}", "{}*", '"{}"'])).format(part))
    return text, " ".join(words_and_parts)


@pytest.fixture
def app(tmp_path: Path, postgresql_databases: Databases) -> Iterator[Flask]:
    """Build an application on PostgreSQL."""
    url = postgresql_databases.create(tmp_path)
    with open_app(tmp_path, url, message_max_length=100_000) as made:
        yield made
    postgresql_databases.drop(url)


@pytest.fixture
def chat(app: Flask) -> Chat:
    return open_chat(app)


def open_chat(app: Flask) -> Chat:
    """Return a client of a guest, with two rooms to post to."""
    with app.app_context():
        rooms.ensure(("lobby", "attic"))
    return Chat(Person(app))


@pytest.fixture
def chats(tmp_path: Path, template: Path, postgresql_databases: Databases) -> Iterator[list[Chat]]:
    """Return a client of a server on SQLite, and one of a server on PostgreSQL."""
    url = postgresql_databases.create(tmp_path)
    with ExitStack() as stack:
        folders = [tmp_path / name for name in ("sqlite", "postgresql")]
        for folder in folders:
            folder.mkdir()
        sqlite = stack.enter_context(fresh_app(folders[0], template))
        other = stack.enter_context(open_app(folders[1], url))
        yield [open_chat(sqlite), open_chat(other)]
    postgresql_databases.drop(url)


@settings(max_examples=80, suppress_health_check=list(HealthCheck))
@given(search=searches())
@example(search=("xa 'b' \\c:*d & e | !f <-> g", '"b\' c" d:* & e'))
def test_everything_is_found_as_on_sqlite(chats: list[Chat], search: tuple[str, str]) -> None:
    (text, q), pages = search, []
    for chat in chats:
        chat.say(text)
        # By the index, in which PostgreSQL has to have the words.
        fill(chat.person.client.application)
        page = chat.search(q, "&limit=20").get_json()
        pages.append(
            [(hit["id"], hit["excerpt"]) for hit in page["data"]] if "data" in page else 422
        )
    assert pages[0] == pages[1]


def test_phrases_are_found_where_there_are_more_words_than_positions(
    chat: Chat, app: Flask
) -> None:
    texts = ["a " * 300 + "b c", "a b " + "a c " * 260, "x" * 3000, "å y " * 9000 + "z å y"]
    for text in texts:
        chat.say(text)
    fill(app)
    for q, numbers in {
        '"a b"': [1, 0],
        '"a b c"': [0],
        '"b c"': [0],
        '"c a c" "a b"': [1],
        '"b a"': [1],
        '"c b"': [],
        '"z a y"': [3],
        '"z a"': [3],
        '"y z"': [3],
        "z": [3],
        "x": [],
        f"{'x' * 190}*": [2],
    }.items():
        assert chat.found(q) == [texts[number] for number in numbers], q


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
