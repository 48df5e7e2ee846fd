"""The screen of the chat, in one room."""

from __future__ import annotations

import asyncio
from typing import ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.events import Resize
from textual.widgets import Footer, Input, Static

from terminal.chat.session import RoomSession
from terminal.chat.updates import (
    Connected,
    Disconnected,
    MembersChanged,
    Notice,
    OutboxChanged,
    Received,
    Started,
    Typing,
    Update,
)
from terminal.chat.widgets import MessageList, PendingLines
from terminal.failures import Failure
from terminal.text import one_line

NARROW = 70
"""A screen of fewer columns has no place for the members."""
TYPING_SECONDS = 4.0
"""How long somebody is shown as typing."""


class ChatApp(App[None]):
    """A room, in which the user reads and writes until Ctrl-Q is pressed."""

    TITLE = "me-api chat"
    CSS = """
    #status { height: 1; padding: 0 1; background: $panel; }
    #status.away { background: $error; color: $text; }
    #room { height: 1fr; }
    #talk { width: 1fr; }
    #messages { height: 1fr; }
    #members { width: 24; height: 1fr; border: round $primary-darken-1; padding: 0 1; }
    #members.narrow { display: none; }
    Input { border: round $primary; }
    Input:focus { border: round $accent; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", priority=True),
        Binding("pageup", "scroll_messages(-1)", "Older"),
        Binding("pagedown", "scroll_messages(1)", "Newer"),
        Binding("escape", "dismiss", "Dismiss refused"),
    ]

    def __init__(self, address: str, session: RoomSession, *, reads_only: bool = False) -> None:
        super().__init__()
        self._address = address
        self._session = session
        self._reads_only = reads_only
        self._typing: dict[str, float] = {}
        self._problem: str | None = "connecting"
        self._reading_older = False
        self.failure: Failure | None = None

    def compose(self) -> ComposeResult:
        """Lay out the messages beside the members, and what is being written below."""
        yield Static(id="status", markup=False)
        with Horizontal(id="room"):
            with Vertical(id="talk"):
                yield MessageList("messages")
                yield PendingLines(id="pending", markup=False)
                yield Input(
                    placeholder="only reading: start with --nick to write"
                    if self._reads_only
                    else "write, or /help",
                    disabled=self._reads_only,
                )
            yield Static(id="members", markup=False)
        yield Footer()

    def on_mount(self) -> None:
        """Begin to follow the room."""
        self.query_one("#messages").border_title = one_line(self._session.room)
        self.query_one("#members").border_title = "members"
        self._show_status()
        self.query_one(Input).focus()
        self.query_one(PendingLines).show([], [])
        self.follow()

    def on_resize(self, event: Resize) -> None:
        """Leave out the members where there is no place for them."""
        self.query_one("#members").set_class(event.size.width < NARROW, "narrow")

    @work
    async def follow(self) -> None:
        """Follow the room; end with the failure if the server refuses that."""
        try:
            await self._session.run(self.take)
        except Failure as failure:
            self.failure = failure
            self.exit(return_code=failure.exit_code)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Post the text that was written."""
        if event.value.strip():
            self._session.post(event.value)
            self.query_one(MessageList).scroll_end(animate=False)
        event.input.clear()

    def take(self, update: Update) -> None:
        """Show an update of the session."""
        messages = self.query_one(MessageList)
        match update:
            case Started(page, again):
                messages.restart(page)
                if again:
                    messages.say("The server has another database: this is its newest page.")
            case Received(message, True):
                self._typing.pop(message["nick"], None)
                messages.append(message)
            case Received(message, False):
                messages.replace(message)
            case Connected(again):
                self._problem = None
                if again:
                    messages.say("Connected again; nothing was missed.")
            case Disconnected(problem, retry_in):
                self._problem = f"reconnecting in {retry_in:.1f} s: {problem}"
            case MembersChanged(members, _):
                self.query_one("#members", Static).update("\n".join(map(one_line, members)))
                self.query_one("#members").border_title = f"members ({len(members)})"
            case Typing(nick):
                self._typing[nick] = asyncio.get_running_loop().time() + TYPING_SECONDS
                self.set_timer(TYPING_SECONDS + 0.1, self._show_status)
            case Notice(text):
                messages.say(text, "yellow")
            case OutboxChanged():
                outbox = self._session.outbox
                self.query_one(PendingLines).show(outbox.waiting, outbox.refused)
        self._show_status()

    async def action_scroll_messages(self, pages: int) -> None:
        """Scroll by pages; beyond the first message, read older ones."""
        messages = self.query_one(MessageList)
        if pages < 0 and messages.scroll_y <= 0:
            self.read_older()
        elif pages < 0:
            messages.scroll_page_up(animate=False)
        else:
            messages.scroll_page_down(animate=False)

    @work
    async def read_older(self) -> None:
        """Read the page before the oldest message, unless that is being done."""
        if self._reading_older:
            return
        self._reading_older = True
        try:
            self.query_one(MessageList).prepend(await self._session.older())
        except Failure as failure:
            self.notify(one_line(str(failure)), severity="error", markup=False)
        finally:
            self._reading_older = False

    def action_dismiss(self) -> None:
        """Forget the texts that were refused."""
        self._session.outbox.refused.clear()
        self.take(OutboxChanged())

    def _show_status(self) -> None:
        now = asyncio.get_running_loop().time()
        self._typing = {nick: until for nick, until in self._typing.items() if until > now}
        status = self.query_one("#status", Static)
        status.set_class(self._problem is not None, "away")
        parts = [self._address, self._problem or "connected"]
        if self._typing:
            parts.append(f"{', '.join(self._typing)} …")
        status.update("  ·  ".join(map(one_line, parts)))
