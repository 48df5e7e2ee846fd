"""What the page finds in the browser's storage may be broken, and the storage blocked (F44)."""

import json
from itertools import zip_longest

import pytest
from playwright.sync_api import expect

from tests.browser.browsers import Visitor
from tests.browser.conftest import Visit

ENTRY = {
    **{"order": "0000000000000001-a", "key": "k", "room": "lobby", "text": "hej", "time": ""},
    **{"as": None, "epoch": None, "after": 0, "problem": None},
}
ACCOUNT = {"nick": "kim", "token": None, "user": None}
BROKEN = ["", "{", "null", "[]", "42", '"x"', "{}"]
PLACES = {
    "me-api:who": [
        *BROKEN,
        *(
            json.dumps(ACCOUNT | wrong)
            for wrong in (
                {"nick": 1},
                {"token": {}},
                {"token": "x", "user": None},
                {"user": {"nick": 1}},
            )
        ),
    ],
    "me-api:{url}:outbox:0000000000000001-a": [
        *BROKEN,
        *(
            json.dumps(ENTRY | wrong)
            for wrong in (
                {"text": None},
                {"text": {}},
                {"room": 1},
                {"problem": "x"},
                {"problem": {}},
                {"order": "b"},
            )
        ),
    ],
    "me-api:{url}:guest": BROKEN,
    "me-api:read:lobby": [*BROKEN, "-1", "1e400", "x"],
    "me-api:author": BROKEN,
    "me-api:last-nick": BROKEN,
    "me-api:draft:lobby": BROKEN,
}
BLOCKED = {
    "the storage": """Object.defineProperty(window, "localStorage", {
        get() { throw new DOMException("denied", "SecurityError"); } });""",
    "its methods": """for (const name of ["getItem", "setItem", "removeItem", "key"])
        Storage.prototype[name] = () => { throw new DOMException("denied", "SecurityError"); };""",
    "writing": """Storage.prototype.setItem = () => {
        throw new DOMException("full", "QuotaExceededError"); };""",
}


def chats(visitor: Visitor, nick: str, text: str) -> None:
    """Enter the chat and post, as on any page."""
    visitor.enter(nick)
    visitor.say(text)
    expect(visitor.message(text)).to_be_visible()


def test_broken_entries_are_dropped(visit: Visit) -> None:
    """F44: the page stayed blank."""
    visitor = visit()
    # All places at a time, each read by a module of its own: in the last round, all are broken.
    rounds = list(zip_longest(*map(reversed, PLACES.values()), fillvalue=None))
    for texts in reversed(rounds):
        broken = {
            place.format(url=visitor.url): text
            for place, text in zip(PLACES, texts, strict=True)
            if text is not None
        }
        visitor.page.evaluate(
            "(broken) => { localStorage.clear(); Object.assign(localStorage, broken); }", broken
        )
        visitor.reload()
        expect(visitor.page.get_by_role("banner")).to_be_visible()
        visitor.wait_live()
    chats(visitor, "kim", "hej")
    visitor.reload()
    expect(visitor.field).to_be_visible()


@pytest.mark.parametrize("script", BLOCKED.values(), ids=BLOCKED)
def test_a_blocked_or_full_storage_is_done_without(visit: Visit, script: str) -> None:
    visitor = visit()
    visitor.context.add_init_script(script)
    visitor.reload()
    chats(visitor, "kim", "hej")
