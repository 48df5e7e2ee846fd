"""Commands: the same through every interface, answered to their sender, and not stored."""

from collections.abc import Iterator
from typing import Any

import pytest

from tests.chat.clients import Room, faults, secret
from tests.chat.command_interfaces import (
    INTERFACES,
    Say,
    as_course,
    as_course_object,
    as_native,
    native,
)
from tests.chat.conftest import MakeRoom, MakeToken, Visit
from tests.support.server import LiveServer
from tests.support.wire import WireClient

NO_COMMANDS = ("/", "/ help", "/unknown", "/etc/passwd")
"""What is a text to the clients of the course."""


@pytest.fixture
def lobby(server: LiveServer) -> Room:
    """Return the only room that every interface has."""
    return Room(server, "lobby")


@pytest.mark.parametrize("interface", INTERFACES)
class TestEveryDoor:
    """Commands that do not depend on the interface."""

    @pytest.fixture
    def say(self, interface: Any, server: LiveServer, fresh: Any) -> Iterator[Say]:
        """Return a function that posts through the interface."""
        self.nick = fresh("mos")
        with interface(server, self.nick) as say:
            yield say

    def test_help_lists_the_commands(self, say: Say, lobby: Room) -> None:
        before = lobby.ids()
        for text in ("/help", "/HELP", "/help  me"):
            notice = say(text)["data"]["notice"]
            for command in ("/clients", "/nick", "/me", "/msg", "/help", "//"):
                assert command in notice
        assert lobby.ids() == before

    def test_clients_lists_the_members(
        self, say: Say, lobby: Room, visit: Visit, fresh: Any
    ) -> None:
        visit(lobby, nick=(nick := fresh("here")))
        notice = say("/clients")["data"]["notice"]
        count, _, names = notice.partition(" in lobby: ")
        assert int(count) == len(names.split(", ")) and nick in names

    def test_me_posts_an_action(self, say: Say, lobby: Room, visit: Visit) -> None:
        watcher = visit(lobby)
        message = say("/me  waves")["data"]
        assert (message["text"], message["nick"]) == ("*waves*", self.nick)
        assert watcher.wait_message("*waves*")["rev"] <= message["rev"]
        assert lobby.page("limit=1")["data"] == [message]
        payload = message.get("payload", "*waves*")
        assert (payload["msg"] if isinstance(payload, dict) else payload) == "*waves*"

    def test_a_second_slash_sends_the_first(self, say: Say, lobby: Room) -> None:
        message = say("//help is a command")["data"]
        assert message["text"] == "/help is a command"
        assert lobby.page("limit=1")["data"] == [message]

    def test_msg_is_sent_to_one_person_alone(
        self, say: Say, lobby: Room, visit: Visit, fresh: Any
    ) -> None:
        guest = secret()
        tabs = [visit(lobby, nick=(nick := fresh("anna b")), guest=guest), visit(guest=guest)]
        tabs[1].do("post", room="lobby", text=f"/nick {nick}")
        other, before = visit(lobby, nick=fresh("other")), lobby.ids()
        answer = say(f'/msg "{nick.upper()}" hej "du" där')
        assert answer["data"]["notice"] == f'To {nick}: hej "du" där'
        wanted = 'to you: hej "du" där'
        for tab in tabs:
            (notice,) = tab.wait_event("notice", lambda notice: notice["text"].endswith(wanted))
            assert self.nick in notice["text"]
        other.do("members", room="lobby")
        assert [event for event in other.events("/chat") if event[0] == "notice"] == []
        assert lobby.ids() == before

    @pytest.mark.parametrize(
        "text", ["/", "/ help", "/unknown", "/etc/passwd", "/me", "/me ", "/msg", "/msg anna"]
    )
    def test_what_makes_no_sense_is_an_error(
        self, interface: Any, say: Say, lobby: Room, text: str
    ) -> None:
        before = lobby.ids()
        if interface in (as_course, as_course_object) and text in NO_COMMANDS:
            assert say(text)["data"]["text"] == text
            return
        assert faults(say(text)) == [(422, "bad_command", "text")]
        assert lobby.ids() == before

    def test_msg_to_nobody(self, say: Say) -> None:
        assert faults(say("/msg nobody-at-all hej")) == [(404, "nobody_here", "text")]

    def test_a_long_one_is_too_long(self, say: Say) -> None:
        assert faults(say("/help " + "x" * 4000)) == [(422, "too_long", "text")]


def test_command_answers_are_sent_as_notices_too(room: Room, visit: Visit, fresh: Any) -> None:
    client = visit(room, nick=fresh("mos"))
    answer = client.do("post", room=room.name, text="/clients")
    assert client.wait_event("notice") == [{"text": answer["data"]["notice"]}]
    client.emit("/chat", "post", {"room": room.name, "text": "/nothing"})
    notice = client.wait_event("notice", lambda notice: "errors" in notice)
    assert notice[0]["errors"][0]["code"] == "bad_command"


def test_plain_text_carries_what_json_carries(server: LiveServer, room: Room, fresh: Any) -> None:
    """One user posts each text through both interfaces, one after the other."""
    nick, guest = fresh("mos"), secret()
    with (
        native(server, "text", nick, room.name, guest) as lines,
        as_native(server, nick, room.name, guest) as say,
    ):
        for text in ("/help", "/clients", "/me", "/msg nobody hej", "/none", f"/join {nick}x"):
            answer = say(text)
            if "errors" in answer:
                line = f"* Error: {answer['errors'][0]['detail']}"
            else:
                line = f"* {answer['data']['notice']}"
            lines.send(text)
            lines.wait(lambda came, line=line: came == line)
        for text in ("/me waves", "//me"):
            message = say(text)["data"]
            lines.send(text)
            line = f"{message['nick']}: {message['text']}"
            lines.wait(lambda _, line=line: lines.messages.count(line) == 2)


def test_commands_need_a_room_that_one_may_read(
    server: LiveServer, make_room: MakeRoom, visit: Visit, fresh: Any
) -> None:
    closed = make_room("none")
    for text in ("/help", "/clients", "/msg anna hej"):
        assert faults(closed.post(text)) == [(403, "members_only", None)]
        assert faults(Room(server, "nowhere").post(text)) == [(404, "not_found", "room")]


def test_a_claimed_nick_is_marked_in_a_message_to_one(
    server: LiveServer, visit: Visit, fresh: Any, make_user: MakeToken
) -> None:
    make_user(registered := fresh("mos"))
    reader = visit(nick=(nick := fresh("anna")))
    live = visit(nick=fresh("live"))
    with WireClient(server.host, server.port) as course:
        course.connect("/", {})
        for claimed in (registered, live.events("/chat")[0][1]["nick"]):
            course.call("/", "chat message", {"name": claimed, "text": f"/msg {nick} hej"})
            reader.wait_event(
                "notice",
                lambda notice, who=claimed: notice["text"] == f"{who} (unverified) to you: hej",
            )


def test_nobody_gets_a_message_to_one_by_only_saying_a_nick(
    server: LiveServer, room: Room, fresh: Any
) -> None:
    with WireClient(server.host, server.port) as course:
        course.connect("/", {"nick": (nick := fresh("anna"))})
        assert faults(room.post(f"/msg {nick} hej")) == [(404, "nobody_here", "text")]
        course.call("/", "chat message", f"/nick {nick}")
        assert room.post(f"/msg {nick} hej").status == 200
        course.wait_event("notice", lambda notice: notice["text"] == "mos to you: hej")
        assert course.call("/", "chat message", "hej")["data"]["nick"] == nick
        assert faults(room.post(nick=nick)) == [(409, "nick_taken", "nick")]


def test_an_edit_is_no_command(room: Room) -> None:
    mine = secret()
    room.say(guest=mine)
    assert room.edit(1, "/help", guest=mine).json["data"]["text"] == "/help"


def test_a_retry_of_an_action_is_recognised(room: Room) -> None:
    mine = secret()
    answers = [room.post("/me waves", key="k", guest=mine) for _ in range(2)]
    assert [answer.status for answer in answers] == [201, 200]
    assert answers[0].json == answers[1].json
