"""The parts of the chat's screen."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from terminal.chat.outbox import Pending
from terminal.chat.updates import Message
from terminal.text import one_line, printable

KEPT = 1000
"""The most messages on the screen; older ones can be read again."""
NICK_COLOURS = ("cyan", "green", "magenta", "blue", "yellow", "bright_red", "bright_cyan")


class MessageLine(Static):
    """A message, or something that the program itself says between the messages."""

    DEFAULT_CSS = """
    MessageLine { padding: 0 1; height: auto; }
    """


class MessageList(VerticalScroll):
    """The messages in the order of their ids, with notices between them."""

    DEFAULT_CSS = """
    MessageList { border: round $primary-darken-1; scrollbar-size-vertical: 1; }
    MessageList:focus { border: round $accent; }
    """

    def __init__(self, id: str) -> None:
        super().__init__(id=id)
        self._lines: dict[int, MessageLine] = {}
        self.anchor()

    def restart(self, messages: Iterable[Message]) -> None:
        """Show a page, and nothing of what was shown."""
        self._lines = {}
        self.remove_children()
        self._mount_all(messages)

    def append(self, message: Message) -> None:
        """Show a new message at the end."""
        self._mount_all([message])
        while len(self._lines) > KEPT:
            self._lines.pop(next(iter(self._lines))).remove()

    def replace(self, message: Message) -> None:
        """Show the current state of a message, if it is on the screen."""
        if (line := self._lines.get(message["id"])) is not None:
            line.update(message_text(message))

    def prepend(self, messages: list[Message]) -> None:
        """Show older messages above all others; what is seen stays where it is."""
        lines = {message["id"]: MessageLine(message_text(message)) for message in messages}
        self._lines = lines | self._lines
        first = self.children[0] if self.children else None
        self.mount(*lines.values(), before=first)
        if first is not None:
            self.call_after_refresh(self.scroll_to_widget, first, animate=False, top=True)

    def say(self, text: str, style: str = "dim italic") -> None:
        """Show a notice at the end."""
        self.mount(MessageLine(Text(printable(text), style)))

    def _mount_all(self, messages: Iterable[Message]) -> None:
        lines = {message["id"]: MessageLine(message_text(message)) for message in messages}
        self._lines |= lines
        self.mount(*lines.values())


class PendingLines(Static):
    """What was typed and is not stored, with the reasons of refusals."""

    DEFAULT_CSS = """
    PendingLines { height: auto; max-height: 8; padding: 0 2; }
    """

    def show(self, waiting: list[Pending], refused: list[Pending]) -> None:
        """Show the texts; nothing if there are none."""
        lines = [Text(f"✗ {one_line(p.text)} — {p.problem}", "red") for p in refused[-3:]]
        lines += [Text(f"… {one_line(p.text)}", "dim") for p in waiting[:5]]
        if len(waiting) > 5:
            lines.append(Text(f"… and {len(waiting) - 5} more", "dim"))
        self.display = bool(lines)
        self.update(Text("\n").join(lines))


def message_text(message: Message) -> Text:
    """Return a message as it is shown."""
    nick = one_line(message["nick"])
    colour = NICK_COLOURS[sum(nick.casefold().encode()) % len(NICK_COLOURS)]
    time = datetime.fromisoformat(message["time"]).astimezone()
    text = Text.assemble((f"{time:%H:%M} ", "dim"), (nick, f"bold {colour}"))
    text.append(" ✓" if message["verified"] else "", "green")
    text.append("  ")
    if message["deleted"]:
        return text.append("deleted", "italic dim")
    text.append(printable(message["text"]))
    if message["edited"]:
        text.append(" (edited)", "dim")
    return text
