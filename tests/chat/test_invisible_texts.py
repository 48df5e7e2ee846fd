"""F76, F77, F78: texts that show nothing or command a terminal, and nicks of the site's voice."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from me_api.chat import rooms
from me_api.extensions import socketio
from tests.support.app import Person, errors_of, fresh_app
from tests.support.fixtures import MakePerson, anybody, app, make_person, template

__all__ = ["anybody", "app", "make_person", "template"]

MESSAGES = "/chat/rooms/lobby/messages"
UNSEEN = [
    *("\u200b", "\u200d\u2060", "\ufeff", "\u3164", "\u2800", "\u00ad", "\u034f", "\u180e\u115f"),
    *("\ufe0f", "\U000e0041", "\u2028", " \u00a0\u3000\n\t", "\u202e", "\U0001d173", "\U00013441"),
]
SEEN = [
    "👩‍👩‍👧",
    "\u200bx",
    "🏴\U000e0067\U000e007f",
    "é",
    "ﷺ",
    "\u0600",
    "\U000f0000",
    "\U0001faea",
]
CONTROLS = [
    "\x1b[31mred",
    "\x07",
    "a\rb",
    "\r\n\r",
    "\x0b",
    "\x7f",
    "\x9b31m",
    "\x85",
    "a\x08",
    "\x1f",
]


@pytest.fixture(autouse=True)
def lobby(app: Flask) -> None:
    """Make the room that exists after every startup."""
    with app.app_context():
        rooms.ensure(("lobby",))


def post(person: Person, text: str, nick: str = "mos") -> list[tuple[int, str, str | None]]:
    """Post a message; return its errors."""
    response = person.post(MESSAGES, {"nick": nick, "text": text})
    return [] if response.status_code == 201 else errors_of(response)


@pytest.mark.parametrize("text", UNSEEN)
def test_f76_a_text_of_which_nothing_is_seen_is_refused(anybody: Person, text: str) -> None:
    """F76: it was shown as an empty bubble."""
    assert post(anybody, text) == [(422, "invalid", "text")]
    assert post(anybody, f"/me {text}") == [(422, "bad_command", "text")]


@pytest.mark.parametrize("text", SEEN)
def test_f76_a_text_with_something_to_see_is_stored_as_it_is(anybody: Person, text: str) -> None:
    assert post(anybody, text) == []
    assert anybody.get(MESSAGES).get_json()["data"][-1]["text"] == text


@pytest.mark.parametrize("text", CONTROLS)
def test_f77_a_control_character_is_refused(make_person: MakePerson, text: str) -> None:
    """F77: terminals that printed the message obeyed it."""
    mos = make_person("mos", "owner")
    assert post(mos, f"x{text}") == [(422, "invalid", "text")]
    assert post(mos, f"/me x{text}") == [(422, "invalid", "text")]
    assert mos.post(MESSAGES, {"text": "hej"}).status_code == 201
    edited = mos.request("PATCH", f"{MESSAGES}/1", {"text": f"x{text}"})
    assert errors_of(edited) == [(422, "invalid", "text")]
    room = mos.request("PATCH", "/chat/rooms/lobby", {"title": f"x{text}x"})
    assert errors_of(room) == [(422, "invalid", "title")]
    report = mos.post("/reports", {"week": 1, "title": "a", "text": f"x{text}"})
    assert errors_of(report) == [(422, "invalid", "text")]


def test_f77_lines_end_with_line_feeds(make_person: MakePerson) -> None:
    mos = make_person("mos")
    assert post(mos, "a\r\nb\tc\n") == []
    assert mos.get(MESSAGES).get_json()["data"][-1]["text"] == "a\nb\tc\n"
    report = mos.post("/reports", {"week": 1, "title": "a", "text": "a\r\n\r\nb"}).get_json()
    assert report["data"]["text"] == "a\n\nb"


def test_f77_payloads_of_the_course(app: Flask) -> None:
    client = socketio.test_client(app)
    for payload in ("\x1b[1m", {"name": "\x9bmos", "message": "hej"}, {"text": "a", "x": ["\x7f"]}):
        answer = client.emit("chat message", payload, callback=True)
        assert answer["errors"][0]["status"] == 422, payload
    for payload in ("\u200b", {"text": "\u3164"}, " "):
        assert client.emit("chat message", payload, callback=True) == {"data": None}
    sent = {"name": "mos", "message": "a\r\nb", "path": "C:\\u001b"}
    stored = client.emit("chat message", sent, callback=True)["data"]
    assert stored["text"] == "a\nb"
    assert {**sent, "message": "a\nb"}.items() <= stored["payload"].items()


@pytest.mark.parametrize("nick", ["me-api", "server", "Server", "SYSTEM", "аdmin", "owner."])
def test_f78_a_nick_that_sounds_like_the_site_is_reserved(
    app: Flask, anybody: Person, make_person: MakePerson, nick: str
) -> None:
    """F78: anybody could write as `Server`."""
    assert post(anybody, "hej", nick) == [(403, "nick_reserved", "nick")]
    assert post(make_person("mos"), "hej", nick) == [(403, "nick_reserved", "nick")]
    person = {"email": "x@x.se", "password": "p" * 8, "nick": nick}
    assert errors_of(anybody.post("/register", person)) == [(403, "nick_reserved", "nick")]
    for namespace in ("/chat", "/reports"):
        assert not socketio.test_client(app, namespace, auth={"nick": nick}).is_connected(namespace)
    payload = {"name": nick, "message": "hej"}
    answer = socketio.test_client(app).emit("chat message", payload, callback=True)
    assert answer["errors"][0]["code"] == "nick_reserved"


def test_f78_operators_may_give_one_to_a_user(app: Flask, make_person: MakePerson) -> None:
    admin = make_person("admin", "owner")
    assert post(admin, "hej", "Admin") == []
    assert admin.get(MESSAGES).get_json()["data"][-1]["verified"]
    told = app.test_cli_runner().invoke(args=["chat", "say", "lobby", "hej", "--nick", "server"])
    assert told.exit_code == 0, told.output


def test_f78_none_is_derived_from_an_email(anybody: Person) -> None:
    person = {"email": "owner@x.se", "password": "p" * 8}
    data = anybody.post("/register", person).get_json()["data"]
    assert data["user"]["nick"] == "owner2"


@pytest.fixture
def with_more(tmp_path: Path, template: Path) -> Iterator[Flask]:
    (tmp_path / "more").mkdir()
    with fresh_app(tmp_path / "more", template, reserved_nicks="rektor, Åsa") as app:
        with app.app_context():
            rooms.ensure(("lobby",))
        yield app


def test_f78_a_setting_adds_more(with_more: Flask) -> None:
    person = Person(with_more)
    for nick in ("Rektor", "åsa", "server"):
        assert post(person, "hej", nick) == [(403, "nick_reserved", "nick")]
    assert post(person, "hej", "asa") == []
