"""The screen of the monitor: figures, tables and lines."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from time import monotonic
from typing import Any, ClassVar

from textual import work
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widgets import Footer, RichLog, Static

from terminal.failures import Failure
from terminal.monitor import units
from terminal.monitor.feed import Changed, Measured, MonitorFeed, RoomsRead, Status, Update
from terminal.monitor.figures import Figures, figures
from terminal.monitor.history import RoomRates
from terminal.monitor.lines import change_line, log_line
from terminal.monitor.numbers import Numbers
from terminal.monitor.widgets import Figure, Table
from terminal.text import one_line

KEPT_LINES = 2000
"""The most changes, and records of the log, that can be scrolled back to."""


class MonitorApp(App[None]):
    """Shows the numbers of a server, its rooms and its changes, until `q` is pressed."""

    TITLE = "me-api monitor"
    CSS = """
    #status { height: 1; padding: 0 1; background: $panel; }
    #status.away { background: $error; color: $text; }
    #figures { height: 5; }
    #tables { height: 1fr; min-height: 8; }
    #lines { height: 1fr; min-height: 8; }
    #rooms { width: 2fr; }
    RichLog { border: round $primary-darken-1; width: 1fr; background: $surface; }
    RichLog:focus { border: round $accent; }
    #changes { width: 2fr; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("q", "quit", "Quit"),
        Binding("p", "pause", "Pause the changes"),
    ]

    def __init__(self, address: str, feed: MonitorFeed) -> None:
        super().__init__()
        self._address = address
        self._feed = feed
        self._numbers = Numbers()
        self._rates = RoomRates()
        self._rooms: list[Mapping[str, Any]] = []
        self._problems: dict[str, str] = {}
        self._uptime: float | None = None
        self._logged: dict[tuple[str, str], int] = {}
        self._load = ""
        self._paused = False
        self.failure: Failure | None = None

    def compose(self) -> ComposeResult:
        """Lay out the status, the figures, the tables and the lines."""
        yield Static(id="status", markup=False)
        with Horizontal(id="figures"):
            yield Figure("messages", "messages")
            yield Figure("commit p99", "commit")
            yield Figure("publish p99", "publish")
            yield Figure("delivery p99", "delivery")
            yield Figure("loop lag p99", "lag")
            yield Figure("memory", "memory")
        with Horizontal(id="tables"):
            yield Table("connections", ("open", "interface"), "connections")
            yield Table("rooms", ("a minute", "members", "messages", "room"), "rooms")
            yield Table("errors", ("count", "what"), "errors")
        with Horizontal(id="lines"):
            yield self._lines("changes", "latest changes")
            yield self._lines("log", "warnings and errors of the server")
        yield Footer()

    def on_mount(self) -> None:
        """Begin to follow the server."""
        self._show_status()
        self.follow()

    @work
    async def follow(self) -> None:
        """Follow the server; end with its failure if it refuses that."""
        try:
            await self._feed.run(self.take)
        except Failure as failure:
            self.failure = failure
            self.exit(return_code=failure.exit_code)

    def take(self, update: Update) -> None:
        """Show an update of the feed."""
        if not self.query("#status"):
            # Its user has ended the program, and the parts of the screen are gone.
            return
        match update:
            case Measured(state):
                self._numbers.add(state, monotonic())
                self._uptime = _seconds(state["started"], state["time"])
                self._show_figures(figures(self._numbers))
                self._show_log(state)
            case RoomsRead(rooms):
                self._rooms = rooms
                self._show_rooms()
            case Changed(kind, body):
                if kind == "message":
                    self._rates.add(body["room"], monotonic())
                if not self._paused:
                    self.query_one("#changes", RichLog).write(change_line(kind, body))
            case Status(source, problem, retry_in):
                self._show_problem(source, problem, retry_in)

    def action_pause(self) -> None:
        """Stop to show changes, or go on with those that come next."""
        self._paused = not self._paused
        title = "latest changes (paused)" if self._paused else "latest changes"
        self.query_one("#changes", RichLog).border_title = title

    @staticmethod
    def _lines(id: str, title: str) -> RichLog:
        log = RichLog(id=id, max_lines=KEPT_LINES, wrap=True, min_width=20)
        log.border_title = title
        return log

    def _show_figures(self, now: Figures) -> None:
        shown = {
            "messages": (now.messages_per_second, units.rate(now.messages_per_second)),
            "commit": (now.commit_p99, units.seconds(now.commit_p99)),
            "publish": (now.publish_p99, units.seconds(now.publish_p99)),
            "delivery": (now.delivery_p99, units.seconds(now.delivery_p99)),
            "lag": (now.loop_lag_p99, units.seconds(now.loop_lag_p99)),
            "memory": (now.memory, units.size(now.memory)),
        }
        for id, (value, text) in shown.items():
            self.query_one(f"#{id}", Figure).show(value, text)
        self.query_one("#connections", Table).show(
            [
                # What differs comes first, too: a path is a namespace of Socket.IO.
                (units.count(number), name.removeprefix("Socket.IO "))
                for name, number in now.connections.items()
            ]
        )
        self.query_one("#errors", Table).show(
            [(units.count(number), what) for what, number in now.errors.items()]
        )
        self._load = f"processor {units.share(now.processor)}, "
        self._load += f"{units.count(now.queued_changes)} changes queued"
        self._show_rooms()
        self._show_status()

    def _show_rooms(self) -> None:
        recent = self._rates.per_minute(monotonic())
        busiest = sorted(self._rooms, key=lambda r: (-recent[r["name"]], -r["members"], r["name"]))
        self.query_one("#rooms", Table).show(
            (
                units.count(recent[room["name"]]),
                units.count(room["members"]),
                units.count(room["last_id"]),
                one_line(room["name"]),
            )
            for room in busiest
        )

    def _show_log(self, state: Mapping[str, Any]) -> None:
        key = (state["node"], state["started"])
        last = self._logged.get(key, 0)
        for record in state["log"]:
            if record["id"] > last:
                self.query_one("#log", RichLog).write(log_line(record, state["node"]))
                self._logged[key] = record["id"]

    def _show_problem(self, source: str, problem: str | None, retry_in: float) -> None:
        if problem is None:
            self._problems.pop(source, None)
        else:
            self._problems[source] = f"{source}: again in {units.seconds(retry_in)}: {problem}"
        self._show_status()

    def _show_status(self) -> None:
        status = self.query_one("#status", Static)
        status.set_class(bool(self._problems), "away")
        parts = [self._address]
        if self._problems:
            parts += self._problems.values()
        elif self._uptime is not None:
            nodes = ", ".join(filter(None, self._numbers.nodes))
            parts += ["connected", *([f"nodes {nodes}"] if nodes else [])]
            parts += [f"up {units.duration(self._uptime)}", self._load]
        status.update("  ·  ".join(map(one_line, parts)))


def _seconds(begin: str, end: str) -> float:
    return (datetime.fromisoformat(end) - datetime.fromisoformat(begin)).total_seconds()
