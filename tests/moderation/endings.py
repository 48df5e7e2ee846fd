"""What ends the rights of a user, each over REST, and an export that goes on meanwhile."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import IncompleteRead
from typing import NamedTuple

import pytest

from tests.chat.clients import Room, faults
from tests.moderation.banning import ban
from tests.support.server import LiveServer
from tests.support.wait import wait_until


class Access(NamedTuple):
    """A user: the id, the nick, the token of a login, and a long-lived one with its id."""

    id: int
    nick: str
    login: str
    token: str
    token_id: str

    @classmethod
    def of(cls, server: LiveServer, login: str) -> "Access":
        """Make a long-lived token by a login."""
        account = server.get("/account", token=login).json["data"]
        body = {"name": "exporter", "scopes": ["read"]}
        made = server.post("/tokens", body, token=login).json["data"]
        return cls(account["id"], account["nick"], login, made["token"], made["id"])


class Ending(NamedTuple):
    """What ends the rights of a user, and the error by which requests are refused then."""

    name: str
    end: Callable[[LiveServer, Room, Access, str], object]
    status: int
    code: str
    long_lived: bool = False
    """Whether it ends a long-lived token, and not a login."""


def disable(server: LiveServer, room: Room, user: Access, owner: str) -> None:
    assert server.patch(f"/users/{user.id}", {"disabled": True}, token=owner).status == 200


def sign_out(server: LiveServer, room: Room, user: Access, owner: str) -> None:
    assert server.post("/account/sign-out", token=user.login).status == 204


def revoke(server: LiveServer, room: Room, user: Access, owner: str) -> None:
    assert server.delete(f"/tokens/{user.token_id}", token=user.login).status == 204


def ban_from_site(server: LiveServer, room: Room, user: Access, owner: str) -> None:
    ban(server, owner, user=user.nick)


def ban_from_room(server: LiveServer, room: Room, user: Access, owner: str) -> None:
    ban(server, owner, user=user.nick, room=room.name)


ENDINGS = [
    Ending("disabled", disable, 401, "account_disabled"),
    Ending("signed out", sign_out, 401, "signed_out"),
    Ending("revoked", revoke, 401, "bad_token", long_lived=True),
    Ending("banned", ban_from_site, 403, "banned"),
    Ending("banned from the room", ban_from_room, 403, "banned", long_lived=True),
]
every_ending = pytest.mark.parametrize("ending", ENDINGS, ids=[each.name for each in ENDINGS])


def check_export_is_cut(
    here: LiveServer, there: LiveServer, room: Room, ending: Ending, user: Access, owner: str
) -> None:
    """Assert that an export from one server is cut off by what is done at another, or the same.

    The room has two messages, each of which is a page; the first is being read at that moment.
    """
    token = user.token if ending.long_lived else user.login
    path = f"{room.url}/export"
    hold, before = here.folder / "hold-export", here.log.count("holding")
    hold.touch()
    with ThreadPoolExecutor(1) as thread:
        try:
            exporting = thread.submit(here.get, path, token=token)
            wait_until(lambda: here.log.count("holding") > before, what="the first page")
            ending.end(there, room, user, owner)
            wait_until(lambda: here.get(room.url, token=token).status == ending.status)
        finally:
            hold.unlink()
        with pytest.raises(IncompleteRead) as cut:
            exporting.result()
    assert cut.value.partial.count(b"\n") == 1, "one page"
    assert faults(here.get(path, token=token)) == [(ending.status, ending.code, None)]
