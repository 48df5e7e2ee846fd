"""Slash commands: a text that begins with `/` is run instead of stored.

`/me` and `//` return a text to store; the others answer their sender with a notice.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

from me_api.auth.nicks import Nick, fold
from me_api.chat import access
from me_api.chat.author import Author, resolve_nick
from me_api.chat.presence import remote_events
from me_api.errors import ApiError, Invalid, NotFound
from me_api.validation import Input, validate
from me_api.validation.texts import is_visible

HELP = """\
/clients - who is here
/nick NAME - go on under another nick
/me TEXT - say what you are doing
/msg NICK TEXT - tell one person, stored nowhere; "a nick" of several words in quotes
/help - this
//TEXT - send a text that begins with a slash"""
LISTED = 100
"""Most members that `/clients` names."""

_COMMAND = re.compile(r"/(\S*)\s*(.*)", re.DOTALL)
_ADDRESSED = re.compile(r'(?:"([^"]+)"|(\S+))\s+(.+)', re.DOTALL)


@dataclass(frozen=True, slots=True)
class Notice:
    """The answer of a command to its sender."""

    text: str


class NewNick(Input):
    """A nick that a client asks for."""

    nick: Nick


def interpret(text: str, room: str, author: Author) -> str | Notice:
    """Return the text to store, or run the command in it and return its answer.

    Raises `Invalid` for an unknown command or wrong arguments, and what the room refuses.
    """
    if not text.startswith("/"):
        return text
    if text.startswith("//"):
        return text[1:]
    access.open_to(room, author.identity)
    match = _COMMAND.fullmatch(text)
    assert match is not None
    name, rest = match.groups()
    if name.casefold() not in _COMMANDS:
        raise _wrong(f"There is no command /{name[:40]}: see /help. A second slash sends the first")
    return _COMMANDS[name.casefold()](room, rest.strip(), author)


def is_command(text: str) -> bool:
    """Return whether a text is a known command, or begins with a slash that is escaped."""
    if text.startswith("//"):
        return True
    match = _COMMAND.fullmatch(text)
    return match is not None and match[1].casefold() in _COMMANDS


def _help(room: str, rest: str, author: Author) -> Notice:
    return Notice(HELP)


def _clients(room: str, rest: str, author: Author) -> Notice:
    author.identity.require("read", room)
    nicks = [member["nick"] for member in author.presence().members(room)]
    shown = ", ".join(nicks[:LISTED]) + (", …" if len(nicks) > LISTED else "")
    return Notice(f"{len(nicks)} in {room}: {shown}" if nicks else f"Nobody is in {room}.")


def _nick(room: str, rest: str, author: Author) -> Notice:
    wanted = validate(NewNick, {"nick": rest}).nick
    return Notice(f"You are {author.rename(wanted)} now.")


def _me(room: str, rest: str, author: Author) -> str:
    if not is_visible(rest):
        raise _wrong("Say what you are doing: /me waves")
    # People write an action like this where there is no command for it; every client can show it.
    return f"*{rest}*"


def _msg(room: str, rest: str, author: Author) -> Notice:
    match = _ADDRESSED.fullmatch(rest)
    if match is None or not is_visible(match[3]):
        raise _wrong("Say to whom, and what: /msg NICK TEXT")
    quoted, word, text = match.groups()
    presence = author.presence()
    addressees = presence.nicknames.connections(quoted or word)
    elsewhere = presence.shared.find_nick(fold(quoted or word))
    shown = addressees[0].nick if addressees else elsewhere
    if shown is None:
        detail = f"Nobody is here as {(quoted or word)!r}."
        raise NotFound(detail, code="nobody_here", source="text")
    signed = f"{_signature(author)} to you: {text}"
    presence.send(addressees, "notice", {"text": signed})
    if elsewhere is not None:
        remote_events.send_notice(shown, signed)
    return Notice(f"To {shown}: {text}")


def _signature(author: Author) -> str:
    # The course's clients may use any nick, so one that `resolve_nick` refuses is marked.
    nick, own = author.nick()
    if not own:
        author.check_nick(nick)
    try:
        return resolve_nick(author.identity, nick)[0]
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
