"""What a connection in a room receives: messages, members, and the answers to what was posted."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from terminal.chat.outbox import Pending
from terminal.chat.updates import MembersChanged, Message, Notice, Received, Typing, Update


class Receiver:
    """Keeps the position, the revs of messages and the members, and passes on what is new."""

    def __init__(self, listener: Callable[[Update], None]) -> None:
        self.members: set[str] = set()
        self._listener = listener
        self._revs: dict[int, int] = {}
        self._unread: dict[int, Message] = {}
        """Changed messages that are older than all that were read."""
        self._oldest = 0
        self._newest = 0
        self._since = 0
        self._epoch = ""
        self._answers: dict[str, asyncio.Future[Mapping[str, Any]]] = {}

    @property
    def position(self) -> dict[str, str]:
        """The cursor with which the next connection continues."""
        return {"since": str(self._since), "epoch": self._epoch}

    def start(self, messages: list[Message], rev: int, epoch: str) -> None:
        """Begin from a page of the room."""
        self._revs = {message["id"]: message["rev"] for message in messages}
        self._unread = {}
        self._oldest = min(self._revs, default=0)
        self._newest = max(self._revs, default=0)
        self._since, self._epoch = rev, epoch

    def keep_older(self, page: list[Message]) -> list[Message]:
        """Keep a page of history, which ends before the oldest message that is known.

        Returns it with the changes that arrived while it was on its way.
        """
        messages = [self._newer(message) for message in page]
        self._revs.update((message["id"], message["rev"]) for message in messages)
        self._oldest = min(self._revs, default=0)
        return messages

    def expect_answer(self, pending: Pending) -> asyncio.Future[Mapping[str, Any]]:
        """Return a future of what the server answers to a text."""
        future: asyncio.Future[Mapping[str, Any]] = asyncio.get_running_loop().create_future()
        self._answers = {pending.key: future}
        return future

    def take(self, frame: Mapping[str, Any]) -> None:
        """Handle a message of the server."""
        answer = self._answers.pop(frame.get("key") or "", None)
        if answer is not None and not answer.done():
            answer.set_result(frame)
        match frame:
            case {"event": "joined" | "left" as event, "nick": nick}:
                self._move(event, nick)
            case {"event": "typing", "nick": nick}:
                self._listener(Typing(nick))
            case {"event": "notice", "text": text}:
                self._listener(Notice(text))
            case {"rev": int(), "id": int()}:
                self._keep(frame)
            case {"errors": [{"detail": detail}, *_]} if answer is None:
                self._listener(Notice(detail))

    def _keep(self, message: Message) -> None:
        self._since = max(self._since, message["rev"])
        if message["id"] < self._oldest:
            self._unread[message["id"]] = message
        elif self._revs.get(message["id"], 0) < message["rev"]:
            self._revs[message["id"]] = message["rev"]
            self._listener(Received(message, message["id"] > self._newest))
            self._newest = max(self._newest, message["id"])

    def _newer(self, message: Message) -> Message:
        changed = self._unread.pop(message["id"], message)
        return changed if changed["rev"] > message["rev"] else message

    def _move(self, event: str, nick: str) -> None:
        if event == "joined":
            self.members.add(nick)
        else:
            self.members.discard(nick)
        members = sorted(self.members, key=str.casefold)
        self._listener(MembersChanged(members, f"{nick} {event}"))
