"""A page of history that SQLite encodes has the bytes of one that Python encodes."""

import orjson
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from me_api.auth.identity import ANONYMOUS
from me_api.chat import history, rooms
from me_api.chat.message_changes import PostMessage
from me_api.chat.message_edits import DeleteMessage, EditMessage
from me_api.chat.schemas import History
from me_api.eventlog import log
from tests.support.fixtures import app, template

__all__ = ["app", "template"]

TEXTS = [
    "hej",
    "".join(map(chr, range(1, 0x20))) + '"\\/\x7f\x80\u2028\ud7ff\uffff',
    "åäö €𝄞 😀\u0301",
    '","verified":0,"deleted":1',
    "x" * 2000,
]
PAYLOADS = [
    None,
    "",
    0,
    "text",
    {"message": "å\n", "n": [1, -0.0, 1e16, 1.5e-7, 2**53, True, None], "é": {}},
    [[], {"verified": 0}],
    [[[[["deep"]]]]],
]

texts = st.sampled_from(TEXTS) | st.text(st.characters(exclude_characters="\0", codec="utf-8"))
payloads = st.sampled_from(PAYLOADS)


@st.composite
def posts(draw: st.DrawFn) -> PostMessage:
    nick = draw(st.sampled_from(["mos", 'å"\\']))
    payload = draw(st.none() | payloads)
    return PostMessage("lobby", draw(texts), nick, draw(st.booleans()), "s", None, None, payload)


@settings(
    max_examples=30,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    batch=st.lists(posts(), max_size=6),
    edited=st.none() | texts,
    query=st.builds(History, before=st.none() | st.integers(1, 60), limit=st.integers(0, 60))
    | st.builds(History, after=st.integers(0, 60), limit=st.integers(0, 60)),
)
def test_both_pages_are_the_same(
    app: Flask, batch: list[PostMessage], edited: str | None, query: History
) -> None:
    with app.app_context():
        rooms.ensure(("lobby",))
        for change in batch:
            _, is_new = log.commit(change)
            assert is_new
        last = history.page("lobby", History(), ANONYMOUS)["data"][-1:]
        for message in last:
            if edited is None:
                log.commit(DeleteMessage("lobby", message["id"], "s", None, False))
            elif not message["deleted"]:
                log.commit(EditMessage("lobby", message["id"], "s", None, False, edited))
        made = history.page("lobby", query, ANONYMOUS)
        assert orjson.dumps(history.encoded_page("lobby", query, ANONYMOUS)) == orjson.dumps(made)


def test_the_rows_are_in_the_order_of_their_ids(app: Flask) -> None:
    with app.app_context():
        rooms.ensure(("lobby",))
        for number in range(20):
            log.commit(PostMessage("lobby", f"{number}", "mos", False, "s", None, None))
        # An edit changes the rev, which has an index of its own.
        log.commit(EditMessage("lobby", 3, "s", None, False, "edited"))
        page = orjson.loads(orjson.dumps(history.encoded_page("lobby", History(), ANONYMOUS)))
        assert [message["id"] for message in page["data"]] == list(range(1, 21))
