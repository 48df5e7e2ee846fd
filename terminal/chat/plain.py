"""The chat without a screen: lines of the input are posted, messages are written as lines."""

from __future__ import annotations

import asyncio
import sys
from threading import Thread
from typing import TextIO

from terminal.chat.outbox import Outbox
from terminal.chat.session import RoomSession
from terminal.chat.updates import (
    Connected,
    Disconnected,
    Message,
    Notice,
    OutboxChanged,
    Received,
    Started,
    Update,
)
from terminal.output import write_line
from terminal.text import one_line, printable


class PlainChat:
    """Writes messages to one file, and everything else to another."""

    def __init__(self, outbox: Outbox, output: TextIO, messages: TextIO) -> None:
        self._outbox = outbox
        self._output = output
        self._messages = messages
        self._refused = 0

    def take(self, update: Update) -> None:
        """Write an update, if it is one that is written."""
        match update:
            case Started(messages, again):
                if again:
                    self._say("the server has another database: this is its newest page")
                for message in messages:
                    self._write(message)
            case Received(message, _):
                self._write(message)
            case Connected(again=True):
                self._say("connected again")
            case Disconnected(problem, _):
                self._say(f"{problem} Reconnecting.")
            case Notice(text):
                self._say(text)
            case OutboxChanged():
                for pending in self._outbox.refused[self._refused :]:
                    self._say(f"not posted: {one_line(pending.text)}: {pending.problem}")
                self._refused = len(self._outbox.refused)

    def _write(self, message: Message) -> None:
        nick = one_line(message["nick"])
        if message["deleted"]:
            text = f"* {nick} deleted message {message['id']}."
        else:
            # A line that continues a message cannot be taken for the beginning of another.
            text = f"{nick}: {printable(message['text'])}".replace("\n", "\n    ")
            if message["edited"]:
                text += " (edited)"
        write_line(self._output, text)

    def _say(self, text: str) -> None:
        write_line(self._messages, f"* {printable(text)}".replace("\n", "\n  "))


async def post_lines(session: RoomSession, source: TextIO) -> None:
    """Post each line that is not blank; return when all are answered and the input has ended."""
    loop = asyncio.get_running_loop()
    ended = asyncio.Event()

    def read() -> None:
        for line in source:
            if text := line.rstrip("\r\n"):
                loop.call_soon_threadsafe(session.post, text)
        loop.call_soon_threadsafe(ended.set)

    # A thread of its own: one that waits for input must not keep the program from ending.
    Thread(target=read, daemon=True).start()
    # Not a future: this may have been cancelled by the time that the thread sets it.
    await ended.wait()
    await session.outbox.drained()


async def run(session: RoomSession, chat: PlainChat, *, follow: bool) -> None:
    """Post the input and write what is said, until the input ends; `follow` goes on after that.

    Raises a `Failure` if the server does not allow it (any longer).
    """
    running = asyncio.create_task(session.run(chat.take))
    posting = asyncio.create_task(post_lines(session, sys.stdin))
    try:
        await asyncio.wait([running, posting], return_when=asyncio.FIRST_COMPLETED)
        if follow or running.done():
            await running
    finally:
        running.cancel()
        posting.cancel()
