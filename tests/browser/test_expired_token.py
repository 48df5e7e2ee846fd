"""A token that expires while the page is open (F46)."""

import json

from playwright.sync_api import expect

from tests.browser.accounts import PASSWORD, email, make
from tests.browser.browsers import REFUSED
from tests.browser.conftest import Visit
from tests.chat.clients import renewed_token
from tests.support.server import LiveServer
from tests.support.wait import wait_until

HOURS = 5 / 3600
"""On a slow machine it expires before the page is loaded again, which must make no difference."""


def test_the_page_asks_for_a_new_login_and_keeps_the_draft(
    visit: Visit, server: LiveServer
) -> None:
    make(server, "kim")
    kim = visit(expects=REFUSED)
    kim.log_in(email("kim"), PASSWORD)
    kim.field.fill("late")
    token = renewed_token(server, "kim", HOURS)
    user = {"email": email("kim"), "nick": "kim", "role": "member"}
    kim.page.evaluate(
        "(account) => localStorage.setItem('me-api:who', account)",
        json.dumps({"nick": None, "token": token, "user": user}),
    )
    kim.reload()
    kim.wait_live()
    wait_until(lambda: server.get("/chat/rooms", token=token).status == 401)
    expect(kim.page.get_by_text("Your login has ended")).to_be_visible()
    kim.log_in(email("kim"), PASSWORD)
    expect(kim.field).to_have_value("late")
    kim.field.press("Enter")
    kim.sees("late")
    messages = server.get("/chat/rooms/lobby/messages").json["data"]
    assert [(m["text"], m["nick"], m["verified"]) for m in messages] == [
        ("late", "kim", True),
    ]
