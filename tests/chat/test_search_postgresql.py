"""Search on PostgreSQL finds what SQLite finds."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from tests.chat.postgresql_chat import app, chat, open_chat
from tests.chat.search_client import Chat, fill
from tests.support.app import fresh_app, open_app
from tests.support.databases import Databases
from tests.support.fixtures import template

__all__ = ["app", "chat", "template"]

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
    for each in chats:
        each.say(text)
        # By the index, in which PostgreSQL has to have the words.
        fill(each.person.client.application)
        page = each.search(q, "&limit=20").get_json()
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
