"""Commands: a text that begins with `/`, done for its sender and not stored.

`/me` and `//` give a text that is stored; the others answer.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from me_api.auth.nicks import Nick
from me_api.chat import rooms
from me_api.chat.author import Author, resolve_nick
from me_api.errors import ApiError, Invalid, NotFound
from me_api.validation import Input, validate

HELP = """\
/clients - who is here
/nick NAME - go on under another nick
/me TEXT - say what you are doing
/msg NICK TEXT - tell one person, stored nowhere; "a nick" of several words in quotes
/help - this
//TEXT - send a text that begins with a slash"""
LISTED = 100
"""Most people that `/clients` names."""

_COMMAND = re.compile(r"/(\S*)\s*(.*)", re.DOTALL)
_ADDRESSED = re.compile(r'(?:"([^"]+)"|(\S+))\s+(.+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Notice:
    """What a command answers to its sender."""

    text: str


class NewNick(Input):
    """The nick that somebody wants."""

    nick: Nick


def interpret(text: str, room: str, voice: Author) -> str | Notice:
    """Give the text that is to be stored, or what the command that it is has answered."""
    if not text.startswith("/"):
        return text
    if text.startswith("//"):
        return text[1:]
    rooms.readable(room, voice.identity)
    found = _COMMAND.fullmatch(text)
    assert found is not None
    name, rest = found.groups()
    if name.casefold() not in _COMMANDS:
        raise _wrong(f"There is no command /{name[:40]}: see /help. A second slash sends the first")
    return _COMMANDS[name.casefold()](room, rest.strip(), voice)


def _help(room: str, rest: str, voice: Author) -> Notice:
    return Notice(HELP)


def _clients(room: str, rest: str, voice: Author) -> Notice:
    nicks = [member["nick"] for member in voice.presence().members(room)]
    shown = ", ".join(nicks[:LISTED]) + (", …" if len(nicks) > LISTED else "")
    return Notice(f"{len(nicks)} in {room}: {shown}" if nicks else f"Nobody is in {room}.")


def _nick(room: str, rest: str, voice: Author) -> Notice:
    wanted = validate(NewNick, {"nick": rest}).nick
    return Notice(f"You are {voice.rename(wanted)} now.")


def _me(room: str, rest: str, voice: Author) -> str:
    """Write an action as people do where there is no command for it: every client shows that."""
    if not rest:
        raise _wrong("Say what you are doing: /me waves")
    return f"*{rest}*"


def _msg(room: str, rest: str, voice: Author) -> Notice:
    found = _ADDRESSED.fullmatch(rest)
    if found is None:
        raise _wrong("Say to whom, and what: /msg NICK TEXT")
    quoted, word, text = found.groups()
    company = voice.presence()
    here = company.nicknames.connections(quoted or word)
    if not here:
        detail = f"Nobody is here as {(quoted or word)!r}."
        raise NotFound(detail, code="nobody_here", source="text")
    company.send(here, "notice", {"text": f"{_signature(voice)} to you: {text}"})
    return Notice(f"To {here[0].nick}: {text}")


def _signature(voice: Author) -> str:
    """Name the sender; a nick that is only claimed, as the course's clients may, is marked."""
    nick, _ = voice.nick()
    try:
        return resolve_nick(voice.identity, nick)[0]
    except ApiError:
        return f"{nick} (unverified)"


def _wrong(detail: str) -> Invalid:
    return Invalid([("text", f"{detail}.")], code="bad_command")


_COMMANDS: dict[str, Callable[[str, str, Author], str | Notice]] = {
    "help": _help,
    "clients": _clients,
    "nick": _nick,
    "me": _me,
    "msg": _msg,
}
