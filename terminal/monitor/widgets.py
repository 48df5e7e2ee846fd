"""The parts of the monitor's screen."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable

from rich.text import Text
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import DataTable, Sparkline, Static

KEPT = 60
"""The most values of a curve."""


class Figure(Vertical):
    """A number with its name and the curve of its latest values."""

    DEFAULT_CSS = """
    Figure { border: round $primary-darken-1; padding: 0 1; height: 5; width: 1fr; }
    Figure .value { text-style: bold; color: $text; }
    Figure Sparkline { height: 2; margin-top: 0; }
    Figure Sparkline > .sparkline--max-color { color: $accent; }
    Figure Sparkline > .sparkline--min-color { color: $primary; }
    """

    def __init__(self, title: str, id: str) -> None:
        super().__init__(id=id)
        self.border_title = title
        self._values: deque[float] = deque(maxlen=KEPT)

    def compose(self) -> ComposeResult:
        """Show the number above its curve."""
        yield Static("–", classes="value", markup=False)
        yield Sparkline([])

    def show(self, value: float | None, text: str) -> None:
        """Show a value by its text, and add it to the curve if it is known."""
        self.query_one(".value", Static).update(text)
        if value is not None:
            self._values.append(value)
            self.query_one(Sparkline).data = list(self._values)


class Table(DataTable[Text]):
    """A table with a title whose rows are replaced, and keep their place on the screen.

    The numbers come before the name, which a narrow terminal cuts off in their place.
    """

    DEFAULT_CSS = """
    Table { border: round $primary-darken-1; height: 1fr; width: 1fr; }
    Table:focus { border: round $accent; }
    """

    def __init__(self, title: str, columns: Iterable[str], id: str) -> None:
        super().__init__(id=id, cursor_type="none", zebra_stripes=True, show_header=True)
        self.border_title = title
        self._names = list(columns)

    def on_mount(self) -> None:
        """Add the columns with their names."""
        self.add_columns(*self._names)

    def show(self, rows: Iterable[tuple[str, ...]]) -> None:
        """Replace all rows by these."""
        top = self.scroll_y
        self.clear()
        # A text would be read as markup, and rooms have the names that users gave them.
        self.add_rows([_cells(row) for row in rows])
        self.scroll_to(y=top, animate=False)


def _cells(row: tuple[str, ...]) -> list[Text]:
    """Return the cells of a row, whose last is the name of the numbers before it."""
    *numbers, name = row
    return [*(Text(number, justify="right") for number in numbers), Text(name)]
